#include "persistence/retention.hpp"

#include "persistence/journal_index.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

namespace gateway {
namespace {

struct LogFile {
  Day day{};
  std::string name;
  std::uint64_t bytes = 0;
};

/// The day of a journal, index or trace file; nothing for what is neither.
std::optional<Day> day_in(std::string_view name) noexcept {
  if (const auto journal = read_file_name(name)) return journal->day;
  if (const auto indexed = read_index_file_name(name)) return indexed->day;
  if (
    name.size() == std::string_view("2026-11-23.traces.jsonl").size()
    && name.ends_with(".traces.jsonl"))
    return read_day(name.substr(0, 10));
  return std::nullopt;
}

Result<std::vector<LogFile>> log_files(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<LogFile> found;
  std::error_code error;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
    auto name = at->path().filename().string();
    const auto day = day_in(name);
    std::error_code size_error;
    const auto bytes = at->file_size(size_error);
    if (day && !size_error) found.push_back({*day, std::move(name), bytes});
  }
  if (error) return fail(ErrorKind::storage_unavailable, "read " + folder + ": " + error.message());
  std::ranges::sort(found, {}, [](const LogFile& file) { return std::tie(file.day, file.name); });
  return found;
}

} // namespace

Result<RetentionReport> apply_retention(
  Files& files,
  const std::string& folder,
  const RetentionRule& rule,
  Day first_open_day,
  WallTime now) {
  GATEWAY_TRY(const auto found, log_files(folder));
  RetentionReport report;
  for (const auto& file : found) report.bytes_left += file.bytes;
  const auto limit = static_cast<std::uint64_t>(std::max<std::int64_t>(rule.bytes_max, 0));
  const auto first_kept =
    day_of(now) - std::chrono::days{std::clamp<std::int64_t>(rule.days, 1, 36'600)};
  std::optional<Day> emptied; // a day that is begun is finished: its parts belong together
  for (const auto& file : found) {
    if (file.day >= first_open_day) break;
    if (file.day >= first_kept && report.bytes_left <= limit && emptied != file.day) break;
    const int removed = files.remove(folder + "/" + file.name);
    if (removed < 0 && removed != -ENOENT)
      return fail(
        ErrorKind::storage_unavailable, "remove " + file.name + ": " + errno_text(removed));
    emptied = file.day;
    report.bytes_left -= file.bytes;
    report.removed.push_back(file.name);
  }
  report.over = report.bytes_left > limit;
  return report;
}

} // namespace gateway
