#include "persistence/journal_index.hpp"

#include "net/base/log.hpp"
#include "persistence/line_scan.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>

namespace gateway {
namespace {

constexpr std::string_view journal_end = ".jsonl";
constexpr std::string_view index_end = ".index";

bool read_exactly(Files& files, int descriptor, std::string& into, std::uint64_t offset) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto got =
      files.read(descriptor, into.data() + filled, into.size() - filled, offset + filled);
    if (got <= 0) return false;
    filled += static_cast<std::size_t>(got);
  }
  return true;
}

} // namespace

std::string index_file_name(const JournalFile& file) {
  auto name = file_name(file);
  name.resize(name.size() - journal_end.size());
  return name.append(index_end);
}

std::optional<JournalFile> read_index_file_name(std::string_view name) noexcept {
  if (!name.ends_with(index_end)) return std::nullopt;
  std::string journal{name.substr(0, name.size() - index_end.size())};
  return read_file_name(journal.append(journal_end));
}

JournalIndex::JournalIndex(Files& files, const std::string& folder, const JournalFile& name)
    : files_(files), name_(name), path_(folder + "/" + index_file_name(name)),
      open_(std::make_shared<IndexBlock>(0)) {}

std::uint64_t JournalIndex::sealed_until() const noexcept {
  return sealed_.empty() ? 0 : sealed_.back().head.end;
}

Result<bool> JournalIndex::catch_up(const StoredFile& stored) {
  if (!loaded_) load(stored);
  loaded_ = true;
  if (open_->head().end > stored.limit) cut(stored.limit);
  if (open_->head().end >= stored.limit) return false;
  if (open_->is_full() && !write_open()) return false;
  return read_lines(stored);
}

/// Takes up what an earlier life wrote, as far as it is whole and of this journal.
void JournalIndex::load(const StoredFile& stored) {
  const Descriptor file{files_, files_.open(path_, O_RDONLY, 0)};
  if (!file.is_open()) return;
  const auto size =
    static_cast<std::uint64_t>(std::max<std::int64_t>(files_.size(file.number()), 0));
  std::string bytes(sizeof(IndexBlockHead), '\0');
  while (file_bytes_ < size && read_exactly(files_, file.number(), bytes, file_bytes_)) {
    const auto head = read_index_head(bytes);
    if (!head || head->begin != sealed_until()) break;
    const auto end =
      file_bytes_ + sizeof *head + head->texts_bytes + head->rows * sizeof(RequestRow);
    if (end > size) break;
    sealed_.push_back({name_, *head, file_bytes_, nullptr});
    file_bytes_ = end;
  }
  const bool ours = sealed_.empty() || is_of(stored, sealed_.back());
  if (!ours) log::warn("request index made anew path={}", path_);
  cut(ours ? stored.limit : 0);
}

/// Whether the line that the block ends with still stands where it says. What a loss of power took
/// from the journal's end, other lines may have taken the place of.
bool JournalIndex::is_of(const StoredFile& stored, const IndexBlockPlace& last) {
  if (last.head.rows == 0) return true;
  const Descriptor index{files_, files_.open(path_, O_RDONLY, 0)};
  const Descriptor journal{files_, files_.open(stored.path, O_RDONLY, 0)};
  if (!index.is_open() || !journal.is_open()) return false;
  std::string bytes(sizeof(RequestRow), '\0');
  if (!read_exactly(files_, index.number(), bytes, file_bytes_ - sizeof(RequestRow))) return false;
  RequestRow row;
  std::memcpy(&row, bytes.data(), sizeof row);
  const auto begin = last.head.begin + row.offset;
  LineScan lines{files_, journal.number(), begin, std::min(last.head.end, stored.size)};
  const auto line = lines.next();
  return line && *line && (*line)->ended
    && text_hash((*line)->text.substr(0, line_frame_bytes)) == last.head.last_line;
}

/// Forgets what is behind that byte of the journal, block by block.
void JournalIndex::cut(std::uint64_t limit) {
  while (!sealed_.empty() && sealed_.back().head.end > limit) {
    file_bytes_ = sealed_.back().at;
    sealed_.pop_back();
  }
  open_ = std::make_shared<IndexBlock>(sealed_until());
  const Descriptor file{files_, files_.open(path_, O_WRONLY, 0)};
  if (!file.is_open() || files_.size(file.number()) == static_cast<std::int64_t>(file_bytes_))
    return;
  if (const int done = files_.truncate(file.number(), file_bytes_); done < 0)
    log::warn("request index not cut path={} problem={}", path_, errno_text(done));
}

Result<bool> JournalIndex::read_lines(const StoredFile& stored) {
  const Descriptor journal{files_, files_.open(stored.path, O_RDONLY, 0)};
  if (!journal.is_open()) return false; // retention was quicker
  const auto begin = open_->head().end;
  LineScan lines{files_, journal.number(), begin, stored.limit};
  while (!open_->is_full()) {
    GATEWAY_TRY(const auto line, lines.next());
    // What has no end yet is being written, or torn: then it stays so.
    if (!line || (!line->ended && line->end >= stored.limit)) break;
    if (line->ended) take(line->text, line->begin);
    open_->cover(line->end);
  }
  return open_->head().end > begin;
}

/// A torn line may stand in front of another thread's.
void JournalIndex::take(std::string_view line, std::uint64_t begin) {
  if (!check_line(line)) {
    const auto at = find_whole_line(line);
    if (!at) return;
    begin += *at;
    line.remove_prefix(*at);
  }
  const auto record = reader_.read(line);
  if (record) open_->add(*record, counted_at(*record, name_), line, begin);
}

void JournalIndex::forget(std::uint64_t begin) {
  log::warn("request index damaged path={} journal_offset={}", path_, begin);
  cut(begin);
}

void JournalIndex::seal() {
  if (!open_->empty()) write_open();
}

/// Appends the open block to the file, and begins the next. Where that fails it stays as it is and
/// is tried again: while there is no storage nothing new is acknowledged either.
bool JournalIndex::write_open() {
  const auto bytes = open_->packed();
  if (!append(bytes)) {
    if (!std::exchange(write_failed_, true)) log::warn("request index not written path={}", path_);
    return false;
  }
  write_failed_ = false;
  auto head = read_index_head(bytes);
  sealed_.push_back({name_, *head, file_bytes_, nullptr});
  file_bytes_ += bytes.size();
  open_ = std::make_shared<IndexBlock>(sealed_until());
  return true;
}

bool JournalIndex::append(std::string_view bytes) {
  const Descriptor file{files_, files_.open(path_, O_WRONLY | O_CREAT | O_APPEND, 0640)};
  if (!file.is_open()) return false;
  // What a failed write left behind the last block.
  const bool clean = files_.size(file.number()) == static_cast<std::int64_t>(file_bytes_);
  if (!clean && files_.truncate(file.number(), file_bytes_) < 0) return false;
  while (!bytes.empty()) {
    const auto count = files_.write(file.number(), bytes);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

} // namespace gateway
