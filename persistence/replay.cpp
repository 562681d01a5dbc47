#include "persistence/replay.hpp"

#include "persistence/json_file.hpp"
#include "persistence/line_scan.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <utility>

namespace gateway {
namespace {

Failed failed(const char* verb, const std::string& path, std::int64_t result) {
  return fail(ErrorKind::storage_unavailable, verb + (" " + path + ": ") + errno_text(result));
}

/// What the file's first line says, if it is one that continues another file.
Result<void> read_head(StoredFile& file) {
  auto& files = real_files();
  const Descriptor descriptor{files, files.open(file.path, O_RDONLY, 0)};
  if (!descriptor.is_open()) return failed("open", file.path, descriptor.number());
  LineScan lines{files, descriptor.number(), 0, file.size};
  GATEWAY_TRY(const auto first, lines.next());
  if (!first || !first->ended || !check_line(first->text)) return {};
  RecordReader reader;
  file.continues = reader.read_continuation(first->text);
  if (file.continues) file.head_bytes = first->end;
  return {};
}

/// Reads one file's uncovered lines; tells damaged ones from whole ones.
class Replay {
public:
  Replay(const StoredFile& file, const Repair& repair, Damage& damage, const RecordVisitor& visit)
      : file_(file), repair_(repair), damage_(damage), visit_(visit) {}

  Result<void> take(const ScannedLine& line) {
    if (line.text.empty()) return {};
    if (line.ended && take_whole(line.text, line.begin, line.end)) return {};
    if (!line.ended && line.end == file_.limit) return {}; // torn: cut_torn_end has had its turn
    const auto whole = line.ended ? find_whole_line(line.text) : std::nullopt;
    const auto damaged = line.text.substr(0, whole.value_or(line.text.size()));
    if (auto aside = set_aside(damaged, line.begin); !aside) return aside;
    if (!whole) return {};
    const auto begin = line.begin + *whole;
    if (!take_whole(line.text.substr(*whole), begin, line.end))
      return set_aside(line.text.substr(*whole), begin);
    return {};
  }

private:
  bool take_whole(std::string_view text, std::uint64_t begin, std::uint64_t end) {
    if (!check_line(text)) return false;
    if (auto record = reader_.read(text)) {
      visit_(std::move(*record), {file_.name, begin, end});
      return true;
    }
    return reader_.read_continuation(text).has_value();
  }

  Result<void> set_aside(std::string_view text, std::uint64_t offset) {
    ++damage_.damaged_lines;
    damage_.damaged_bytes += text.size();
    const auto name = file_name(file_.name) + "@" + std::to_string(offset);
    damage_.note(name + ": damaged, " + std::to_string(text.size()) + " bytes");
    if (repair_.files == nullptr) return {};
    if (auto made = make_folder(repair_.damaged_folder); !made) return made;
    return write_replaced(*repair_.files, repair_.damaged_folder + "/" + name, text);
  }

  const StoredFile& file_;
  const Repair& repair_;
  Damage& damage_;
  const RecordVisitor& visit_;
  RecordReader reader_;
};

} // namespace

Result<std::vector<StoredFile>> journal_files(const std::string& folder, Day first) {
  namespace fs = std::filesystem;
  std::vector<StoredFile> found;
  std::error_code error;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
    const auto name = read_file_name(at->path().filename().string());
    if (!name || name->day < first) continue;
    std::error_code size_error;
    const auto size = at->file_size(size_error);
    if (size_error) continue; // removed meanwhile, or not a file
    found.push_back({*name, at->path().string(), size, size, std::nullopt, 0});
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(ErrorKind::storage_unavailable, "read folder " + folder + ": " + error.message());
  std::ranges::sort(found, {}, &StoredFile::name);
  for (auto& file : found) {
    if (file.name.part == 0) continue;
    if (auto read = read_head(file); !read) return fail(std::move(read.error()));
    if (!file.continues) continue;
    const auto from = std::ranges::find(found, file.continues->from, &StoredFile::name);
    if (from != found.end()) from->limit = std::min(from->limit, file.continues->offset);
  }
  return found;
}

void follow_moves(Coverage& coverage, const std::vector<StoredFile>& files) {
  for (const auto& file : files) { // by part: a tail that was moved twice goes the whole way
    if (!file.continues) continue;
    coverage.move_tail(file.continues->from, file.continues->offset, file.name, file.head_bytes);
    coverage.add({file.name, 0, file.head_bytes});
  }
}

void Damage::note(std::string text) {
  if (notes.size() < damage_notes_max) notes.push_back(std::move(text));
}

Damage& Damage::operator+=(const Damage& other) {
  torn_lines += other.torn_lines;
  torn_bytes += other.torn_bytes;
  damaged_lines += other.damaged_lines;
  damaged_bytes += other.damaged_bytes;
  for (const auto& text : other.notes) note(text);
  return *this;
}

Result<void> cut_torn_end(StoredFile& file, Files& files, Damage& damage) {
  const Descriptor descriptor{files, files.open(file.path, O_RDWR, 0)};
  if (!descriptor.is_open()) return failed("open", file.path, descriptor.number());
  // A part's own first line must stand: it says where the part's lines come from.
  auto end = std::min(file.size, std::max(file.limit, file.head_bytes));
  const auto whole_until = end;
  BackwardScan lines{files, descriptor.number(), end};
  for (;;) { // more than one piece where a crash left more than a line of anything
    GATEWAY_TRY(const auto last, lines.next());
    if (!last || last->ended) break;
    end = last->begin;
  }
  if (const auto torn = whole_until - end; torn > 0) {
    ++damage.torn_lines;
    damage.torn_bytes += torn;
    damage.note(
      file_name(file.name) + "@" + std::to_string(end) + ": torn, " + std::to_string(torn)
      + " bytes");
  }
  if (end == file.size) return {};
  int result = files.truncate(descriptor.number(), end);
  if (result == 0) result = files.sync(descriptor.number());
  if (result < 0) return failed("cut", file.path, result);
  file.size = end;
  file.limit = std::min(file.limit, end);
  return {};
}

Result<void> replay_file(
  const StoredFile& file,
  const Coverage& covered,
  const Repair& repair,
  Damage& damage,
  const RecordVisitor& visit) {
  const auto gaps = covered.gaps(file.name, file.limit);
  if (gaps.empty()) return {};
  auto& files = real_files();
  const Descriptor descriptor{files, files.open(file.path, O_RDONLY, 0)};
  if (!descriptor.is_open()) return failed("open", file.path, descriptor.number());
  Replay replay{file, repair, damage, visit};
  for (const auto& gap : gaps) {
    LineScan lines{files, descriptor.number(), gap.begin, gap.end};
    for (;;) {
      GATEWAY_TRY(const auto line, lines.next());
      if (!line) break;
      if (auto taken = replay.take(*line); !taken) return taken;
    }
  }
  return {};
}

} // namespace gateway
