#pragma once

#include "actors/cluster/book_message.hpp"
#include "actors/cluster/farewell.hpp"
#include "actors/cluster/lost_book.hpp"
#include "actors/cluster/pair_message.hpp"
#include "actors/cluster/peer.hpp"
#include "actors/cluster/shared_quota.hpp"
#include "actors/quota/permit_memory.hpp"
#include "actors/quota/share.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace gateway {

/// Everything that one node decides about the quotas it shares. A driver (the cluster's actor)
/// puts in messages, the state of the books and the time; then, in this order:
///   1. `take_orders` to the books' owners, and their states back by `note`, until there are none;
///   2. `take_messages`, which are made from what the books say now, to the links.
/// So a book always says what a message says before it is sent. Which life of a member counts is
/// stored in the mapping by `hear` itself. Thread: one.
class QuotaSharing {
public:
  struct Member {
    std::uint32_t number = 0;
    bool is_candidate = true; // for broker
    Going going = Going::no;  // else closed here from now on
  };
  struct Order {
    std::uint32_t quota = 0;
    std::uint64_t batch = 0; // ShareState::answers, when all of it is carried out
    ShareOrder order;
  };
  struct Outgoing {
    std::uint32_t to = 0;
    std::variant<PairMessage, BookLost, BookTold> message;
  };
  /// What a recovered book is to be told, for PermitBook::recover_share.
  struct Recovered {
    std::uint32_t quota = 0;
    ToldShare told;
  };

  /// `started`: of this life, after its older one ended.
  QuotaSharing(
    std::uint32_t self,
    std::shared_ptr<PermitMemory> memory,
    const SharingTimes& times,
    Instant started);

  // -- what the cluster's record says --

  /// All members, this node too. Those that went are never heard again. `known`: ClusterRecord's.
  /// No older record may come than any before, in earlier lives too (PermitMembers::record).
  void set_members(const std::vector<Member>& members, std::uint32_t known);
  /// The version that says so: it is told to the others.
  void set_record(std::uint64_t version) noexcept { record_ = version; }
  /// A quota by its number in the record, with the whole cluster's limit. `inits`: of each member.
  void
  set_quota(std::uint32_t quota, std::int64_t limit, std::map<std::uint32_t, std::int64_t> inits);
  void remove_quota(std::uint32_t quota);
  /// Of the record: by whom a member has to be heard.
  void set_contact(std::vector<ContactTerms> contact);
  /// Quotas whose books nobody here moves any more: the document does not have them.
  void set_unowned(std::set<std::uint32_t> quotas) { unowned_ = std::move(quotas); }
  /// R6: an operator says that this member is off for good.
  void write_off(std::uint32_t member) {
    to_go_[member] = Going::written_off;
    asked_here_.insert(member);
  }
  /// From now on all of it goes to the others.
  void leave() noexcept { is_leaving_ = true; }
  /// This node may have been removed while it was away: nothing moves before a member has heard
  /// this life of it, and knows of no newer one.
  void must_be_confirmed() noexcept { is_confirmed_ = false; }

  // -- what happens --

  void tick(Instant now);
  /// What the wall clock says: for others, and whether it says what theirs do.
  void note_wall(PermitMemory::Moment now) noexcept { wall_ = now; }
  void hear(std::uint32_t from, const PairMessage& message, Instant now);
  void hear(std::uint32_t from, const BookLost& message, Instant now);
  void hear(std::uint32_t from, const BookTold& message, Instant now);
  /// How a book stands: after orders, and whenever calls begin to wait.
  void note(std::uint32_t quota, ShareState state, ShareDemand demand, Instant now);

  // -- what follows --

  std::vector<Order> take_orders(Instant now);
  std::vector<Outgoing> take_messages(Instant now);
  /// Once all others have told; every book is to be told before PermitMemory::found.
  std::optional<std::vector<Recovered>> take_recovered();
  /// What is to be agreed on of members that go, again after a while, until it is: that they do,
  /// then, when all have told, that they are gone. `wait`: until all that a member used is out of
  /// every short window.
  std::optional<MembersGoing> take_going(Instant now);
  std::optional<MembersGone> take_gone(Nanoseconds wait, Instant now);
  /// Terms of contact that nobody goes by any more, nor used anything by that is still in a window.
  std::optional<ContactKnown> take_known(Nanoseconds wait, Instant now);

  // -- what there is to know --

  bool is_lost() const noexcept { return lost_.has_value(); }
  /// Whose answer a lost book waits for.
  std::vector<std::uint32_t> waits_for() const;
  /// Somebody knows a newer life of this node, or has closed this one (a write-off that did not
  /// come to be): it has to stop. What it holds is found like a lost book by a life that is newer.
  bool is_overtaken() const noexcept { return overtaken_by_ > 0; }
  std::uint64_t overtaken_by() const noexcept { return overtaken_by_; } // its epoch
  /// The book is not what the others know of it (a restored snapshot): stop, and begin anew
  /// without it.
  bool is_contradicted() const noexcept;
  /// All others have closed all lives of this node: it is no member any more, or will be none.
  bool is_removed() const noexcept { return is_removed_; }
  bool is_confirmed() const noexcept { return is_confirmed_; }
  /// How a member is on its way out, agreed on or to be.
  Going going_of(std::uint32_t member) const;
  /// Whose word on those who go is missing.
  std::vector<std::uint32_t> farewell_waits_for() const { return farewell_.waits_for(); }
  /// `wait`: until all that a member used is out of every short window.
  std::optional<Instant> farewell_over_at(Nanoseconds wait) const;
  /// R6, rule 1: until when this node may use what it has, unless it is heard again; none: for
  /// ever.
  std::optional<Instant> usable_until() const;
  bool is_alive(std::uint32_t member) const;
  std::uint32_t broker() const noexcept { return broker_; }
  bool is_broker() const noexcept { return broker_ == self_; }
  /// All members have that version of the record, or a newer one, as far as they said.
  std::uint64_t record_of_all() const noexcept;
  /// Some permits lie where this node, or a candidate it hears, can't reach: a client should try
  /// elsewhere (503), not wait.
  bool is_somebody_out_of_reach() const noexcept;
  bool may_come(std::uint32_t quota, Instant now) const;
  /// After `leave`: nothing is held here any more, and all of it has arrived. Nothing moves here
  /// from then on.
  bool has_left() const noexcept { return has_left_; }
  const SharedQuota* quota(std::uint32_t number) const noexcept;
  std::uint64_t messages_made() const noexcept { return messages_made_; }

private:
  struct Said {
    PairMessage::Entry entry;
    std::int64_t since = 0; // every message from this one on says it; 0: none
    bool is_heard = false;
  };
  struct Link {
    Peer peer;
    bool is_candidate = true;
    Going going = Going::no;
    bool has_said_new = false;              // that this life is one, where it is heard
    std::optional<Instant> heard_at{};      // in any life of it
    std::optional<Instant> echoed_at{};     // when the newest was sent that it has echoed
    std::optional<Instant> unheard_since{}; // by anybody that is heard here
    std::optional<Instant> sent_at{};
    Instant paid_at{}; // by then what was sent faster than each `gap` is made up for
    std::optional<Instant> said_all_at{};
    std::map<std::uint32_t, Said> said{}; // by quota
  };

  Neighbours neighbours(Instant now) const;
  void choose_broker(Instant now);
  void say_farewell(Instant now);
  void note_silence(Instant now);
  bool is_silent(const Link& link, Instant now) const;
  std::optional<Instant> contact() const;
  void look_whether_left();
  bool begin_life(std::uint32_t member, Link& link, std::uint64_t epoch);
  bool belongs(std::uint32_t from, const Lives& lives);
  bool is_due(std::uint32_t member, const Link& link, const Neighbours& others, Instant now) const;
  PairMessage message_for(std::uint32_t member, Link& link, const Neighbours& others, Instant now);
  void say(PairMessage& message, Link& link, std::uint32_t quota, PairMessage::Entry entry) const;
  BookTold tell(const BookLost& question, Instant now) const;

  std::uint32_t self_;
  std::uint64_t record_ = 0;
  PermitMemory::Moment wall_{};
  std::shared_ptr<PermitMemory> memory_;
  SharingTimes times_;
  std::map<std::uint32_t, Link> links_; // the others
  bool is_candidate_ = true;
  std::map<std::uint32_t, SharedQuota> quotas_;
  std::map<std::uint32_t, std::map<std::uint32_t, std::int64_t>> inits_; // by quota, member
  std::optional<LostBook> lost_;
  std::vector<std::pair<std::uint32_t, BookLost>> questions_; // to be answered
  Farewell farewell_;
  std::map<std::uint32_t, Going> to_go_; // not agreed on yet
  std::set<std::uint32_t> asked_here_;   // to see them off
  std::vector<ContactTerms> contact_{ContactTerms{}};
  std::optional<Instant> contact_known_at_; // each member has the newest of them
  std::optional<Instant> contact_told_at_;
  std::optional<Instant> going_told_at_;
  std::optional<Instant> gone_told_at_;
  std::set<std::uint32_t> unowned_;
  Instant started_;
  std::uint32_t broker_;
  std::int64_t last_sent_ = 0;
  bool is_leaving_ = false;
  bool has_left_ = false;
  bool is_confirmed_ = true;
  std::uint64_t overtaken_by_ = 0;
  bool is_removed_ = false;
  bool is_from_past_ = false;
  std::uint64_t messages_made_ = 0;
};

} // namespace gateway
