#pragma once

#include "actors/cluster/quota_sharing.hpp"
#include "actors/quota/demand_rate.hpp"
#include "actors/quota/permit_book.hpp"
#include "actors/quota/permits_journal.hpp"
#include "tests/actors/cluster/sim_network.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// A call as a client made it.
struct SimCall {
  Nanoseconds came{0};
  Nanoseconds here_since{0};
  std::int64_t reserve = 1;
  std::int64_t used = 1;
  int tries = 0;
};

/// A node of the real books and the real sharing of one quota, in one life after another. The
/// simulation moves its clock, calls and messages.
class SimNode {
public:
  struct Quota {
    QuotaSpec spec;
    std::map<std::uint32_t, std::int64_t> inits; // of the members there are
    std::uint64_t version = 1;
    std::uint32_t known = 0; // members ever
    std::uint64_t cools_in = 0;
    std::map<std::uint32_t, Going> going;
    std::uint64_t record = 0; // its version
    std::vector<ContactTerms> contact{ContactTerms{}};
  };
  static constexpr std::uint32_t quota_number = 1; // as a record gives them

  SimNode(std::uint32_t number, double offset, double rate, SharingTimes times);

  Instant local(Nanoseconds now) const {
    return Instant{sim_seconds(offset_) + std::chrono::round<Nanoseconds>(now * rate_)};
  }
  void start(const Quota& quota, Nanoseconds now);
  /// A newer entry of the cluster's record.
  void apply(const Quota& quota, Nanoseconds now);
  /// kill -9: nothing is written down any more.
  void kill(Nanoseconds now);
  /// The machine goes: its memory with it.
  void crash(Nanoseconds now);
  bool is_up() const { return sharing_ != nullptr; }

  void hear(std::uint32_t from, const std::string& bytes, Nanoseconds now);
  /// Everything that follows from what happened: orders, calls that go, messages.
  void work(
    Nanoseconds now,
    const std::function<void(const SimCall&)>& go,
    const std::function<void(std::uint32_t, std::string)>& send);
  void settle(std::int64_t amount, Nanoseconds counted, Nanoseconds now);
  void put_back(std::int64_t amount) {
    book_->put_back(amount);
    if (mark_) mark_->put_back(amount);
  }
  /// A call that needs no turn.
  bool take(const SimCall& call, Nanoseconds now);
  /// What a call held whose client hung up: the provider notices within D.
  void settle_by_now(std::int64_t amount, Nanoseconds now);
  /// It may use what its book has.
  bool may_use(Nanoseconds now) const;

  QuotaSharing& sharing() { return *sharing_; }
  PermitBook& book() { return *book_; }
  PermitMemory& memory() { return *memory_; }
  std::uint32_t number() const { return number_; }
  const Quota& quota() const { return quota_; }
  bool is_leaving() const { return is_up() && is_leaving_; }
  void leave();

  WallTime begins{}; // when the simulation does
  Nanoseconds wall_error{0};
  std::deque<SimCall> queue;
  void ask(const SimCall& call);
  std::uint64_t life = 0; // grows with each start and each end of one
  bool is_paused = false;
  /// Rules to remove, to see that something breaks.
  bool forgets_to_wait_lost = false; // a lost book is usable at once
  bool trusts_itself = false;        // whoever was away for long goes on without a word of others
  bool needs_no_contact = false;
  bool forgets_terms = false; // judges others by the newest terms of contact only
  bool has_no_journal = false;
  bool trusts_any_journal = false;   // whatever else was lost, or is on its way
  bool receives_unjournaled = false; // what others used, and cools here

private:
  void drain(Nanoseconds now, const std::function<void(const SimCall&)>& go);
  void recover(PermitMemory::Moment now);
  void carry_out(const ShareOrder& order, Instant now);
  void keep_journal(Nanoseconds now);
  ShareDemand demand(Instant now);
  PermitMemory::Moment moment(Nanoseconds now) const;

  std::uint32_t number_;
  double offset_;
  double rate_;
  SharingTimes times_;
  TestFolder folder_;
  BookIdentity identity_ = test_identity();
  int boots_ = 0;
  Quota quota_;
  std::shared_ptr<PermitMemory> memory_;
  std::unique_ptr<PermitBook> book_;
  std::unique_ptr<QuotaSharing> sharing_;
  std::string journal_;  // on disk
  std::string unsynced_; // the next line
  std::optional<JournalMark> mark_;
  std::uint64_t journaled_ = 0; // version of the record
  std::optional<DemandRate> rate_asked_;
  std::uint64_t carried_out_ = 0;
  std::optional<Nanoseconds> died_at_;
  bool is_held_ = false;
  bool is_leaving_ = false;
};

} // namespace gateway
