#include "actors/dashboard/ended_requests.hpp"

#include <utility>

namespace gateway {

void EndedRequests::add(RequestRecord&& record, RowsWanted wanted) {
  tally.add(record);
  if (wanted == RowsWanted::none) return;
  if (wanted == RowsWanted::failovers && record.outcome != Outcome::failover) return;
  if (records.size() < records_max)
    records.push_back(std::move(record));
  else
    ++left_out;
}

} // namespace gateway
