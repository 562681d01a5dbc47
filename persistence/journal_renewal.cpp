// How the journal comes back after a failed write or sync: what may not be on the disk is copied,
// with a line that says so, into a fresh part that is synced before anything is acknowledged again.
#include "net/base/log.hpp"
#include "persistence/journal.hpp"
#include "persistence/json_file.hpp"
#include "persistence/record_line.hpp"
#include "persistence/replay.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <thread>
#include <utility>

namespace gateway {
namespace {

/// Whole lines of a file from the start of the line that byte `offset` is in, or nothing where they
/// cannot be read.
struct Tail {
  std::uint64_t begin = 0;
  std::string text;
};

std::optional<std::string>
read_range(Files& files, int descriptor, std::uint64_t begin, std::uint64_t end) {
  std::string text(end - begin, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto got =
      files.read(descriptor, text.data() + filled, text.size() - filled, begin + filled);
    if (got <= 0) return std::nullopt;
    filled += static_cast<std::size_t>(got);
  }
  return text;
}

std::optional<Tail>
read_tail(Files& files, int descriptor, std::uint64_t offset, std::uint64_t size) {
  // The size was taken while lanes wrote, so it may have fallen inside a line.
  const auto before = offset - std::min<std::uint64_t>(offset, line_bytes_max);
  auto text = read_range(files, descriptor, before, std::max(offset, size));
  if (!text) return std::nullopt;
  const auto line_end =
    offset == before ? std::string::npos : text->rfind('\n', offset - before - 1);
  const auto skipped = line_end == std::string::npos ? 0 : line_end + 1;
  text->erase(0, skipped);
  // A torn last line stays where it is; its lane still has the record.
  text->erase(text->rfind('\n') + 1);
  return Tail{before + skipped, std::move(*text)};
}

Failed failed(const char* verb, const JournalFile& name, std::int64_t result) {
  return fail(
    ErrorKind::storage_unavailable, verb + (" " + file_name(name) + ": ") + errno_text(result));
}

} // namespace

void Journal::await_quiet_lanes() const {
  for (const auto& lane : lanes_)
    while (lane->writing_.load()) std::this_thread::yield();
}

Result<void> Journal::renew_files() {
  await_quiet_lanes();
  const auto open = open_files();
  for (const auto& file : open) {
    const auto size = files_.size(file->file.number());
    const bool all_synced = size >= 0 && std::cmp_equal(size, file->synced);
    // The newest is made anew in any case: only a fresh, synced file proves that there is storage.
    if (all_synced && file != open.back()) continue;
    auto renewed = renew(*file);
    if (renewed) continue;
    const std::lock_guard lock(facts_mutex_);
    ++counts_.failures;
    trouble_ = renewed.error().message;
    return renewed;
  }
  generation_.fetch_add(1);
  {
    const std::lock_guard lock(facts_mutex_);
    trouble_.clear();
  }
  broken_.store(false);
  log::warn("journal acknowledges again file={}", file_name(open.back()->name));
  return {};
}

/// From now on `open` is that part, of which the first `synced` bytes are on the disk.
Result<void> Journal::adopt(OpenFile& open, const JournalFile& name, std::uint64_t synced) {
  Descriptor file{files_, files_.open(path_of(name), O_RDWR | O_APPEND, 0)};
  if (!file.is_open()) return failed("open", name, file.number());
  const std::lock_guard lock(mutex_); // lanes and prepare() look for names
  open.name = name;
  open.file = std::move(file);
  open.synced = synced;
  open.fresh_bytes = synced;
  return {};
}

/// Nothing was appended to it since it was made anew: it is as fresh as another one would be, and a
/// failure that comes back every second must not fill the folder with parts.
bool Journal::is_still_fresh(const OpenFile& open) {
  const auto size = files_.size(open.file.number());
  return open.name.part > 0 && size >= 0 && std::cmp_equal(size, open.synced)
    && open.synced == open.fresh_bytes;
}

Result<void> Journal::renew(OpenFile& open) {
  GATEWAY_TRY(const auto stored, journal_files(options_.folder, open.name.day));
  JournalFile name = open.name;
  for (const auto& file : stored) {
    if (file.name.day != name.day) continue;
    name.part = std::max(name.part, file.name.part);
    // An earlier attempt got as far as the rename, so that part has the lines now, synced or not.
    if (file.continues && file.continues->from == open.name)
      if (auto adopted = adopt(open, file.name, 0); !adopted) return adopted;
  }
  if (is_still_fresh(open)) return write_replaced(files_, options_.folder + "/probe", "fresh\n");
  if (++name.part >= journal_parts_max) return failed("make", name, -EMFILE);

  const auto size = files_.size(open.file.number());
  if (size < 0) return failed("read", open.name, size);
  const auto end = static_cast<std::uint64_t>(size);
  const auto tail = read_tail(files_, open.file.number(), std::min(open.synced, end), end);
  std::string text;
  if (tail) {
    append_continuation_line(text, {open.name, tail->begin});
    text += tail->text;
  } else {
    report_lost(open.name, end - std::min(open.synced, end));
  }
  if (auto written = write_replaced(files_, path_of(name), text); !written) return written;
  // Only to spare readers the double: where it fails, the continuation line says the same. A part's
  // own continuation line must stand.
  if (tail && (tail->begin > 0 || open.name.part == 0))
    files_.truncate(open.file.number(), tail->begin);
  if (auto adopted = adopt(open, name, text.size()); !adopted) return adopted;
  const std::lock_guard lock(facts_mutex_);
  ++counts_.fresh_files;
  return {};
}

void Journal::report_lost(const JournalFile& name, std::uint64_t bytes) {
  log::error("journal lost what was not synced file={} bytes={}", file_name(name), bytes);
  const std::lock_guard lock(facts_mutex_);
  counts_.lost_bytes += bytes;
}

} // namespace gateway
