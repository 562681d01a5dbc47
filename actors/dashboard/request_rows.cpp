#include "actors/dashboard/request_rows.hpp"

#include "actors/dashboard/request_json.hpp"
#include "persistence/day.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gateway {

void RequestRows::add(
  std::span<const RequestRecord* const> rows, std::int64_t unknown, Instant now) {
  if (at_ != Instant{}) {
    const auto passed = std::chrono::duration<double>(now - at_).count();
    allowed_ = std::min<double>(a_second_, allowed_ + passed * a_second_);
  }
  at_ = now;
  const auto shown = std::min(rows.size(), static_cast<std::size_t>(allowed_));
  allowed_ -= static_cast<double>(shown);
  dropped_ += static_cast<std::int64_t>(rows.size() - shown) + unknown;
  for (const auto* row : rows.last(shown)) {
    if (!items_.empty()) items_ += ',';
    append_request_row(items_, *row);
  }
}

std::optional<std::string> RequestRows::take() {
  if (items_.empty()) return std::nullopt;
  auto json = R"({"items":[)" + std::exchange(items_, {});
  return json + R"(],"dropped":)" + std::to_string(std::exchange(dropped_, 0)) + "}";
}

void RequestRows::drop() {
  items_.clear();
  dropped_ = 0;
}

RowSelection::RowSelection(std::span<const RequestRecord> records) : records_(records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i];
    block_.add(record, ended(record), {}, i);
  }
}

std::vector<const RequestRecord*> RowSelection::matching(const RequestFilter& filter) const {
  const auto accepted = filter.accepted(block_.texts());
  std::vector<const RequestRecord*> matching;
  const auto& rows = block_.rows();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (accepted[rows[i].texts] != 0 && filter.accepts(rows[i])) matching.push_back(&records_[i]);
  return matching;
}

} // namespace gateway
