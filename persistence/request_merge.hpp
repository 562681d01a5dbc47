#pragma once

#include "persistence/request_search.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Where a page of several nodes' logs ended: in each of them. A node that is not in it was not
/// there when the first page was made, and is left out of the next ones, so that pages one after
/// the other have each request once and in order.
struct MergedCursor {
  /// Nothing: that node's log is at its end.
  using Place = std::optional<RequestCursor>;
  std::map<std::string, Place, std::less<>> places; // by node
  RequestCount count;

  friend bool operator==(const MergedCursor&, const MergedCursor&) = default;
};
/// As "128412x,gw-1~2026-11-23.0.4711.128412x,gw-2~end"; and back.
std::string merged_cursor_text(const MergedCursor& cursor);
std::optional<MergedCursor> read_merged_cursor(std::string_view text);

struct MergedPage {
  std::vector<RequestRecord> items;
  std::optional<MergedCursor> next;
  RequestCount count; // of the query, when its first page was asked for
};

/// One page of several nodes' pages, each of them in `order` and of at most `limit` items.
/// `behind`: what this page was asked for with; none: it is the first one. Where of equal items
/// several come next, the newest does, then that of the smaller node's name.
MergedPage merge_pages(
  std::map<std::string, RequestPage> pages, // by node
  const RequestOrder& order,
  std::size_t limit,
  const std::optional<MergedCursor>& behind);

/// Adds another node's, over the same grid.
void add_histogram(RequestHistogram& to, const RequestHistogram& other);

} // namespace gateway
