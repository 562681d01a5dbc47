#pragma once

#include "actors/cluster/pair_message.hpp"
#include "actors/cluster/share_plan.hpp"
#include "actors/quota/share.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace gateway {

/// The others, as one quota's moves need to know them.
struct Neighbours {
  std::uint32_t self = 0;
  std::uint32_t broker = 0; // whom this node reports to; itself where it is one
  std::size_t nodes = 1;
  bool is_leaving = false;
  std::function<bool(std::uint32_t member)> may_be_given;
};

/// One quota at one node: what its book says, what others said of theirs, and what follows: moves
/// of the own book, and which member is to hear of it soon.
/// Whoever drives it carries orders out, lets calls that wait take what came, and only then says
/// how the book stands (`note`): it plans from what is there.
class SharedQuota {
public:
  explicit SharedQuota(std::int64_t limit) noexcept : limit_(limit) {}

  /// The whole cluster's.
  void set_limit(std::int64_t limit) noexcept { limit_ = limit; }

  void note(ShareState state, ShareDemand demand, Instant now);
  /// `is_newest`: of its sender's messages; an older one changes only counters.
  void hear(std::uint32_t from, const PairMessage::Entry& entry, bool is_newest, Instant now);
  /// It is out of reach: nothing is given to it, and it reports to nobody here.
  void lose_touch(std::uint32_t member) { clients_.erase(member); }
  /// Another life of it: what its older one said counts no more.
  void forget(std::uint32_t member);
  /// The rest are no members any more.
  void keep_only(const std::set<std::uint32_t>& others);
  void forget_broker() noexcept { reported_want_ = 0; }

  /// The moves to be made now, from the book as noted last; none until it is noted again.
  std::vector<ShareOrder> orders(const Neighbours& others, Instant now);
  /// Of the orders that were given last; 0: none were.
  std::uint64_t batch() const noexcept { return batch_; }

  enum class Urgency : std::uint8_t { none, soon, now };
  /// Does `member` wait for word of this? To be asked after `orders`.
  Urgency urgency_for(std::uint32_t member, const Neighbours& others) const;
  void told(std::uint32_t member, const Neighbours& others);
  /// What to say to `member`; none: there is nothing between the two.
  std::optional<PairMessage::Entry>
  entry_for(std::uint32_t member, const Neighbours& others, Instant now) const;

  /// Others have permits to spare, as far as is known here: calls do well to wait a hop for them.
  bool may_come(const Neighbours& others) const noexcept;

  const ShareState& state() const noexcept { return state_; }
  bool is_noted() const noexcept { return is_noted_; }
  /// Nothing is in the book or on its way from it.
  bool is_empty() const noexcept;
  /// Waits for what its orders did to the book.
  bool is_waiting() const noexcept { return !is_noted_ || state_.answers < batch_; }
  /// Somebody has received more of me than I ever gave: my book is not what it was. True for a
  /// moment where it was lost and is told just now.
  bool is_contradicted() const noexcept { return is_contradicted_; }
  /// On its way to others, as far as they told.
  std::int64_t in_transit() const noexcept;
  std::int64_t target() const noexcept { return target_; }
  bool is_contended() const noexcept { return is_contended_; }

private:
  struct Told {
    std::int64_t given = 0;    // ever, to me
    std::int64_t received = 0; // ever, from me
    Instant usable_at{};       // the newest part of `given`
  };

  void compare() noexcept;
  const PairCounters* pair_with(std::uint32_t member) const noexcept;
  std::int64_t given_to(std::uint32_t member) const noexcept;
  std::int64_t acknowledged_by(std::uint32_t member) const noexcept;
  std::int64_t own_want() const noexcept;
  std::vector<std::int64_t> own_needs() const;
  bool is_small(const Neighbours& others) const noexcept;
  void receive(const Neighbours& others, Instant now, std::vector<ShareOrder>& orders) const;
  void broker(const Neighbours& others, Instant now, std::vector<ShareOrder>& orders);
  void plan(const Neighbours& others, Instant now, std::vector<ShareOrder>& orders);
  void bind(std::vector<ShareOrder>& orders);
  void give_back(const Neighbours& others, std::vector<ShareOrder>& orders);
  void leave(const Neighbours& others, std::vector<ShareOrder>& orders) const;
  void
  give(std::uint32_t member, std::int64_t amount, Part part, std::vector<ShareOrder>& orders) const;

  std::int64_t limit_;
  ShareState state_;
  ShareDemand demand_;
  std::map<std::uint32_t, Told> told_;
  std::map<std::uint32_t, Sharer> clients_; // by what they reported, less what was granted since
  std::int64_t target_ = 0;
  bool is_contended_ = false;
  bool is_bound_ = false;
  std::optional<std::int64_t> ordered_bound_; // in the book
  std::optional<Instant> waiting_since_;
  std::int64_t reported_want_ = 0; // as the broker knows it, less what it gave since
  std::map<std::uint32_t, Urgency> urgent_;
  bool is_noted_ = false;
  std::uint64_t batch_ = 0;
  bool is_contradicted_ = false;
};

} // namespace gateway
