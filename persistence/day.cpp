#include "persistence/day.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gateway {
namespace {

constexpr std::string_view journal_suffix = ".jsonl";

/// A number of exactly these digits, without sign or space.
std::optional<unsigned> read_digits(std::string_view text) noexcept {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

} // namespace

std::string day_text(Day day) {
  const std::chrono::year_month_day date{day};
  return fmt::format(
    "{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

std::optional<Day> read_day(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = read_digits(text.substr(0, 4));
  const auto month = read_digits(text.substr(5, 2));
  const auto day = read_digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{
    std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month}, std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  return Day{date};
}

WallTime ended(const RequestRecord& record) noexcept {
  return record.started + std::chrono::milliseconds{record.latency_us / 1'000};
}

WallTime counted_at(const RequestRecord& record, const JournalFile& file) noexcept {
  return std::max<WallTime>(ended(record), file.day);
}

std::string file_name(const JournalFile& file) {
  auto name = day_text(file.day);
  if (file.part > 0) name += "." + std::to_string(file.part);
  return name.append(journal_suffix);
}

std::optional<JournalFile> read_file_name(std::string_view name) noexcept {
  if (!name.ends_with(journal_suffix)) return std::nullopt;
  name.remove_suffix(journal_suffix.size());
  const auto day = read_day(name.substr(0, 10));
  if (!day) return std::nullopt;
  if (name.size() == 10) return JournalFile{*day, 0};
  if (name[10] != '.' || name.size() == 11 || name[11] == '0') return std::nullopt;
  const auto part = read_digits(name.substr(11));
  if (!part || *part >= journal_parts_max) return std::nullopt;
  return JournalFile{*day, static_cast<int>(*part)};
}

} // namespace gateway
