#include "actors/dashboard/request_tally.hpp"

namespace gateway {
namespace {

RequestTally::Cell& cell_of(RequestTally::Cells& cells, std::string_view name) {
  if (const auto known = cells.find(name); known != cells.end()) return known->second;
  const bool full = cells.size() >= RequestTally::names_max;
  return cells[std::string{full ? other_name : name}];
}

void add_to(RequestTally::Cell& cell, const RequestTally::Cell& other) {
  cell.counters += other.counters;
  cell.first_token.merge(other.first_token);
}

} // namespace

void RequestTally::add(const Cell& all) {
  add_to(all_, all);
}

void RequestTally::add_provider(std::string_view name, const Cell& cell) {
  add_to(cell_of(providers_, name), cell);
}

void RequestTally::add_model(std::string_view name, const Cell& cell) {
  add_to(cell_of(models_, name), cell);
}

void RequestTally::add_key(std::string_view name, const Cell& cell) {
  add_to(cell_of(keys_, name), cell);
}

void RequestTally::add(const RequestTally& other) {
  add(other.all_);
  for (const auto& [name, cell] : other.providers_) add_provider(name, cell);
  for (const auto& [name, cell] : other.models_) add_model(name, cell);
  for (const auto& [name, cell] : other.keys_) add_key(name, cell);
}

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
