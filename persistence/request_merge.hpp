#pragma once

#include "persistence/merged_cursor.hpp"
#include "persistence/request_search.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

using MergedRequestsCursor = MergedCursor<RequestCursor>;
/// As "128412x,gw-1~2026-11-23.0.4711.128412x,gw-2~end"; and back.
std::string merged_cursor_text(const MergedRequestsCursor& cursor);
std::optional<MergedRequestsCursor> read_merged_requests_cursor(std::string_view text);

struct MergedPage {
  std::vector<RequestRecord> items;
  std::optional<MergedRequestsCursor> next;
  FoundCount count; // of the query, when its first page was asked for
};

/// One page of several nodes' pages, each of them in `order` and of at most `limit` items.
/// `behind`: what this page was asked for with; none: it is the first one. Where of equal items
/// several come next, the newest does, then that of the smaller node's name.
MergedPage merge_pages(
  std::map<std::string, RequestPage> pages, // by node
  const RequestOrder& order,
  std::size_t limit,
  const std::optional<MergedRequestsCursor>& behind);

/// Adds another node's, over the same grid.
void add_histogram(RequestHistogram& to, const RequestHistogram& other);

} // namespace gateway
