#pragma once

#include "persistence/record_line.hpp"
#include "persistence/request_ranking.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

/// Questions to a request log, asked on the spot.
namespace gateway::testing {

/// Appends the record's line to its day's journal.
inline void append_to_journal(const TemporaryFolder& data, const RequestRecord& record) {
  std::string text;
  append_record_line(text, record);
  const auto path = data / ("requests/" + day_text(day_of(ended(record))) + ".jsonl");
  write_text(path, text_of(path) + text);
}

template <class Scan>
void run(Scan& scan) {
  for (;;) {
    const auto more = scan.step();
    if (!more) FAIL(more.error().message);
    if (!*more) return;
  }
}

template <class Paging>
RequestPage paged(RequestIndex& index, RequestPaging::Wanted wanted) {
  Paging paging{index, std::move(wanted)};
  run(paging);
  return std::move(paging).page();
}

inline RequestPage page_of(RequestIndex& index, RequestPaging::Wanted wanted) {
  if (wanted.order.by == RequestOrder::By::time)
    return paged<RequestPaging>(index, std::move(wanted));
  return paged<RequestRanking>(index, std::move(wanted));
}

inline RequestHistogram histogram_of(RequestIndex& index, const RequestQuery& query) {
  RequestCounting counting{index, query, *fitting_grid(query.from, query.to)};
  run(counting);
  return std::move(counting).histogram();
}

inline std::optional<RequestRecord> lookup(RequestIndex& index, const std::string& id) {
  RequestLookup asked{index, id};
  run(asked);
  return std::move(asked).found();
}

/// Every page's items, one after the other, by id.
inline std::vector<std::string> all_ids(RequestIndex& index, RequestPaging::Wanted wanted) {
  std::vector<std::string> ids;
  for (;;) {
    const auto page = page_of(index, wanted);
    for (const auto& record : page.items) ids.push_back(record.id);
    if (!page.next) return ids;
    wanted.behind = page.next;
  }
}

} // namespace gateway::testing
