#include "persistence/trace_log.hpp"

#include "net/base/json_text.hpp"
#include "persistence/checksum.hpp"
#include "persistence/json_file.hpp"
#include "persistence/line_scan.hpp"
#include "persistence/record_line.hpp"
#include "persistence/time_search.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <utility>

namespace gateway {
namespace {

constexpr std::uint32_t one_in = 10;
constexpr std::string_view trace_head = R"(,"trace":)";

/// The same one in ten, wherever and whenever it is asked.
bool is_sample(std::string_view id) noexcept {
  return crc32_of(id) % one_in == 0;
}

void append_entry(std::string& out, const TraceEntry& entry) {
  FramedLine line{out};
  append_json_string(out += R"("id":)", entry.id);
  append_number(out += R"(,"t":)", milliseconds_since_epoch(entry.ended));
  out += R"(,"keep":)";
  out += entry.remarkable || is_sample(entry.id) ? "true" : "false";
  out += trace_head;
  out += entry.trace;
  line.close(); // it can't be too long: the trace's own bound is lower
}

/// The trace in an undamaged line's fields: what follows the head, which stands in front of any
/// text that a stranger may have written.
std::optional<std::string_view> trace_in(std::string_view fields) noexcept {
  const auto at = fields.find(trace_head);
  if (at == std::string_view::npos) return std::nullopt;
  return fields.substr(at + trace_head.size());
}

bool is_kept(std::string_view fields) noexcept {
  return fields.substr(0, fields.find(trace_head)).ends_with(R"("keep":true)");
}

/// Behind the id, which no quotation mark of its own ends too soon: it is escaped.
std::optional<WallTime> time_of(std::string_view line) noexcept {
  constexpr std::string_view name = R"(,"t":)";
  const auto at = line.find(name);
  if (at == std::string_view::npos || at > line.find(trace_head)) return std::nullopt;
  const auto digits = line.substr(at + name.size());
  std::int64_t milliseconds = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
  if (read.ec != std::errc{}) return std::nullopt;
  return WallTime{Milliseconds{milliseconds}};
}

Failed failed(const char* verb, const std::string& path, std::int64_t result) {
  return fail(ErrorKind::storage_unavailable, verb + (" " + path + ": ") + errno_text(result));
}

} // namespace

void TraceLines::add(const TraceEntry& entry) {
  if (entry.trace.empty() || entry.trace.size() > trace_bytes_max) return;
  if (entry.trace.find('\n') != std::string_view::npos) return;
  append_entry(text_of(day_of(entry.ended)), entry);
}

void TraceLines::add(TraceLines more) {
  if (days_.empty()) return std::swap(days_, more.days_);
  for (const auto& lines : more.days_) text_of(lines.day) += lines.text;
}

std::size_t TraceLines::bytes() const noexcept {
  std::size_t bytes = 0;
  for (const auto& lines : days_) bytes += lines.text.size();
  return bytes;
}

/// Nearly always the last day's.
std::string& TraceLines::text_of(Day day) {
  if (days_.empty() || days_.back().day != day) days_.push_back({day, {}});
  return days_.back().text;
}

std::string TraceLog::path_of(Day day) const {
  return folder_ + "/" + day_text(day) + ".traces.jsonl";
}

Result<void> TraceLog::append(const TraceLines& lines) {
  for (const auto& of_day : lines.days())
    if (auto written = write(of_day); !written) return written;
  return {};
}

Result<void> TraceLog::write(const TraceLines::OfDay& lines) {
  const auto& [day, text] = lines;
  if (day_ != day) {
    const auto path = path_of(day);
    file_ = Descriptor{files_, files_.open(path, O_WRONLY | O_APPEND | O_CREAT, 0640)};
    day_.reset();
    if (!file_.is_open()) return failed("open", path, file_.number());
    day_ = day;
  }
  const auto written = files_.write(file_.number(), text);
  if (std::cmp_equal(written, text.size())) return {};
  // A torn line must not swallow the next one. Where this fails too, one more trace is lost.
  if (written > 0) files_.write(file_.number(), "\n");
  const auto result = written < 0 ? written : -ENOSPC;
  day_.reset();
  file_.close();
  return failed("write", path_of(day), result);
}

Result<std::optional<std::string>> TraceLog::find(std::string_view id, WallTime ended) const {
  const auto path = path_of(day_of(ended));
  const Descriptor file{files_, files_.open(path, O_RDONLY, 0)};
  if (file.number() == -ENOENT) return std::optional<std::string>{};
  if (!file.is_open()) return failed("open", path, file.number());
  const auto size = files_.size(file.number());
  if (size < 0) return failed("read", path, size);
  const auto end = static_cast<std::uint64_t>(size);
  std::string head = R"("id":)";
  append_json_string(head, id);
  head += ',';
  GATEWAY_TRY(const auto begin, find_time(files_, file.number(), end, ended, time_of));
  LineScan lines{files_, file.number(), begin, end};
  for (;;) {
    GATEWAY_TRY(const auto line, lines.next());
    if (!line) return std::optional<std::string>{};
    const auto fields = line->text.substr(std::min(line->text.size(), line_frame_bytes));
    if (!fields.starts_with(head)) {
      const auto time = time_of(line->text);
      if (time && *time > ended + lines_late_max) return std::optional<std::string>{};
      continue;
    }
    const auto whole = check_line(line->text);
    if (const auto trace = whole ? trace_in(*whole) : std::nullopt)
      return std::optional{std::string(*trace)};
  }
}

Result<void> TraceLog::thin(Day day) {
  if (day_ == day) {
    day_.reset();
    file_.close();
  }
  const auto path = path_of(day);
  const auto beside = path + ".new";
  const Descriptor from{files_, files_.open(path, O_RDONLY, 0)};
  if (from.number() == -ENOENT) return {};
  if (!from.is_open()) return failed("open", path, from.number());
  const auto size = files_.size(from.number());
  if (size < 0) return failed("read", path, size);
  {
    const Descriptor to{files_, files_.open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0640)};
    if (!to.is_open()) return failed("open", beside, to.number());
    if (auto copied = copy_kept(from.number(), static_cast<std::uint64_t>(size), to.number());
        !copied) {
      files_.remove(beside);
      return copied;
    }
  }
  if (const int renamed = files_.rename(beside, path); renamed < 0) {
    files_.remove(beside);
    return failed("rename", beside, renamed);
  }
  if (const int synced = files_.sync_folder(folder_); synced < 0)
    return failed("sync", folder_, synced);
  return {};
}

Result<void> TraceLog::copy_kept(int from, std::uint64_t size, int to) {
  constexpr std::size_t block_bytes = 1024 * 1024;
  std::string block;
  const auto write_block = [&]() -> Result<void> {
    const auto written = files_.write(to, block);
    const bool whole = std::cmp_equal(written, block.size());
    block.clear();
    if (whole) return {};
    return failed("write", folder_, written < 0 ? written : -ENOSPC);
  };
  LineScan lines{files_, from, 0, size};
  for (;;) {
    GATEWAY_TRY(const auto line, lines.next());
    if (!line) break;
    const auto fields = line->ended ? check_line(line->text) : std::nullopt;
    if (!fields || !is_kept(*fields)) continue;
    block.append(line->text);
    block += '\n';
    if (block.size() < block_bytes) continue;
    if (auto written = write_block(); !written) return written;
  }
  if (!block.empty())
    if (auto written = write_block(); !written) return written;
  if (const int synced = files_.sync(to); synced < 0) return failed("sync", folder_, synced);
  return {};
}

} // namespace gateway
