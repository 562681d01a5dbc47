#pragma once

#include "net/base/result.hpp"
#include "net/base/time.hpp"
#include "persistence/day.hpp"
#include "persistence/files.hpp"
#include "persistence/journal_lane.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gateway {

/// What "recorded" means (contract, section 5): written to the kernel, or on the disk.
enum class Durability : std::uint8_t { write, sync };

struct JournalOptions {
  std::string folder; // DATA/requests
  Durability durability = Durability::write;
  Milliseconds sync_every{50};     // what a machine crash may lose
  Milliseconds retry_every{1'000}; // how often a fresh file is tried while the journal is broken
};

/// Days whose files are synced at one time: yesterday's last lines, today's, and one more for a
/// clock that was set back.
constexpr std::size_t open_files_max = 3;

/// Owner of the journal's files: lends each io thread a lane, syncs on a thread of its own, and
/// after a failed write or sync acknowledges nothing until all that may not be on the disk stands,
/// synced, in a fresh file.
/// Thread: made, started and stopped on one thread. What is `const`, prepare() and
/// set_first_open_day(): any.
class Journal {
public:
  /// Takes up the folder where it stands: its files must have been repaired before
  /// (UsageStore::load does). Errors: storage_unavailable.
  static Result<std::unique_ptr<Journal>> open(Files& files, JournalOptions options, WallTime now);
  ~Journal();

  /// A lane for one io thread; lives as long as the journal. Call before start().
  JournalLane& make_lane();
  /// Starts the sync thread; without it (in tests) sync_turn() is called by hand.
  void start();
  /// Ends the sync thread after a last sync. The lanes have been flushed before.
  void stop();

  /// False from a failed write or sync until a fresh file stands: 503 and /readyz.
  bool writable() const noexcept { return !broken_.load(std::memory_order_acquire); }
  /// Why it is not writable, for people; empty if it is.
  std::string trouble() const;

  /// Creates the day's file ahead, so that no io thread waits for the folder's sync at midnight.
  Result<void> prepare(Day day);
  /// From now on no line goes to a file of an earlier day: those days are being closed.
  void set_first_open_day(Day day) noexcept;

  /// One round of the sync thread: syncs what was written, or makes fresh files where that fails or
  /// failed (not more often than retry_every), and tells who waits.
  void sync_turn(Instant now);

  struct Counts {
    std::uint64_t syncs = 0;
    std::uint64_t failures = 0;    // of writes, syncs and fresh files
    std::uint64_t fresh_files = 0; // made after one
    std::uint64_t lost_bytes = 0;  // written, never synced, and not readable when they were saved
  };
  Counts counts() const;

private:
  friend class JournalLane;

  /// A day's file in use. What is known to be on the disk ends at `synced`, perhaps within a line.
  struct OpenFile {
    JournalFile name;
    Descriptor file;
    std::uint64_t synced = 0;                      // the sync thread's
    std::optional<std::uint64_t> fresh_bytes = {}; // its size when it was made after a failure
  };

  Journal(Files& files, JournalOptions options) : files_(files), options_(std::move(options)) {}

  std::string path_of(const JournalFile& file) const;
  /// The file that a line of that day goes to now; makes it if there is none.
  Result<JournalFile> locate(Day day);
  Result<OpenFile> take_up(Day day);
  void break_off(const std::string& reason);
  void wake();

  Result<void> sync_files();
  Result<void> renew_files();
  Result<void> renew(OpenFile& open);
  Result<void> adopt(OpenFile& open, const JournalFile& name, std::uint64_t synced);
  bool is_still_fresh(const OpenFile& open);
  void report_lost(const JournalFile& name, std::uint64_t bytes);
  void await_quiet_lanes() const;
  std::vector<std::shared_ptr<OpenFile>> open_files() const;
  void let_go_of_old_files();
  void loop();

  Files& files_;
  const JournalOptions options_;
  std::vector<std::unique_ptr<JournalLane>> lanes_;

  std::atomic<bool> broken_{false};
  std::atomic<bool> dirty_{false};
  std::atomic<std::uint64_t> generation_{1};    // changes when a day's file does
  std::atomic<std::int64_t> first_open_day_{0}; // days since the epoch
  Instant renew_again_at_{};                    // the sync thread's

  mutable std::mutex mutex_;                    // taken by a lane only when its file changes
  std::vector<std::shared_ptr<OpenFile>> open_; // by day
  bool stopping_ = false;
  bool wanted_ = false;
  std::condition_variable changed_;
  std::thread thread_;

  mutable std::mutex facts_mutex_;
  std::string trouble_;
  Counts counts_;
};

} // namespace gateway
