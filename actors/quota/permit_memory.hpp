#pragma once

#include "actors/quota/past_journal.hpp"
#include "actors/quota/permit_layout.hpp"
#include "actors/quota/permit_members.hpp"
#include "actors/quota/permit_pairs.hpp"
#include "actors/quota/quota.hpp"
#include "actors/quota/share.hpp"
#include "net/base/result.hpp"
#include "net/base/time.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Who this node is and in which life of its machine; all ids are 32 hex digits or empty if
/// unknown.
struct BookIdentity {
  std::string node; // of DATA/node.json; also names the file
  std::string machine;
  std::string boot;
  std::string generation; // of a virtual machine, where the platform has one
  std::uint64_t epoch = 0;
  /// DATA/node.json had an epoch before this start: then a missing file is a lost book.
  bool known = false;
};

/// How this life of the book begins (cluster-quota.md, section 4).
enum class BookBeginning : std::uint8_t {
  first,      // never used: every quota is full
  restarted,  // R4: same boot, the exact book, what was in flight cools
  clean_stop, // another boot, but the last life ended in order and left its file
  lost,       // R5: only the journal knows what was used
};

/// What files of earlier lives say, as read at the start; none where there is no such file.
struct BookPast {
  std::optional<std::string> clean_stop; // DATA/permits.clean.json
  std::optional<std::string> journal;    // DATA/permits.journal.jsonl
};

/// The shared mapping under all permit books of a node: it outlives the process, so that a life
/// after `kill -9` goes on with the exact book. One life at a time: it holds the file's lock.
/// Thread: open and begin_epoch on one thread, before anybody claims; the rest on any; slots are
/// the owners'.
class PermitMemory {
public:
  static constexpr std::uint32_t slots_default = 4'096;

  struct Place {
    std::filesystem::path folder;
    /// At least; see slots_for. A file with fewer grows when it is opened.
    std::uint32_t slots = slots_default;
  };
  struct Moment {
    Instant at;
    WallTime wall;
  };

  /// Errors: storage_unavailable (locked by another process, no room, somebody else's file).
  static Result<std::shared_ptr<PermitMemory>>
  open(const Place& place, const BookIdentity& identity, const BookPast& past, Moment now);

  ~PermitMemory();
  PermitMemory(const PermitMemory&) = delete;
  PermitMemory& operator=(const PermitMemory&) = delete;

  BookBeginning beginning() const noexcept;
  /// Why the book was lost, for the log; empty otherwise.
  const std::string& lost_because() const noexcept;
  const std::filesystem::path& file() const noexcept;

  /// To be called once after `open`, before any quota is used, when DATA/node.json has `epoch`
  /// (synced). After `clean_stop` and `lost` it must be higher than before.
  void begin_epoch(std::uint64_t epoch) noexcept;

  /// Of a cluster, to be said before `begin_epoch`: what a lost book held is known by the others.
  void set_shared() noexcept;
  /// The others have not told yet: the permits of shared quotas lie still. A kill does not end it.
  bool is_lost() const noexcept;
  /// Every shared book was told what it holds (PermitBook::recover_share).
  void found() noexcept;
  /// Until when an older life may run elsewhere; none: there is none that could.
  std::optional<Instant> elsewhere_until() const noexcept;
  /// Nothing is to be used, as what is here may be others' by now; until `release`.
  void hold() noexcept { is_held_.store(true); }
  void release() noexcept { is_held_.store(false); }
  /// Nothing is to be used from then on, whoever comes to say so or not.
  void use_until(Instant until) noexcept { use_until_.store(until.time_since_epoch().count()); }
  bool may_use(Instant now) const noexcept {
    return !is_held() && now.time_since_epoch().count() < use_until_.load();
  }
  bool is_held() const noexcept { return is_held_.load(std::memory_order_relaxed); }
  /// This life goes on: for the next one, to know how long it was away.
  void note_alive(Instant now) noexcept;
  /// When the life before this one was there last; none: that is not known, or its clock was
  /// another one.
  std::optional<Instant> last_alive() const noexcept;
  /// When most of those who have to heard this node, by the terms that were set in version `since`:
  /// for the next life too, since a kill makes nobody deaf.
  void note_contact(std::uint64_t since, Instant at) noexcept;
  std::optional<Instant> last_contact(std::uint64_t since) const noexcept;

  /// What the slot of a quota says of it; where no book has it, nobody changes that.
  std::vector<PairCounters> pairs_of(QuotaKey quota) const;
  /// The quotas that the cluster has not forgotten: slots of others may be used again. Until then
  /// what a slot gave and received is what keeps its quota from being there twice.
  void keep_only(const std::set<QuotaKey>& quotas) noexcept;

  PermitPairs& pairs() noexcept;
  PermitMembers members() noexcept;

  /// The slot of a quota: the one it had, or a free one with its constants filled in, which the
  /// book makes its own and then publishes. A slot has one book at a time.
  /// Errors: overloaded, when all slots are taken; internal, when it has a book already.
  struct Claim {
    PermitSlot* slot = nullptr;
    bool fresh = false;
  };
  Result<Claim> claim(const QuotaSpec& spec, Instant now);
  void publish(PermitSlot& slot) noexcept;
  /// Its book is gone, by `now`. The slot is kept until all has matured, then it is free.
  void let_go(PermitSlot& slot, Instant now) noexcept;
  /// What a lost book may have used of a quota; nothing, if it was not lost.
  std::vector<PastUse> past_of(const QuotaSpec& spec, Moment now) const;
  const PastJournal& journal() const noexcept;

  std::uint64_t epoch() const noexcept;
  /// The text that DATA/permits.journal.jsonl begins with, to be written whole, synced and put in
  /// place before the first line is appended.
  std::string journal_beginning(WallTime now) const;
  /// After `drain` and `settle`: the text of DATA/permits.clean.json.
  std::string clean_stop_text(Moment now) const;

private:
  struct Inside;
  explicit PermitMemory(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
  bool is_shared_ = false;
  std::atomic<bool> is_held_{false};
  std::atomic<std::int64_t> use_until_{std::numeric_limits<std::int64_t>::max()};
};

} // namespace gateway
