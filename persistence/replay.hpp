#pragma once

#include "net/base/result.hpp"
#include "persistence/coverage.hpp"
#include "persistence/files.hpp"
#include "persistence/record_line.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// A journal file as it lies in the folder.
struct StoredFile {
  JournalFile name;
  std::string path;
  std::uint64_t size = 0;
  /// What lies at or behind it was copied to a later part and counts there; `size` if nothing was.
  std::uint64_t limit = 0;
  std::optional<Continuation> continues; // the first line says so
  std::uint64_t head_bytes = 0;          // of that first line, 0 if there is none
};

/// The folder's journal files, by day and part, none earlier than `first`; a missing folder is
/// empty. Errors: storage_unavailable where it cannot be read.
Result<std::vector<StoredFile>> journal_files(const std::string& folder, Day first);

/// Says of the bytes that were copied to later parts where they stand now, and that the lines which
/// say so are covered.
void follow_moves(Coverage& coverage, const std::vector<StoredFile>& files);

/// What was found wrong, and what was done about it.
struct Damage {
  std::uint64_t torn_lines = 0; // a last line without its end: cut off
  std::uint64_t torn_bytes = 0;
  std::uint64_t damaged_lines = 0; // in the middle: set aside in DATA/damaged
  std::uint64_t damaged_bytes = 0;
  std::vector<std::string> notes; // for the log: file, offset, what; at most damage_notes_max

  void note(std::string text);
  Damage& operator+=(const Damage& other);
};
constexpr std::size_t damage_notes_max = 16;

/// Whether a replay changes what it finds.
struct Repair {
  Files* files = nullptr;     // null: look only, another process may own the folder
  std::string damaged_folder; // DATA/damaged
};

/// Cuts off a torn last line, and what was copied to a later part; `file` then says what is left.
/// Errors: storage_unavailable.
Result<void> cut_torn_end(StoredFile& file, Files& files, Damage& damage);

using RecordVisitor = std::function<void(RequestRecord&& record, const Extent& extent)>;

/// Reads the lines of one file that are not covered, and hands each undamaged record over with its
/// place. Lines of several threads stand in no order.
/// Errors: storage_unavailable where the file cannot be read or a damaged line not be set aside.
Result<void> replay_file(
  const StoredFile& file,
  const Coverage& covered,
  const Repair& repair,
  Damage& damage,
  const RecordVisitor& visit);

} // namespace gateway
