#pragma once

#include "net/base/time.hpp"
#include "persistence/request_record.hpp"

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// A UTC day: what the store's files are named after.
using Day = std::chrono::sys_days;

inline Day day_of(WallTime at) noexcept {
  return std::chrono::floor<std::chrono::days>(at);
}

/// As "2026-11-23"; years outside 0000–9999 are none of ours.
std::string day_text(Day day);

/// The inverse of day_text: exactly ten characters of an existing day.
std::optional<Day> read_day(std::string_view text) noexcept;

/// When the request ended: the moment that decides its journal file and its hour in the totals.
WallTime ended(const RequestRecord& record) noexcept;

/// One file of the journal. Part 0 is the day's first; a higher one continues it after a failed
/// write or sync.
struct JournalFile {
  Day day{};
  int part = 0;

  friend auto operator<=>(const JournalFile&, const JournalFile&) = default;
};

/// When a record counts: at its end, but never before the day whose file it stands in, because that
/// day is what is closed and covered.
WallTime counted_at(const RequestRecord& record, const JournalFile& file) noexcept;

constexpr int journal_parts_max = 10'000;

/// As "2026-11-23.jsonl" or "2026-11-23.1.jsonl".
std::string file_name(const JournalFile& file);

/// The inverse of file_name; nothing for any other name (traces, files beside).
std::optional<JournalFile> read_file_name(std::string_view name) noexcept;

/// Where some whole lines stand: [begin, end) in bytes of one journal file.
struct Extent {
  JournalFile file;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  friend bool operator==(const Extent&, const Extent&) = default;
};

} // namespace gateway
