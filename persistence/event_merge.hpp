#pragma once

#include "persistence/event_log.hpp"
#include "persistence/merged_cursor.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

using MergedEventsCursor = MergedCursor<EventPlace>;
/// As "4711x,gw-1~2026-11-23.4711,gw-2~end"; and back.
std::string merged_cursor_text(const MergedEventsCursor& cursor);
std::optional<MergedEventsCursor> read_merged_events_cursor(std::string_view text);

/// A page of one node's events, and how many there are.
struct EventsOfNode {
  EventPage page;
  FoundCount count;
};
struct MergedEvents {
  std::vector<StoredEvent> items; // by time, the newest first; of one node as written
  std::optional<MergedEventsCursor> next;
  FoundCount count;
};
/// `behind`: what this page was asked for with; none: it is the first one.
MergedEvents merge_events(
  std::map<std::string, EventsOfNode> pages, // by node
  std::size_t limit,
  const std::optional<MergedEventsCursor>& behind);

// What nodes ask each other, as bytes. What is read back and was not written so is an error of kind
// invalid_value.
std::string encode_event_query(const EventQuery& query);
Result<EventQuery> decode_event_query(std::string_view bytes);
std::string encode_events(const EventsOfNode& events);
Result<EventsOfNode> decode_events(std::string_view bytes);

} // namespace gateway
