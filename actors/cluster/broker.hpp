#pragma once

#include "actors/cluster/cluster_record.hpp"
#include "actors/cluster/quota_sharing.hpp"
#include "actors/quota/permit_books.hpp"
#include "actors/quota/share_table.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// One node's part in sharing quotas, between the owners of its books ("stops") and the other
/// members: puts what either says into QuotaSharing, and takes out whom to tell what.
/// Thread: one; `now` never goes back.
class Broker {
public:
  Broker(std::shared_ptr<PermitMemory> memory, const SharingTimes& times);

  /// The record in force, of which this node is member `self`. `candidates`: who may be broker.
  void set_record(
    const ClusterRecord& record,
    std::uint32_t self,
    const std::set<std::uint32_t>& candidates,
    Instant now);
  /// This node leaves the cluster: all it has goes to the others.
  void leave();
  /// A member is off for good, says an operator.
  void write_off(std::uint32_t member);
  /// When a member that is written off may be removed, if nobody is waited for; how long that takes
  /// from when all others have closed it.
  std::optional<Instant> written_off_at() const;
  Nanoseconds written_off_wait() const noexcept { return written_off_wait_; }

  /// The stops of the document in force; others' books are not waited for.
  void set_stops(std::set<std::string> stops);

  void tick(Instant now);
  /// A message of a member. Errors: invalid_value, where it is none of ours.
  Result<void> hear(std::uint32_t from, std::string_view bytes, Instant now);
  /// How a stop's shared books stand after it carried out all up to the ForStop of that number.
  void said(
    const std::string& stop, std::uint64_t number, const std::vector<BookSaid>& books, Instant now);

  struct ForStop {
    std::uint64_t number = 0;    // grows; 0 is none
    std::vector<BookTale> tales; // of books that are lost, to be taken first
    std::vector<BookOrders> orders;
  };
  struct ForMember {
    std::uint32_t member = 0;
    bool is_state = false; // of several that wait to be sent only the newest counts
    std::string bytes;
  };
  struct Outgoing {
    std::map<std::string, ForStop> stops;
    std::vector<ForMember> messages;
    std::vector<ClusterEntry> entries; // to be agreed on
  };
  /// What follows from all that was said since.
  Outgoing take(PermitMemory::Moment now);

  /// The book is not what others know of this node, or a newer life of it was there: nothing is
  /// used or moved any more.
  bool is_contradicted() const noexcept { return is_contradicted_; }
  /// Null before there is a record.
  const QuotaSharing* sharing() const noexcept { return sharing_ ? &*sharing_ : nullptr; }
  const ShareTable* shares() const noexcept { return shares_ ? &*shares_ : nullptr; }

private:
  struct Place {
    std::string stop;                             // empty: it went with its document
    bool may_come = false;                        // as its stop was told last
    std::uint64_t batch = 0;                      // of its newest orders, which are in the stop's
    std::uint64_t ordered = 0;                    // ForStop of this number
    std::optional<std::uint64_t> removed_in = {}; // as its stop goes by
  };

  bool is_unowned(std::uint32_t number) const;
  void note_unowned(Instant now);
  void note_mapping(const ShareTable::Row& row, std::uint64_t batch, Instant now);
  void forget_removed(Outgoing& out, Instant now);
  void recover(Outgoing& out, PermitMemory::Moment now);
  bool recover_unowned(const QuotaSharing::Recovered& one, PermitMemory::Moment now);
  void order(Outgoing& out, Instant now);
  void hint(Outgoing& out, Instant now);
  BookOrders& orders_for(Outgoing& out, const Place& place, QuotaKey quota) const;

  std::shared_ptr<PermitMemory> memory_;
  SharingTimes times_;
  std::optional<QuotaSharing> sharing_;
  std::optional<ShareTable> shares_;
  std::set<std::string> stops_;
  std::set<std::string> spoke_;                     // of the stops
  std::map<std::uint32_t, Place> places_;           // of the quotas whose books have spoken
  std::map<std::string, std::uint64_t> recovering_; // stops, told by that ForStop of lost books
  std::uint64_t number_ = 0;                        // of the newest ForStop
  Nanoseconds written_off_wait_{0};
  std::uint64_t record_ = 0; // its version
  struct Removed {
    std::uint64_t in = 0;         // that version of the record
    Nanoseconds wait{0};          // until nothing that was used of it is in a window
    std::optional<Instant> since; // nobody uses it any more
  };
  std::map<std::uint32_t, Removed> removed_; // quotas that the document lacks, by number
  std::optional<Instant> forgotten_at_;      // when one of them was proposed to be
  bool is_leaving_ = false;
  bool awaits_word_ = false; // from the start: it may have been removed meanwhile
  bool is_beyond_recovery_ = false;
  bool is_contradicted_ = false;
};

} // namespace gateway
