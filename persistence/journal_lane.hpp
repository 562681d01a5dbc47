#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"
#include "persistence/record_batch.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

class Journal;

/// What a lane keeps while the journal is broken; beyond it the older half is dropped and counted.
/// None of them was acknowledged.
constexpr std::size_t lane_records_max = 65'536;

/// One io thread's way into the journal: gathers a turn's lines and appends them with one write.
/// Thread: its io thread only.
class JournalLane {
public:
  /// For Journal::make_lane.
  explicit JournalLane(Journal& journal) : journal_(journal) {}
  JournalLane(const JournalLane&) = delete;
  JournalLane& operator=(const JournalLane&) = delete;

  /// The next record, to be filled in at once and then `add`ed.
  RequestRecord& begin();
  const RequestRecord& begun() const noexcept { return records_.back(); }
  /// Formats the line of the record that was begun, and keeps it until its line is written.
  void add();
  void add(RequestRecord&& record) {
    begin() = std::move(record);
    add();
  }

  /// Something was added, now or before a failed write, that is not in a file yet: flush again.
  bool has_lines() const noexcept { return !lines_.empty(); }

  /// Writes all lines kept (one write; two around midnight). What reached a file is appended to
  /// `written`, after a failure too, and is to be added to the totals whatever the result says.
  /// Success: the process may now die, every line stands. With `--durability sync` wait on with
  /// when_durable. Errors: storage_unavailable: acknowledge none of the records added since the
  /// last success; lines that reached no file stay here and leave with a later flush.
  Result<void> flush(std::vector<RecordBatch>& written);

  /// `done` is called once, on the journal's sync thread, when all that this lane has flushed is on
  /// the disk, or with the error. For Durability::sync.
  using Done = std::function<void(Result<void>)>;
  void when_durable(Done done);

  /// Records given up because the journal stayed broken.
  std::uint64_t dropped() const noexcept { return dropped_; }

private:
  friend class Journal;

  /// A line in text_: where it ends, and the day whose file it goes to.
  struct Line {
    std::size_t end = 0;
    Day day{};
  };

  std::size_t same_day() const noexcept;
  Result<void> write_lines(std::size_t count, std::vector<RecordBatch>& written);
  Result<void> use_file_of(Day day);
  std::size_t whole_lines(std::size_t bytes) const noexcept;
  void hand_over(std::size_t count, std::uint64_t begin, std::vector<RecordBatch>& written);
  void forget_lines(std::size_t count);

  Journal& journal_;
  std::string text_;
  std::vector<Line> lines_;
  std::vector<RequestRecord> records_; // one a line
  std::uint64_t dropped_ = 0;

  Descriptor file_;
  std::optional<JournalFile> name_;
  std::uint64_t generation_ = 0; // of the journal when file_ was opened

  /// Set around each write: a fresh file is made only when no lane is inside one.
  std::atomic<bool> writing_{false};

  std::mutex waiting_mutex_;
  std::vector<Done> waiting_;
};

} // namespace gateway
