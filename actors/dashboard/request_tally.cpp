#include "actors/dashboard/request_tally.hpp"

namespace gateway {
namespace {

RequestTally::Cell& cell_of(RequestTally::Cells& cells, std::string_view name) {
  if (const auto known = cells.find(name); known != cells.end()) return known->second;
  const bool full = cells.size() >= RequestTally::names_max;
  return cells[std::string{full ? other_name : name}];
}

} // namespace

void RequestTally::add(const RequestRecord& record) {
  UsageCounters one;
  one.add(record);
  all_.counters += one;
  if (record.first_token_us) all_.first_token.add(*record.first_token_us);
  // A request that no provider was asked for, or without a key, is nobody's.
  if (!record.provider.empty()) {
    cell_of(providers_, record.provider).counters += one;
    auto& model = cell_of(models_, record.model);
    model.counters += one;
    if (record.first_token_us) model.first_token.add(*record.first_token_us);
  }
  if (!record.key.empty()) cell_of(keys_, record.key).counters += one;
}

} // namespace gateway
