#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"
#include "persistence/index_block.hpp"
#include "persistence/record_line.hpp"
#include "persistence/replay.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

/// A block as a search meets it: in the index's file, or still in memory.
struct IndexBlockPlace {
  JournalFile file;
  IndexBlockHead head;
  std::uint64_t at = 0;                   // of the index's file
  std::shared_ptr<const IndexBlock> open; // the block itself, as far as `head` says
};

/// The index of one journal file, beside it as YYYY-MM-DD.index: made of the journal and made again
/// where it is gone, damaged or of another journal. Blocks are appended as they become full; what
/// is behind the last one is in memory. Thread: one, and it waits for the disk.
class JournalIndex {
public:
  JournalIndex(Files& files, const std::string& folder, const JournalFile& name);

  /// Takes in the journal's next lines, a block's at most; `stored` is the file as it lies there
  /// now. False where all whole lines are in. Errors: storage_unavailable.
  Result<bool> catch_up(const StoredFile& stored);
  /// The file is finished: what is in memory goes to the index's file too.
  void seal();
  /// What is known behind that byte of the journal is damaged: it is made again.
  void forget(std::uint64_t begin);

  /// Oldest first.
  const std::vector<IndexBlockPlace>& sealed() const noexcept { return sealed_; }
  /// What is behind them, as it is now.
  IndexBlockPlace open() const { return {name_, open_->head(), 0, open_}; }

private:
  void load(const StoredFile& stored);
  bool is_of(const StoredFile& stored, const IndexBlockPlace& last);
  void cut(std::uint64_t limit);
  Result<bool> read_lines(const StoredFile& stored);
  void take(std::string_view line, std::uint64_t begin);
  bool write_open();
  bool append(std::string_view bytes);
  std::uint64_t sealed_until() const noexcept;

  Files& files_;
  const JournalFile name_;
  const std::string path_;
  std::vector<IndexBlockPlace> sealed_;
  std::uint64_t file_bytes_ = 0; // of the index's file
  std::shared_ptr<IndexBlock> open_;
  RecordReader reader_;
  bool loaded_ = false;
  bool write_failed_ = false;
};

/// DATA/requests/YYYY-MM-DD.index of that journal file, and back.
std::string index_file_name(const JournalFile& file);
std::optional<JournalFile> read_index_file_name(std::string_view name) noexcept;

} // namespace gateway
