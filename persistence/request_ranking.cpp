#include "persistence/request_ranking.hpp"

#include <algorithm>

namespace gateway {
namespace {

std::optional<std::int64_t> number_of(const RequestRow& row, RequestOrder::By by) noexcept {
  using By = RequestOrder::By;
  switch (by) {
  case By::time: return row.ended;
  case By::attempts: return row.attempts;
  case By::tokens_in: return row.tokens_in;
  case By::tokens_out: return row.tokens_out;
  case By::latency_ms: return row.latency_us;
  case By::ttft_ms:
    if (row.first_token_us != no_first_token) return row.first_token_us;
    break;
  case By::cost_n:
    if (row.cost_n != unknown_cost) return row.cost_n;
    break;
  }
  return std::nullopt;
}

constexpr std::int64_t last_rank = INT64_MIN;

std::int64_t rank_of(const RequestRow& row, const RequestOrder& order) noexcept {
  const auto number = number_of(row, order.by);
  if (!number) return last_rank;
  return order.ascending ? -*number : *number;
}

} // namespace

RequestRanking::RequestRanking(RequestIndex& index, RequestPaging::Wanted wanted)
    : RequestScan(index, std::move(wanted.query), false), order_(wanted.order),
      limit_(wanted.limit) {
  if (!wanted.behind) return;
  behind_ = Ranked{wanted.behind->rank.value_or(last_rank), wanted.behind->last};
  page_.count = wanted.behind->count;
}

RequestScan::Verdict RequestRanking::meet(const IndexBlockPlace&, bool) {
  if (!settled_ && behind_) behind_->place = index().settled(behind_->place);
  settled_ = true;
  return Verdict::look;
}

bool RequestRanking::take(const RequestPlace& place, const RequestRow& row) {
  const Ranked one{rank_of(row, order_), place};
  if (behind_ && !(*behind_ < one)) return true;
  if (!behind_) ++page_.count.value;
  if (found_.size() > limit_) {
    if (!(one < found_.front())) return true;
    std::ranges::pop_heap(found_, std::less<>{});
    found_.pop_back();
  }
  found_.push_back(one);
  std::ranges::push_heap(found_, std::less<>{});
  return true;
}

void RequestRanking::finish(bool whole, const RequestPlace&) {
  if (!behind_) {
    page_.count.exact = whole && page_.count.value <= request_count_max;
    page_.count.value = std::min(page_.count.value, request_count_max);
  }
  std::ranges::sort_heap(found_, std::less<>{});
  if (found_.size() > limit_) {
    found_.resize(limit_);
    page_.next = RequestCursor{found_.back().place, page_.count, found_.back().rank};
  }
  RequestLines lines{index()};
  for (const auto& one : found_) {
    auto record = lines.read(one.place);
    if (!record) continue;
    page_.items.push_back(*std::move(record));
    page_.ends.push_back({one.place, page_.count, one.rank});
  }
}

} // namespace gateway
