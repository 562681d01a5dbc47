#pragma once

#include "actors/dashboard/node_live.hpp"
#include "actors/dashboard/provider_live.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/total_seconds.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The entries of a node's report (report_board.hpp) as bytes. What is read back and was not
/// written so is an error of kind invalid_value.
namespace gateway {

/// The first byte of an entry's key, before a name where there is one.
enum class ReportKey : char {
  facts = 'f',
  state = 's',    // of a provider, a pool or a budget, by its stop's name
  seconds = 't',  // TotalSeconds, to whom it begins anew
  all = 'a',      // a Cell: everything that ended since the node's start
  provider = 'p', // the same of one provider
  model = 'm',
  key = 'k',
};
inline std::string report_key(ReportKey key, std::string_view name = {}) {
  return std::string{static_cast<char>(key)} += name;
}

std::string encode_facts(const NodeFacts& facts);
Result<NodeFacts> decode_facts(std::string_view bytes);

std::string encode_cell(const RequestTally::Cell& cell);
Result<RequestTally::Cell> decode_cell(std::string_view bytes);
/// What came between: `later` less `earlier`.
RequestTally::Cell difference(const RequestTally::Cell& later, const RequestTally::Cell& earlier);

std::string encode_seconds(const std::vector<TotalSeconds::Told>& seconds);
Result<std::vector<TotalSeconds::Told>> decode_seconds(std::string_view bytes);

/// A stop as its node has it; of a provider also what was counted there.
struct ReportedState {
  ProviderState state;           // of its quotas' specs owner and name only
  ProviderLive::Attempts minute; // the last one
  HealthStrip strip;
  Day day{};
  std::int64_t cost_today = 0;
  std::int64_t list_cost_today = 0;
};
std::string encode_state(const ReportedState& state);
Result<ReportedState> decode_state(std::string_view bytes);

} // namespace gateway
