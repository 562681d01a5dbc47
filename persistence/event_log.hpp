#pragma once

#include "net/base/result.hpp"
#include "persistence/day.hpp"
#include "persistence/event_record.hpp"
#include "persistence/files.hpp"
#include "persistence/found_count.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// How long events are kept, and how much of them: whole days, the oldest go first.
constexpr std::int64_t event_days_max = 400;
constexpr std::int64_t event_bytes_max = 256'000'000;
/// Lines that one page looks at; what it found by then it answers, with a cursor to go on from.
constexpr std::uint64_t events_scanned_max = 200'000;
/// Lines that are looked at to count a query's events; beyond them the count is a lower bound.
constexpr std::uint64_t events_counted_max = 10'000;

/// Where an event stands: the day it was written on and the byte its line begins at. Never changes.
struct EventPlace {
  Day day{};
  std::uint64_t offset = 0;

  friend auto operator<=>(const EventPlace&, const EventPlace&) = default;
};
/// As "2026-11-23.4711", and back.
std::string place_text(const EventPlace& place);
std::optional<EventPlace> read_place(std::string_view text) noexcept;

struct EventQuery {
  std::optional<WallTime> from = {};     // this moment or later
  std::optional<WallTime> to = {};       // before this moment
  std::vector<EventKind> kinds = {};     // empty: all
  std::string ref = {};                  // what it is about; empty: anything
  std::vector<std::string> nodes = {};   // where it happened; empty: anywhere
  std::optional<EventPlace> before = {}; // only what was written earlier
  std::size_t limit = 100;
};

struct StoredEvent {
  EventPlace place;
  EventRecord event;
};

struct EventPage {
  std::vector<StoredEvent> items; // as written, newest first
  /// Where the next page begins (EventQuery::before); none where nothing is left.
  std::optional<EventPlace> next;
};

/// DATA/events/YYYY-MM-DD.jsonl: the audit log, framed lines (record_line.hpp) that are only ever
/// appended, by the day they are written on. Thread: one.
class EventLog {
public:
  EventLog(Files& files, std::string data) : files_(files), folder_(std::move(data) + "/events") {}

  /// Appends the event and waits for the disk. A torn last line, of a life that was killed while
  /// it wrote, is cut off first. Errors: storage_unavailable; nothing of the line is left then, or
  /// it is cut off by the next append.
  Result<void> append(const EventRecord& event, WallTime now);

  /// Damaged lines are passed over. Errors: storage_unavailable.
  Result<EventPage> find(const EventQuery& query) const;

  Result<FoundCount> count(const EventQuery& query) const;

  /// The newest event of a kind, within events_scanned_max lines.
  Result<std::optional<EventRecord>> newest(EventKind kind) const;

  /// Removes days that are older or more than the bounds above allow. Errors: storage_unavailable.
  Result<void> trim(WallTime now);

private:
  Result<void> use_file_of(Day day);
  Result<void> cut_torn_end();
  std::vector<Day> days_from(const EventQuery& query) const;

  Files& files_;
  std::string folder_;
  std::optional<Day> day_;
  Descriptor file_;
};

} // namespace gateway
