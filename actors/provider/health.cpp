#include "actors/provider/health.hpp"

#include <algorithm>
#include <cmath>

namespace gateway {
namespace {

// Waits of providers/limits.md, section 3, by class of failure.
constexpr Milliseconds rate_limited_first = 1s;
constexpr Milliseconds rate_limited_most = 60s;
constexpr Milliseconds overloaded_first = 5s;
constexpr Milliseconds overloaded_most = 30s;
constexpr Milliseconds broken_first = 1s;
constexpr Milliseconds broken_most = 30s;
constexpr Milliseconds credentials_probe = 15min;
constexpr Milliseconds unknown_model_probe = 1h;
constexpr Milliseconds heard_later = 500ms;
constexpr Milliseconds heard_again_within = 250ms;
constexpr Milliseconds wait_most = 25h; // the longest day there is; nothing a stranger says is more

// The circuit breaker: single failures are the network's noise.
constexpr std::uint32_t failures_least = 5;
constexpr double failing_most = 0.5;
constexpr double degraded_from = 0.2;
constexpr double newest_weighs = 0.1;

constexpr Nanoseconds probe_patience = 60s; // then another one may try
constexpr Milliseconds ask_again = 1s;
// After the probe a tenth of the calls more each second; one a second always may.
constexpr double ramp_per_second = 0.1;
constexpr Nanoseconds ramp_time = 10s;
constexpr Nanoseconds ramp_gap_most = 1s;

Milliseconds wait_until(Instant due, Instant now) noexcept {
  return std::max(std::chrono::ceil<Milliseconds>(due - now), Milliseconds{1});
}

/// Only a person or a long time helps.
bool is_lasting(FailureKind kind) noexcept {
  return kind == FailureKind::quota_exhausted || kind == FailureKind::credentials
    || kind == FailureKind::model_not_found;
}

/// The provider answered and is well; what it said is about the request.
bool is_about_request(FailureKind kind) noexcept {
  switch (kind) {
  case FailureKind::context_too_long:
  case FailureKind::content_filtered:
  case FailureKind::bad_request:
  case FailureKind::request_too_large: return true;
  default: return false;
  }
}

} // namespace

Health::Health(std::uint64_t seed, bool cooldown)
    : random_(static_cast<std::minstd_rand::result_type>(seed)), cooldown_(cooldown) {}

HealthAnswer Health::may_start(Instant now) {
  using Kind = HealthAnswer::Kind;
  if (!enabled_) return {Kind::no, ask_again};
  if (!cooldown_) return {Kind::yes, 0ms};
  finish_ramp(now);
  switch (mode_) {
  case Mode::open: return {Kind::yes, 0ms};
  case Mode::ramping: return ramp(now);
  case Mode::cooling:
    if (now < until_) return {Kind::no, wait_until(until_, now)};
    mode_ = Mode::probing;
    probe_began_.reset();
    break;
  case Mode::probing: break;
  }
  if (probe_began_ && now - *probe_began_ < probe_patience) return {Kind::no, ask_again};
  probe_began_ = now;
  return {Kind::probe, 0ms};
}

HealthAnswer Health::ramp(Instant now) {
  const auto seconds = std::chrono::duration<double>(now - ramp_began_).count();
  ramp_share_ += std::min(1.0, ramp_per_second * (1.0 + seconds));
  if (ramp_share_ < 1.0 && now - ramp_allowed_ < ramp_gap_most)
    return {HealthAnswer::Kind::no, wait_until(ramp_allowed_ + ramp_gap_most, now)};
  ramp_share_ = std::max(0.0, ramp_share_ - 1.0);
  ramp_allowed_ = now;
  return {HealthAnswer::Kind::yes, 0ms};
}

void Health::finish_ramp(Instant now) {
  if (mode_ != Mode::ramping || now - ramp_began_ < ramp_time) return;
  mode_ = Mode::open;
  own_until_ = {};
  cooldowns_in_a_row_ = 0;
  reason_.reset();
}

void Health::begin_ramp(Instant now) {
  // What went wrong before the cooldown says nothing about the time after it.
  failing_ = 0.0;
  mode_ = Mode::ramping;
  is_down_ = false;
  probe_began_.reset();
  ramp_began_ = now;
  ramp_allowed_ = now - ramp_gap_most;
  ramp_share_ = 0.0;
}

void Health::not_started(bool was_probe, Instant /*now*/) {
  if (was_probe && mode_ == Mode::probing) probe_began_.reset();
}

void Health::succeeded(bool was_probe, Instant now) {
  failures_in_a_row_ = 0;
  failing_ -= newest_weighs * failing_;
  if (was_probe && mode_ == Mode::probing) begin_ramp(now);
}

void Health::failed(const Failure& failure, bool was_probe, Instant now, Milliseconds day_ends) {
  if (is_about_request(failure.kind)) return succeeded(was_probe, now);
  ++failures_in_a_row_;
  failing_ += newest_weighs * (1.0 - failing_);
  if (!cooldown_) return;
  finish_ramp(now);

  const auto asked = std::clamp<Milliseconds>(failure.retry_after.value_or(0ms), 0ms, wait_most);
  const bool is_late = mode_ == Mode::cooling || (mode_ == Mode::probing && !was_probe);
  if (is_late) {
    // It began before the cooldown did: the provider's own wait counts, our back-off does not grow.
    if (asked > 0ms && now + asked > until_) {
      own_until_ = until_ = now + asked;
      own_reason_ = failure.kind;
      mode_ = Mode::cooling;
    }
    return;
  }
  switch (failure.kind) {
  case FailureKind::rate_limited:
    return close(
      std::max(asked, backed_off(rate_limited_first, rate_limited_most)), failure.kind, now);
  case FailureKind::overloaded:
    return close(std::max(asked, backed_off(overloaded_first, overloaded_most)), failure.kind, now);
  case FailureKind::quota_exhausted: {
    // A retry-after of some seconds beside a spent day is known to be wrong (section 5, Gemini).
    const auto day = std::clamp<Milliseconds>(day_ends, 0ms, wait_most);
    const auto wait = failure.until_day_ends && day > 0ms ? std::max(asked, day)
      : asked > 0ms                                       ? asked
                                                          : quota_probe;
    return close(wait, failure.kind, now);
  }
  case FailureKind::credentials:
    return close(std::max(asked, credentials_probe), failure.kind, now);
  case FailureKind::model_not_found:
    return close(std::max(asked, unknown_model_probe), failure.kind, now);
  default: break;
  }
  const bool is_breaking = failures_in_a_row_ >= failures_least || failing_ > failing_most;
  if (was_probe || mode_ == Mode::ramping || is_breaking || asked > 0ms)
    close(std::max(asked, backed_off(broken_first, broken_most)), failure.kind, now);
}

Milliseconds Health::backed_off(Milliseconds first, Milliseconds most) {
  const auto doublings = std::min(cooldowns_in_a_row_, 16U);
  const auto wait = std::min<Milliseconds>(first * (std::int64_t{1} << doublings), most);
  const auto jitter = std::uniform_real_distribution{0.8, 1.2}(random_);
  return std::min(Milliseconds{std::llround(static_cast<double>(wait.count()) * jitter)}, most);
}

void Health::close(Milliseconds wait, FailureKind reason, Instant now) {
  mode_ = Mode::cooling;
  is_down_ = is_lasting(reason);
  reason_ = reason;
  own_until_ = until_ = now + wait;
  own_reason_ = reason;
  probe_began_.reset();
  ++cooldowns_in_a_row_;
}

bool Health::heard(const Rest& rest, Instant now) {
  if (!cooldown_) return false;
  finish_ramp(now);
  if (rest.left == 0ms) return heard_back(now);
  if (mode_ == Mode::probing) return false; // it knows soon
  const auto until = now + std::min(rest.left, wait_most) + heard_later;
  // What is told again seems a little later for the way that it took.
  if (mode_ == Mode::cooling && until <= until_ + heard_again_within) return false;
  if (mode_ != Mode::cooling) own_until_ = {};
  mode_ = Mode::cooling;
  is_down_ = is_lasting(rest.reason);
  reason_ = rest.reason;
  until_ = until;
  return true;
}

bool Health::heard_back(Instant now) {
  if (mode_ != Mode::cooling) return false;
  if (own_until_ <= now) {
    begin_ramp(now);
    return true;
  }
  // Its own rest goes on.
  const bool changes = until_ != own_until_;
  until_ = own_until_;
  reason_ = own_reason_;
  is_down_ = is_lasting(own_reason_);
  return changes;
}

std::optional<Rest> Health::own_rest(Instant now) const {
  if (own_until_ == Instant{} || !concerns_all_nodes(own_reason_)) return std::nullopt;
  const bool is_over = mode_ == Mode::ramping || (mode_ == Mode::open && own_until_ > now);
  if (is_over) return Rest{{}, own_reason_, 0ms};
  if (mode_ != Mode::cooling || own_until_ <= now) return std::nullopt;
  return Rest{{}, own_reason_, std::chrono::ceil<Milliseconds>(own_until_ - now)};
}

void Health::configured(bool enabled, bool cooldown, Instant /*now*/) {
  enabled_ = enabled;
  cooldown_ = cooldown;
  if (cooldown_ && !is_down_) return;
  // A person may have repaired it, or does not want to be protected.
  clear_cooldown();
}

void Health::probe_now(Instant now) {
  if (mode_ == Mode::cooling) until_ = std::min(until_, now);
  // One that is under way may take long to fail.
  if (mode_ == Mode::probing) probe_began_.reset();
}

void Health::clear_cooldown() {
  mode_ = Mode::open;
  probe_began_.reset();
  is_down_ = false;
  cooldowns_in_a_row_ = 0;
  failures_in_a_row_ = 0;
  failing_ = 0.0;
  reason_.reset();
}

HealthState Health::state(Instant now) const {
  if (!enabled_) return HealthState::disabled;
  switch (mode_) {
  case Mode::cooling:
    if (now >= until_) return HealthState::half_open;
    return is_down_ ? HealthState::down : HealthState::cooldown;
  case Mode::probing: return HealthState::half_open;
  case Mode::ramping:
    if (now - ramp_began_ < ramp_time) return HealthState::half_open;
    break;
  case Mode::open: break;
  }
  return failing_ >= degraded_from ? HealthState::degraded : HealthState::ok;
}

bool Health::is_resting() const noexcept {
  return enabled_ && (mode_ == Mode::cooling || mode_ == Mode::probing);
}

std::optional<Instant> Health::until() const {
  return mode_ == Mode::cooling ? std::optional{until_} : std::nullopt;
}

std::optional<FailureKind> Health::reason() const {
  return reason_;
}

FailureScope scope_of(const Failure& failure) noexcept {
  switch (failure.kind) {
  // Its account, its host.
  case FailureKind::credentials:
  case FailureKind::network: return FailureScope::provider;
  // A day is spent model by model, credits and bills are the account's.
  case FailureKind::quota_exhausted:
    return failure.until_day_ends ? FailureScope::model : FailureScope::provider;
  case FailureKind::rate_limited:
  case FailureKind::overloaded:
  case FailureKind::timed_out:
  case FailureKind::server_error:
  case FailureKind::invalid_answer:
  case FailureKind::model_not_found: return FailureScope::model;
  case FailureKind::context_too_long:
  case FailureKind::content_filtered:
  case FailureKind::bad_request:
  case FailureKind::request_too_large: break;
  }
  return FailureScope::nobody;
}

} // namespace gateway
