#pragma once

#include "actors/dashboard/name_ids.hpp"
#include "persistence/latency_sketch.hpp"
#include "persistence/usage_counters.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gateway {

/// What the requests that ended since the last look used, by what pages tell apart. Kept by the
/// ledger, which walks every record anyway; taken by the dashboard.
class RequestTally {
public:
  struct Cell {
    UsageCounters counters;
    LatencySketch first_token; // microseconds; of all requests and by model only
  };
  using Cells = std::unordered_map<std::string, Cell, TextHash, std::equal_to<>>;

  static constexpr std::size_t names_max = 10'000; // of a kind; one more counts as other_name

  void add(const RequestRecord& record);
  /// What some others used together.
  void add(const Cell& all);
  void add_provider(std::string_view name, const Cell& cell);
  void add_model(std::string_view name, const Cell& cell);
  void add_key(std::string_view name, const Cell& cell);
  void add(const RequestTally& other);

  const Cell& all() const noexcept { return all_; }
  const Cells& providers() const noexcept { return providers_; } // the last one tried
  const Cells& models() const noexcept { return models_; }
  const Cells& keys() const noexcept { return keys_; }

private:
  Cell all_;
  Cells providers_;
  Cells models_;
  Cells keys_;
};

} // namespace gateway
