#include "actors/dashboard/recent_rows.hpp"

#include "actors/dashboard/request_rows.hpp"

#include <set>
#include <span>
#include <vector>

namespace gateway {

void RecentRows::add(const EndedRequests& ended) {
  next_ += static_cast<std::uint64_t>(ended.left_out);
  for (const auto& record : ended.records) rows_.emplace_back(next_++, record);
  while (rows_.size() > kept) rows_.pop_front();
}

RowsTold RecentRows::since(const RowsQuestion& asked) const {
  RowsTold told;
  told.mark = {life_, next_};
  if (asked.mark.life != life_ || asked.mark.next > next_) return told;
  std::vector<RequestRecord> ended;
  for (const auto& [number, record] : rows_)
    if (number >= asked.mark.next) ended.push_back(record);
  told.left_out = static_cast<std::int64_t>(next_ - asked.mark.next - ended.size());

  std::set<const RequestRecord*> wanted; // they lie in their order
  const RowSelection selection{ended};
  for (const auto& filter : asked.wish.filters)
    for (const auto* record : selection.matching(filter)) wanted.insert(record);
  for (const auto& record : ended)
    if (asked.wish.failovers && record.outcome == Outcome::failover) wanted.insert(&record);
  auto over = wanted.size() > RowsTold::records_max ? wanted.size() - RowsTold::records_max : 0;
  told.left_out += static_cast<std::int64_t>(over);
  for (const auto* record : wanted)
    if (over == 0)
      told.records.push_back(*record);
    else
      --over; // the newest are told
  return told;
}

} // namespace gateway
