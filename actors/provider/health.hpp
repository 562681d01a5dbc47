#pragma once

#include "actors/provider/rest.hpp"
#include "net/base/time.hpp"
#include "net/unified/failure.hpp"

#include <cstdint>
#include <optional>
#include <random>

namespace gateway {

/// How a provider, or one model of it, is doing.
enum class HealthState : std::uint8_t {
  ok,
  degraded,  // some calls fail, still used
  cooldown,  // not called before `until`
  half_open, // one probe at a time, or ramping up after it
  down,      // the key is refused, the quota of the day is spent, the model is unknown
  disabled,  // by the document
  drained,   // by an operator
};

/// May a call start now?
struct HealthAnswer {
  enum class Kind : std::uint8_t {
    yes,
    probe, // yes, and it is the one that decides: report it with `was_probe`
    no,
  };
  Kind kind = Kind::yes;
  Milliseconds retry_after{0}; // for no
};

/// Cooldown, back-off, probe and ramp-up of one provider or one model of it, after
/// providers/limits.md, section 3. Thread: its owner's. `now` never goes back.
class Health {
public:
  /// `seed`: of the jitter. `cooldown`: false (contract, section 3) turns cooling down off.
  explicit Health(std::uint64_t seed, bool cooldown = true);

  HealthAnswer may_start(Instant now);
  /// A call that may_start allowed was not sent after all; gives the probe back.
  void not_started(bool was_probe, Instant now);
  void succeeded(bool was_probe, Instant now);
  /// `day_ends`: how long until the provider's own midnight, for Failure::until_day_ends.
  void failed(const Failure& failure, bool was_probe, Instant now, Milliseconds day_ends);

  /// The document changed: what a person may have repaired (key, model, quota) is tried again.
  void configured(bool enabled, bool cooldown, Instant now);

  /// An operator's: the next call may try it at once, and its outcome decides. Nothing where it
  /// doesn't cool down.
  void probe_now(Instant now);
  /// An operator's: what it cooled down for is over, as if it had never been.
  void clear_cooldown();

  /// Another node was told so, or by now that it is back (`left` 0). What this node finds out by
  /// itself goes first. The other one tries it a moment earlier, so that few probes are sent.
  /// False: that changes nothing.
  bool heard(const Rest& rest, Instant now);
  /// What this node itself was told, for the others: its rest, or that it is back. `model` is
  /// empty.
  std::optional<Rest> own_rest(Instant now) const;

  HealthState state(Instant now) const;
  /// From the failure that made it cool down until it is known to be back.
  bool is_resting() const noexcept;
  /// End of the cooldown, if there is one.
  std::optional<Instant> until() const;
  /// What the last cooldown was for.
  std::optional<FailureKind> reason() const;
  std::uint32_t failures_in_a_row() const noexcept { return failures_in_a_row_; }

private:
  enum class Mode : std::uint8_t { open, cooling, probing, ramping };

  HealthAnswer ramp(Instant now);
  void close(Milliseconds wait, FailureKind reason, Instant now);
  /// `first` doubled with each cooldown in a row, `most` at most, with jitter.
  Milliseconds backed_off(Milliseconds first, Milliseconds most);
  void finish_ramp(Instant now);
  void begin_ramp(Instant now);
  bool heard_back(Instant now);

  std::minstd_rand random_;
  bool cooldown_;
  bool enabled_ = true;
  Mode mode_ = Mode::open;
  bool is_down_ = false; // of what cools: only a person or a long time helps
  Instant until_{};
  Instant own_until_{}; // as far as this node found out itself; the epoch: it did not
  FailureKind own_reason_ = FailureKind::rate_limited;
  std::optional<Instant> probe_began_; // one is under way
  Instant ramp_began_{};
  Instant ramp_allowed_{};  // the last call
  double ramp_share_ = 0.0; // of a call, that may start more
  std::uint32_t cooldowns_in_a_row_ = 0;
  std::uint32_t failures_in_a_row_ = 0;
  double failing_ = 0.0; // share of failed calls, old ones fade
  std::optional<FailureKind> reason_;
};

/// Whom a failure at one model cools down: that model alone, the whole provider, or nobody.
enum class FailureScope : std::uint8_t { nobody, model, provider };
FailureScope scope_of(const Failure& failure) noexcept;

} // namespace gateway
