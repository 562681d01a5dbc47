#pragma once

#include "actors/config/document.hpp"
#include "actors/provider/call_settled.hpp"
#include "actors/provider/gauges.hpp"
#include "actors/provider/health.hpp"
#include "actors/provider/provider_act.hpp"
#include "actors/provider/provider_state.hpp"
#include "actors/provider/rest.hpp"
#include "actors/provider/speed.hpp"
#include "actors/quota/estimate.hpp"
#include "actors/quota/permit_books.hpp"
#include "actors/quota/share_table.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace gateway {

/// One of our accounts at a provider: its permit books, its health and each model's, its measured
/// speed, what its models are learned to cost. All decisions about one provider, without an actor.
/// Thread: its owner's. `now` never goes back.
class Account {
public:
  using Moment = PermitBooks::Moment;

  /// An admitted call: its permits, and whether it is the one that tries whether the provider is
  /// back.
  struct Admitted {
    Permits permits;
    CallCost cost; // as reserved: the pools take the same
    bool probe = false;
    std::vector<QuotaUse> uses; // of its limits, with this call
  };
  /// Why not, and when to ask again.
  struct Declined {
    enum class Why : std::uint8_t {
      quota_spent,
      too_large,
      cooling_down,
      probing,
      disabled,
      drained
    };
    Why why = Why::quota_spent;
    std::string quota;
    std::int64_t limit = 0;
    std::int64_t left = 0;
    std::optional<Milliseconds> retry_after;
    bool by_rate_limit = false;
    /// Only a line of the permit journal is missing: worth waiting for its sync.
    bool waiting_for_journal = false;
    /// Other nodes have permits to spare: worth waiting for their way here.
    bool may_come = false;
    std::string by = {}; // drained
  };

  /// `seed`: of the jitter.
  Account(std::shared_ptr<PermitMemory> memory, std::uint64_t seed);

  /// This version of the provider is in force. `document` keeps `config` alive; `gauges` are one a
  /// model, in the order of `config.models`; `shares`: what of each quota lies here, null: all.
  /// Errors: those of PermitBooks; the old version stays.
  Result<void> configure(
    std::shared_ptr<const Document> document,
    const ProviderConfig& config,
    std::vector<std::shared_ptr<ProviderGauges>> gauges,
    const ShareTable* shares,
    Moment now);

  std::variant<Admitted, Declined>
  admit(std::uint32_t model, const RequestSize& size, Instant now, const Asker& asker = {});
  /// An admitted call that was not sent after all: another stop refused it.
  void give_back(
    Permits permits,
    const ProviderGauges* model,
    std::uint32_t model_number,
    bool probe,
    Instant now);
  void counted(Permits& permits, Instant counted_at, Instant now);
  void settle(CallSettled&& settled, Moment now);

  /// A rest that began or ended: of one model, or of the whole account, where `model` is empty.
  /// One that goes on after a failed probe is the same.
  struct RestChange {
    std::string model;
    bool began = false;
    std::optional<FailureKind> reason;     // began
    std::optional<Milliseconds> left = {}; // until it is tried again
    std::string said_to = {};              // the other node that was told; empty: this one
  };
  /// Since this was last asked; what came and went between is not told.
  std::vector<RestChange> take_rest_changes(Instant now);

  /// What the provider told this node that concerns all, where that may be news.
  std::optional<std::vector<Rest>> take_rests(Instant now);
  /// All that it told another one and that still holds, or by now that it is back.
  void hear(const std::string& node, std::vector<Rest> rests, Instant now);

  /// An operator's orders; `by` is his name. What runs goes on.
  void carry_out(ProviderAct act, std::string by, Instant now);

  /// Matures permits, follows the wall clock, publishes the gauges; about once a second.
  void tick(Moment now);
  std::optional<JournalRequest> journal_wanted(Moment now) { return books_->journal_wanted(now); }
  void journal_synced(std::uint64_t ticket) { books_->journal_synced(ticket); }
  void journal_failed() { books_->journal_failed(); }

  /// Null until configured.
  PermitBooks* books() noexcept { return books_ ? &*books_ : nullptr; }
  ProviderState state(Instant now);
  std::int64_t in_flight() const noexcept;

private:
  struct Model {
    std::string name;
    const ModelConfig* config = nullptr;
    std::vector<std::uint32_t> books; // the provider's, then its own
    Health health;
    Speed speed;
    TokenEstimator estimator;
    std::shared_ptr<ProviderGauges> gauges;
    std::int64_t in_flight = 0;
    std::int64_t published_samples = 0;
  };

  Model* model_of(const ProviderGauges* gauges, std::uint32_t probably) noexcept;
  std::optional<Declined> unhealthy(Model& model, bool& probe, Instant now);
  void learn(Model& model, const CallSettled& settled);
  void judge(Model& model, const CallSettled& settled, Moment now);
  Milliseconds until_day_ends(Moment now) const;
  void publish(Model& model, Instant now);
  void publish_learned(Model& model, Instant now);
  bool cools() const noexcept;
  bool is_overruled(const std::string& node, const Rest& rest, Instant now);
  void overrule();
  bool hear_one(const std::string& node, const Rest& rest, Instant now);

  std::shared_ptr<PermitMemory> memory_;
  std::uint64_t seed_;
  std::shared_ptr<const Document> document_;
  const ProviderConfig* config_ = nullptr;
  std::optional<PermitBooks> books_;
  Health health_;
  std::string drained_by_;        // empty: it takes calls
  std::set<std::string> resting_; // as told: models by name, "" for all of it
  bool has_rest_news_ = false;
  using Tellers = std::map<std::string, std::map<std::string, Instant>>; // by model: nodes, until
  Tellers heard_;
  Tellers overruled_;                             // by an operator
  std::map<std::string, std::uint64_t> attempts_; // by outcome
  std::vector<std::unique_ptr<Model>> models_;    // of the version in force, in its order
};

} // namespace gateway
