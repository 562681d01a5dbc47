#include "persistence/event_merge.hpp"

#include "persistence/event_line.hpp"
#include "persistence/packed_bytes.hpp"
#include "persistence/record_line.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t items_max = 500;
constexpr std::size_t names_max = 256;

Failed odd() {
  return fail(ErrorKind::invalid_value, "a word about events that can't be read");
}

void append_time(std::string& out, const std::optional<WallTime>& at) {
  append_packed(out, at ? 1 : 0);
  if (at) append_packed_signed(out, milliseconds_since_epoch(*at));
}
void read_time(PackedReader& reader, std::optional<WallTime>& at) {
  if (reader.number() == 1) at = WallTime{Milliseconds{reader.signed_number()}};
}

void append_place(std::string& out, const std::optional<EventPlace>& place) {
  append_packed_text(out, place ? place_text(*place) : "");
}
bool read_place_of(PackedReader& reader, std::optional<EventPlace>& place) {
  const auto text = reader.text();
  if (text.empty()) return reader.ok();
  place = read_place(text);
  return place.has_value();
}

/// All events were written before it.
constexpr EventPlace before_all{std::chrono::year{9999} / 12 / 31, 0};

struct Source {
  std::string node;
  EventPage page;
  std::size_t taken = 0;

  bool is_over() const noexcept { return taken == page.items.size(); }
  const EventRecord& head() const noexcept { return page.items[taken].event; }
  /// Where the next page goes on; of whom nothing was taken, where this one did.
  std::optional<EventPlace> rest(const MergedEventsCursor* behind) const {
    if (is_over()) return page.next;
    if (taken > 0) return page.items[taken - 1].place;
    const auto at =
      behind == nullptr ? decltype(behind->places.end()){} : behind->places.find(node);
    return behind == nullptr || at == behind->places.end() ? before_all : at->second;
  }
};

} // namespace

std::string merged_cursor_text(const MergedEventsCursor& cursor) {
  return merged_text(cursor, place_text);
}

std::optional<MergedEventsCursor> read_merged_events_cursor(std::string_view text) {
  return read_merged_text<EventPlace>(text, read_place);
}

MergedEvents merge_events(
  std::map<std::string, EventsOfNode> pages,
  std::size_t limit,
  const std::optional<MergedEventsCursor>& behind) {
  MergedEvents merged;
  std::vector<Source> sources;
  for (auto& [node, events] : pages) {
    if (!behind) {
      merged.count.value += events.count.value;
      merged.count.exact = merged.count.exact && events.count.exact;
    }
    sources.push_back({node, std::move(events.page), 0});
  }
  while (merged.items.size() < limit) {
    Source* next = nullptr;
    for (auto& source : sources)
      if (!source.is_over() && (next == nullptr || source.head().at > next->head().at))
        next = &source;
    if (next == nullptr) break;
    merged.items.push_back(std::move(next->page.items[next->taken++]));
  }
  MergedEventsCursor cursor;
  if (behind) {
    cursor = *behind;
    merged.count = behind->count;
  }
  cursor.count = merged.count;
  // Of who did not answer the next page may have some, but no page is made for it alone.
  bool goes_on = false;
  for (const auto& source : sources) {
    auto& place = cursor.places[source.node];
    place = source.rest(behind ? &*behind : nullptr);
    goes_on |= place.has_value();
  }
  if (goes_on) merged.next = std::move(cursor);
  return merged;
}

std::string encode_event_query(const EventQuery& query) {
  std::string out;
  append_time(out, query.from);
  append_time(out, query.to);
  append_packed(out, query.kinds.size());
  for (const auto kind : query.kinds) append_packed_text(out, event_kind_text(kind));
  append_packed_text(out, query.ref);
  append_packed(out, query.nodes.size());
  for (const auto& node : query.nodes) append_packed_text(out, node);
  append_place(out, query.before);
  append_packed(out, query.limit);
  return out;
}

Result<EventQuery> decode_event_query(std::string_view bytes) {
  PackedReader reader{bytes};
  EventQuery query;
  read_time(reader, query.from);
  read_time(reader, query.to);
  for (auto left = reader.number(); left > 0; --left) {
    const auto kind = read_event_kind(reader.text());
    if (!kind || query.kinds.size() > names_max) return odd();
    query.kinds.push_back(*kind);
  }
  query.ref = reader.text();
  for (auto left = reader.number(); left > 0; --left) {
    if (!reader.ok() || query.nodes.size() > names_max) return odd();
    query.nodes.emplace_back(reader.text());
  }
  const bool placed = read_place_of(reader, query.before);
  query.limit = reader.number();
  if (!placed || !reader.ok() || !reader.at_end() || query.limit > items_max) return odd();
  return query;
}

std::string encode_events(const EventsOfNode& events) {
  std::string out;
  append_packed_count(out, events.count);
  append_place(out, events.page.next);
  append_packed(out, events.page.items.size());
  for (const auto& [place, event] : events.page.items) {
    std::string line;
    append_event_line(line, event);
    append_place(out, place);
    append_packed_text(out, line);
  }
  return out;
}

Result<EventsOfNode> decode_events(std::string_view bytes) {
  PackedReader reader{bytes};
  EventsOfNode events;
  events.count = read_packed_count(reader);
  if (!read_place_of(reader, events.page.next)) return odd();
  const auto items = reader.number();
  if (items > items_max) return odd();
  for (std::uint64_t i = 0; i < items; ++i) {
    std::optional<EventPlace> place;
    if (!read_place_of(reader, place) || !place) return odd();
    auto line = reader.text();
    if (line.ends_with('\n')) line.remove_suffix(1);
    auto event = check_line(line) ? read_event_line(line) : std::nullopt;
    if (!event) return odd();
    events.page.items.push_back({*place, *std::move(event)});
  }
  if (!reader.ok() || !reader.at_end()) return odd();
  return events;
}

} // namespace gateway
