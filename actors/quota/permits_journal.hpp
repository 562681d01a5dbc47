#pragma once

#include "actors/quota/quota.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The reserve-ahead journal of long windows, DATA/permits.journal.jsonl: after a reboot a whole
/// day cannot be waited out, so before a block of a long quota is used, a line says so and is
/// synced (cluster-quota.md, section 4). This is what to append and how to read it; others own the
/// file.
namespace gateway {

/// One line: `used` had begun to cool when it was written, and no more than `upto` is used before
/// a later line of the same series says otherwise. Both count from the series' begin; what its
/// first line has used, cooled when it began.
struct JournalEntry {
  QuotaKey quota;
  std::string name; // for people
  std::uint64_t epoch = 0;
  std::int64_t series = 0; // one life of the quota's slot
  std::int64_t used = 0;
  std::int64_t upto = 0;
  Nanoseconds window{0};
  WallTime at{};
  std::uint64_t version = 0; // of the cluster's record, as the book went by it; 0: in no cluster
};

/// With line feed.
std::string journal_line(const JournalEntry& entry);

/// That what was used before then is not known: for a clock that was put right.
std::string unknown_line(WallTime before);

struct JournalReading {
  /// A member of a cluster began to ask the others for its book: what it then had of a quota, the
  /// first line of it behind this says.
  struct Loss {
    std::size_t entries = 0; // before it
    WallTime at{};
  };

  std::string machine;               // where it was written, 32 hex digits; empty: it does not say
  std::vector<JournalEntry> entries; // in file order
  std::vector<Loss> losses;
  /// What was used before this is not known; none: all is.
  std::optional<WallTime> unknown_before;
  std::size_t damaged = 0; // lines that are none of ours; a torn last one does not count
};

/// Reads the file's text. A missing file or a damaged line means that use before `now` is unknown.
JournalReading read_journal(const std::optional<std::string>& text, WallTime now);

/// Use that may still be in a provider's window: so much, counted at `by` at the latest.
struct JournalUse {
  std::int64_t amount = 0;
  WallTime by{};
};

/// What the journal knows of one quota; `ended`: when the last life that used it was surely over.
std::vector<JournalUse> journal_use(const JournalReading& journal, QuotaKey quota, WallTime ended);

/// Nothing was lost, or what the quota had after the last of the first `losses` is known.
bool is_known_since(const JournalReading& journal, QuotaKey quota, std::size_t losses);
/// The newest version of the cluster's record that a line of the quota goes by.
std::uint64_t journaled_version(const JournalReading& journal, QuotaKey quota);

/// The text of a fresh file that says the same, without what no window reaches any more.
/// `ended`: given after a lost book, when no earlier series goes on: closes them all.
std::string
compacted_journal(const JournalReading& journal, WallTime now, std::optional<WallTime> ended);

/// How far one quota may be used before the next line must be on disk. Thread: its owner's.
class JournalMark {
public:
  JournalMark(std::int64_t limit, std::int64_t used) noexcept;

  void set_limit(std::int64_t limit) noexcept { limit_ = limit; }
  /// May `amount` more be taken? A no is remembered, and the next block is large enough.
  bool allows(std::int64_t amount) noexcept;
  void take(std::int64_t amount) noexcept { taken_ += amount; }
  void put_back(std::int64_t amount) noexcept { taken_ -= amount; }
  /// A line is due, whatever was used.
  void want_line() noexcept { is_due_ = true; }

  /// The next `upto` to be written, where one is due; then none until `synced` or `failed`.
  std::optional<std::int64_t> wanted(Instant now) noexcept;
  void synced() noexcept;
  /// The disk is at fault: nothing more may be taken until a later line was synced.
  void failed() noexcept;
  bool is_waiting() const noexcept { return refused_; }

private:
  std::int64_t limit_;
  std::int64_t taken_; // ever, less what was put back
  std::int64_t synced_;
  std::optional<std::int64_t> pending_;
  std::int64_t block_;
  std::int64_t largest_ = 1; // amount asked for
  Instant last_wanted_{};
  bool refused_ = false;
  bool is_due_ = false;
};

} // namespace gateway
