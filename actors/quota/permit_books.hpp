#pragma once

#include "actors/quota/demand_watch.hpp"
#include "actors/quota/permit_book.hpp"
#include "actors/quota/permit_memory.hpp"
#include "actors/quota/quota.hpp"
#include "net/base/result.hpp"
#include "net/unified/limit_report.hpp"

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway {

/// What one call may cost at most. One request and one place are always meant with it.
struct CallCost {
  std::int64_t input_tokens = 0;
  std::int64_t output_reserve = 0;
  std::int64_t nano_dollars = 0;
};

/// How a call ended, as far as a provider may have counted it.
struct Settlement {
  /// False: not one byte may have reached the provider; everything is given back at once.
  bool written = true;
  std::optional<Instant> written_at; // after write() of the last byte
  std::optional<Instant> first_byte_at;
  Instant ended{};
  /// The answer's end was seen; else the provider may be working on it until the hang-up arrives.
  bool whole = true;
  /// False: what was reserved counts as used.
  bool usage_known = false;
  std::int64_t used_input = 0;
  std::int64_t used_output = 0;
  /// What it cost; none: that is not known, and what was reserved counts as used.
  std::optional<std::int64_t> used_nano_dollars;
};

/// Permits taken for one call; give them back with PermitBooks::settle, exactly once.
struct Permits {
  static constexpr std::size_t count_max = 16; // quotas that one call may touch

  struct Taken {
    std::uint32_t book = 0;
    std::int64_t amount = 0; // taken in all
    std::int64_t cooled = 0; // of it, already cooling
  };
  boost::container::static_vector<Taken, count_max> taken;
  std::int64_t input_tokens = 0; // as estimated
};

/// Which quota said no, and when to ask again. An answer, not an error.
struct Refused {
  std::uint32_t book = 0;
  std::string_view name; // of the quota, valid until the next reconfigure
  std::int64_t limit = 0;
  std::int64_t left = 0;
  Milliseconds retry_after{0};
  bool never = false; // dearer than the whole limit: waiting does not help
  /// Only a line of the journal is missing: worth waiting for its sync, some milliseconds.
  bool waiting_for_journal = false;
  /// Other nodes have permits of it to spare: worth waiting for their way here, some milliseconds.
  bool may_come = false;
};

/// A limit as whoever is limited by it sees it.
struct LimitLeft {
  std::int64_t limit = 0;
  std::int64_t left = 0;
  Milliseconds full_in{0}; // if nothing more is used
};

/// One quota as an admin sees it. in_flight + cooling + idle = hold + owed.
/// What lies of a quota at one node.
struct QuotaPart {
  std::string node;
  std::int64_t hold = 0;
  std::int64_t used = 0;                  // of it in flight or cooling
  std::optional<Milliseconds> recovering; // a lost book cools for so long
  bool is_reachable = true;               // else it is what was last known
};

/// A quota as its owner has it, or as all nodes of a cluster together have it.
struct QuotaState {
  std::uint32_t book = 0;
  QuotaSpec spec;
  std::int64_t limit = 0; // in force: the document's, or lower where the provider said so
  std::int64_t in_flight = 0;
  std::int64_t cooling = 0;
  std::int64_t idle = 0;
  std::int64_t pool = 0; // lies here for other nodes
  std::int64_t owed = 0;
  std::int64_t external = 0; // of what cools: used by somebody else with the same account
  std::optional<Milliseconds> earliest_maturity; // none: nothing cools
  std::optional<Milliseconds> recovering;        // what a lost book cools, at the longest
  Milliseconds count_delay{0};                   // D as learned, drift included
  std::optional<Milliseconds> learned_delay;     // D as learned, where there is one
  std::optional<std::int64_t> said_limit;        // as the provider's headers had it last
  bool is_set_aside = false; // a part of the limit, as the provider refused what fitted it
  bool waiting_for_journal = false;
  std::vector<QuotaPart> parts; // of all nodes together; else empty
};

/// How much of a limit was out when a call was admitted, that call included.
struct QuotaUse {
  std::string name; // of the window: "rpm"
  std::int64_t used = 0;
  std::int64_t limit = 0;
};

/// The cluster's orders to one shared quota's book.
struct BookOrders {
  QuotaKey quota;
  std::vector<ShareOrder> orders;
  /// As far as this node knows, others have permits to spare.
  bool may_come = false;
};
/// What the owner of a shared quota's book says to the cluster.
struct BookSaid {
  QuotaKey quota;
  ShareState state; // without `answers`
  ShareDemand demand;
  /// QuotaShare's, as the owner goes by: it takes of it beside what took its place, if at all.
  std::optional<std::uint64_t> removed_in;
};
/// Of a book that was lost: what the others told.
struct BookTale {
  QuotaKey quota;
  ToldShare told;
};

/// Lines for DATA/permits.journal.jsonl, to be appended and synced off the hot path.
struct JournalRequest {
  std::string lines;
  std::uint64_t ticket = 0; // for journal_synced
};

/// All quotas of one owner (a provider with its models, a pool), admitted all or none.
/// Thread: its owner's alone. `now` never goes back.
class PermitBooks {
public:
  using Moment = PermitMemory::Moment;

  /// Books 0 … n-1 in the order of `specs`.
  /// Errors: overloaded (no slot), invalid_value (an unknown zone, a limit below 0).
  static Result<PermitBooks>
  make(std::shared_ptr<PermitMemory> memory, const std::vector<QuotaSpec>& specs, Moment now);

  PermitBooks(PermitBooks&&) noexcept;
  PermitBooks& operator=(PermitBooks&&) noexcept;
  ~PermitBooks();

  /// How full they are; of several windows of one name the fullest. Cheap: no call waits for it.
  std::vector<QuotaUse> uses(std::span<const std::uint32_t> books) const;

  /// Takes what the call may cost in every one of `books`, or nothing.
  std::variant<Permits, Refused> admit(
    std::span<const std::uint32_t> books,
    const CallCost& cost,
    Instant now,
    const Asker& asker = {});

  /// The provider has counted the call at `counted_at` at the latest (first byte, or D after it
  /// was written): requests and input begin to cool, the reserve for output stays out.
  void counted(Permits& permits, Instant counted_at, Instant now);

  /// The call is over.
  void settle(Permits&& permits, const Settlement& settlement, Instant now);

  /// D after the write, the latest moment the provider can have counted, where D is known.
  std::optional<Instant> counted_by(const Permits& permits, Instant written_at) const;

  /// What a provider's headers said, about whichever of `books` it fits. Only ever lowers.
  /// `heard`: when the answer's head came; what remained then says nothing a second later.
  void tighten(
    std::span<const std::uint32_t> books, const LimitReport& report, Instant heard, Instant now);

  /// A 429 came although the books had permits: D grows by half (to 5 s at most), and a hundredth
  /// of each limit is set aside for an hour.
  void refused_by_provider(std::span<const std::uint32_t> books, Instant now);

  /// Sweeps all, follows the wall clock; about once a second. What the journal said before the
  /// clock was put forward is not known any more.
  void tick(Moment now);

  /// What must be in the journal before long windows may go on; nothing if all is well.
  std::optional<JournalRequest> journal_wanted(Moment now);
  void journal_synced(std::uint64_t ticket) noexcept;
  /// Long windows stop admitting until a later request for them was synced.
  void journal_failed() noexcept;

  /// New limits in force while calls hold permits. Returns the book of each spec, in order; books
  /// of quotas that stay keep their number, a removed one's is reused when all of it is back.
  /// Those that a cluster's record says are removed are needed beside what took their place.
  Result<std::vector<std::uint32_t>> reconfigure(const std::vector<QuotaSpec>& specs, Moment now);

  // -- in a cluster: permit_books_share.cpp --

  /// Orders of quotas that are not here are passed over.
  void carry_out(std::span<const BookOrders> orders, Instant now);
  /// How all shared books stand.
  std::vector<BookSaid> said(Instant now);
  /// A call began to wait for a shared quota since `said` was last asked.
  bool has_news() const noexcept;
  /// Other nodes have permits of it to spare, as far as this one knows.
  bool may_come(std::uint32_t book) const;
  /// Before PermitMemory::found. Errors: overloaded, when there is no room for the counters.
  Result<void> recover(std::span<const BookTale> tales, Moment now);

  std::vector<QuotaState> states(Instant now);
  /// That of `books` with the least left of requests, or of tokens of any kind; none: no such.
  std::optional<LimitLeft>
  tightest(std::span<const std::uint32_t> books, bool of_tokens, Instant now);
  /// Usable at once.
  std::int64_t left(std::uint32_t book, Instant now);

private:
  struct Inside;
  explicit PermitBooks(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

} // namespace gateway
