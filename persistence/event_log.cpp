#include "persistence/event_log.hpp"

#include "persistence/event_line.hpp"
#include "persistence/json_file.hpp"
#include "persistence/line_scan.hpp"
#include "persistence/record_line.hpp"
#include "persistence/retention.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <system_error>

namespace gateway {
namespace {

Failed failed(const char* verb, const std::string& path, std::int64_t result) {
  return fail(ErrorKind::storage_unavailable, verb + (" " + path + ": ") + errno_text(result));
}

std::string path_of(const std::string& folder, Day day) {
  return folder + "/" + day_text(day) + ".jsonl";
}

bool matches(const EventQuery& query, const EventRecord& event) {
  if (query.from && event.at < *query.from) return false;
  if (query.to && event.at >= *query.to) return false;
  if (!query.ref.empty() && event.ref != query.ref) return false;
  if (!query.nodes.empty() && std::ranges::find(query.nodes, event.node) == query.nodes.end())
    return false;
  return query.kinds.empty() || std::ranges::find(query.kinds, event.kind) != query.kinds.end();
}

/// Called with each whole line, newest first; false ends the walk.
using LineVisitor = std::function<bool(std::uint64_t begin, std::string_view line)>;

/// The lines of a file that begin before `end`. False where the visitor had enough.
Result<bool> walk_back(
  Files& files,
  const std::string& path,
  std::optional<std::uint64_t> end,
  const LineVisitor& visit) {
  const Descriptor file{files, files.open(path, O_RDONLY, 0)};
  if (file.number() == -ENOENT) return true; // retention was quicker
  if (!file.is_open()) return failed("open", path, file.number());
  const auto size = files.size(file.number());
  if (size < 0) return failed("read", path, size);
  const auto from = std::min(static_cast<std::uint64_t>(size), end.value_or(UINT64_MAX));
  BackwardScan lines{files, file.number(), from};
  for (;;) {
    GATEWAY_TRY(const auto line, lines.next());
    if (!line) return true;
    if (line->ended && !visit(line->begin, line->text)) return false;
  }
}

/// The event of a line that the query wants, or nothing.
std::optional<EventRecord> wanted(const EventQuery& query, std::string_view line) {
  auto event = check_line(line) ? read_event_line(line) : std::nullopt;
  return event && matches(query, *event) ? std::move(event) : std::nullopt;
}

} // namespace

std::string place_text(const EventPlace& place) {
  return day_text(place.day) + "." + std::to_string(place.offset);
}

std::optional<EventPlace> read_place(std::string_view text) noexcept {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto day = read_day(text.substr(0, dot));
  const auto digits = text.substr(dot + 1);
  EventPlace place;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, place.offset);
  if (!day || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  place.day = *day;
  return place;
}

Result<void> EventLog::append(const EventRecord& event, WallTime now) {
  if (auto open = use_file_of(day_of(now)); !open) return open;
  const auto path = path_of(folder_, *day_);
  const auto before = files_.size(file_.number());
  std::string line;
  append_event_line(line, event);
  const auto written = files_.write(file_.number(), line);
  const bool whole = std::cmp_equal(written, line.size());
  const int synced = whole ? files_.sync(file_.number()) : 0;
  if (whole && synced >= 0) return {};
  // What was not acknowledged must not stand in front of a later line in half.
  if (before >= 0) files_.truncate(file_.number(), static_cast<std::uint64_t>(before));
  file_.close();
  if (whole) return failed("sync", path, synced);
  return failed("write", path, written < 0 ? written : -ENOSPC);
}

Result<void> EventLog::use_file_of(Day day) {
  if (file_.is_open() && day_ == day) return {};
  if (auto made = make_folder(folder_); !made) return made;
  const auto path = path_of(folder_, day);
  file_ = Descriptor{files_, files_.open(path, O_RDWR | O_APPEND | O_CREAT, 0640)};
  if (!file_.is_open()) return failed("open", path, file_.number());
  day_ = day;
  auto ready = cut_torn_end();
  if (const int synced = ready ? files_.sync_folder(folder_) : 0; synced < 0)
    ready = failed("sync", folder_, synced);
  if (!ready) file_.close();
  return ready;
}

Result<void> EventLog::cut_torn_end() {
  const auto size = files_.size(file_.number());
  if (size < 0) return failed("read", folder_, size);
  BackwardScan lines{files_, file_.number(), static_cast<std::uint64_t>(size)};
  GATEWAY_TRY(const auto last, lines.next());
  if (!last || last->ended) return {};
  const int cut = files_.truncate(file_.number(), last->begin);
  return cut < 0 ? Result<void>{failed("cut", folder_, cut)} : Result<void>{};
}

Result<EventPage> EventLog::find(const EventQuery& query) const {
  EventPage page;
  std::uint64_t scanned = 0;
  for (const auto day : days_from(query)) {
    std::optional<std::uint64_t> end;
    if (query.before && query.before->day < day) continue;
    if (query.before && query.before->day == day) end = query.before->offset;
    const auto visit = [&](std::uint64_t begin, std::string_view line) {
      auto event = wanted(query, line);
      if (event && page.items.size() == query.limit) {
        page.next = page.items.back().place;
        return false;
      }
      if (event) page.items.push_back({{day, begin}, *std::move(event)});
      if (++scanned == events_scanned_max) page.next = EventPlace{day, begin};
      return !page.next;
    };
    GATEWAY_TRY(const bool goes_on, walk_back(files_, path_of(folder_, day), end, visit));
    if (!goes_on) break;
  }
  return page;
}

Result<FoundCount> EventLog::count(const EventQuery& query) const {
  FoundCount count;
  std::uint64_t scanned = 0;
  for (const auto day : days_from(query)) {
    const auto visit = [&](std::uint64_t, std::string_view line) {
      if (scanned++ == events_counted_max) return count.exact = false;
      if (wanted(query, line)) ++count.value;
      return true;
    };
    GATEWAY_TRY(const bool goes_on, walk_back(files_, path_of(folder_, day), {}, visit));
    if (!goes_on) break;
  }
  return count;
}

Result<std::optional<EventRecord>> EventLog::newest(EventKind kind) const {
  EventQuery query;
  query.kinds = {kind};
  query.limit = 1;
  GATEWAY_TRY(auto page, find(query));
  if (page.items.empty()) return std::optional<EventRecord>{};
  return std::optional{std::move(page.items.front().event)};
}

Result<void> EventLog::trim(WallTime now) {
  if (auto made = make_folder(folder_); !made) return made;
  const RetentionRule rule{event_days_max, event_bytes_max};
  const auto trimmed = apply_retention(files_, folder_, rule, day_of(now), now);
  return trimmed ? Result<void>{} : fail(Error{trimmed.error()});
}

// Newest first. An event may be about an earlier day than it was written on, never a later one.
std::vector<Day> EventLog::days_from(const EventQuery& query) const {
  std::vector<Day> found;
  std::error_code error; // a folder that is not there yet has no days
  for (const auto& entry : std::filesystem::directory_iterator{folder_, error})
    if (const auto file = read_file_name(entry.path().filename().string()); file && file->part == 0)
      if (!query.from || file->day >= day_of(*query.from)) found.push_back(file->day);
  std::ranges::sort(found, std::greater{});
  return found;
}

} // namespace gateway
