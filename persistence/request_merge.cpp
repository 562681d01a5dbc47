#include "persistence/request_merge.hpp"

#include "persistence/day.hpp"

#include <algorithm>
#include <tuple>

namespace gateway {
namespace {

void add(FoundCount& to, const FoundCount& other) noexcept {
  to.exact = to.exact && other.exact && to.value + other.value <= request_count_max;
  to.value = std::min(to.value + other.value, request_count_max);
}

/// What it is sorted by: the larger the sooner; nothing comes last.
std::optional<std::int64_t>
rank_of(const RequestRecord& record, const RequestOrder& order) noexcept {
  using By = RequestOrder::By;
  std::optional<std::int64_t> number;
  switch (order.by) {
  case By::time: number = milliseconds_since_epoch(ended(record)); break;
  case By::attempts: number = record.attempts; break;
  case By::tokens_in: number = record.tokens_in; break;
  case By::tokens_out: number = record.tokens_out; break;
  case By::ttft_ms: number = record.first_token_us; break;
  case By::latency_ms: number = record.latency_us; break;
  case By::cost_n:
    if (record.cost) number = record.cost->count;
    break;
  }
  return number && order.ascending ? -*number : number;
}

/// A cursor from which the item itself comes next.
std::optional<RequestCursor> before(RequestCursor end, const RequestOrder& order) noexcept {
  const bool oldest_first = order.by == RequestOrder::By::time && order.ascending;
  if (!oldest_first)
    ++end.last.offset;
  else if (end.last.offset == 0)
    return std::nullopt; // nothing is before a file's first line
  else
    --end.last.offset;
  return end;
}

/// One node's page as it is used up.
struct Source {
  const std::string* node = nullptr;
  RequestPage page;
  std::size_t taken = 0;

  bool is_over() const noexcept { return taken == page.items.size(); }
  const RequestRecord& head() const noexcept { return page.items[taken]; }
};

/// Where the next page goes on in that node's log.
MergedRequestsCursor::Place place_behind(
  const Source& source, const RequestOrder& order, const MergedRequestsCursor::Place& asked) {
  if (source.is_over()) return source.page.next;
  if (source.taken > 0) return source.page.ends[source.taken - 1];
  if (asked) return asked;
  auto first = before(source.page.ends.front(), order);
  // It begins at its beginning again: with a cursor that is older than every line.
  return first ? first : RequestCursor{{{}, 0}, source.page.count, std::nullopt};
}

} // namespace

std::string merged_cursor_text(const MergedRequestsCursor& cursor) {
  return merged_text(cursor, cursor_text);
}

std::optional<MergedRequestsCursor> read_merged_requests_cursor(std::string_view text) {
  return read_merged_text<RequestCursor>(text, read_cursor);
}

MergedPage merge_pages(
  std::map<std::string, RequestPage> pages,
  const RequestOrder& order,
  std::size_t limit,
  const std::optional<MergedRequestsCursor>& behind) {
  MergedPage merged;
  std::vector<Source> sources;
  for (auto& [node, page] : pages) {
    if (!behind) add(merged.count, page.count);
    sources.push_back({&node, std::move(page), 0});
  }
  if (behind) merged.count = behind->count;
  const auto sooner = [&](const Source* a, const Source* b) {
    const auto key = [&](const Source& source) {
      return std::tuple{rank_of(source.head(), order), ended(source.head())};
    };
    return key(*a) > key(*b) || (key(*a) == key(*b) && *a->node < *b->node);
  };
  while (merged.items.size() < limit) {
    Source* next = nullptr;
    for (auto& source : sources)
      if (!source.is_over() && (next == nullptr || sooner(&source, next))) next = &source;
    if (next == nullptr) break;
    merged.items.push_back(std::move(next->page.items[next->taken++]));
  }
  MergedRequestsCursor cursor{
    behind ? behind->places : decltype(MergedRequestsCursor::places){}, merged.count};
  // Of who did not answer the next page may have some, but no page is made for it alone.
  bool goes_on = false;
  for (const auto& source : sources) {
    auto& place = cursor.places[*source.node];
    place = place_behind(source, order, place);
    goes_on |= place.has_value();
  }
  if (goes_on) merged.next = std::move(cursor);
  return merged;
}

void add_histogram(RequestHistogram& to, const RequestHistogram& other) {
  for (std::size_t i = 0; i < std::min(to.bins.size(), other.bins.size()); ++i)
    for (std::size_t outcome = 0; outcome < to.bins[i].size(); ++outcome)
      to.bins[i][outcome] += other.bins[i][outcome];
  add(to.count, other.count);
}

} // namespace gateway
