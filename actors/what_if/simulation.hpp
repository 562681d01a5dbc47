#pragma once

#include "actors/config/document.hpp"
#include "actors/router/plan.hpp"
#include "actors/router/policy.hpp"
#include "actors/router/walk.hpp"
#include "actors/what_if/simulated_limit.hpp"
#include "net/unified/usage.hpp"
#include "persistence/request_record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway {

/// What a document would have made of one request.
struct SimulatedAnswer {
  const Offer* offer = nullptr;    // who would have answered; null: it would have been refused
  std::optional<NanoDollars> cost; // none: its price is not known
};

/// One document at work on the log: routes each record by the router's own rules, with quotas in
/// the log's time. Feed it in the order of the log. Thread: one.
class Simulation {
public:
  explicit Simulation(std::shared_ptr<const Document> document);

  /// `usage`: its tokens as they were, or as such requests usually were where it got no answer.
  SimulatedAnswer answer(const RequestRecord& record, const Usage& usage);
  /// What the record says of the speed of the one who answered it.
  void learn_speed(const RequestRecord& record);

  /// Every quota, for what was used of it at most.
  std::vector<const SimulatedLimit*> limits() const;

private:
  struct Running {
    WallTime until{};
    ProviderGauges* gauges = nullptr;
    bool operator>(const Running& other) const noexcept { return until > other.until; }
  };

  Walk begin(const RequestRecord& record, const Usage& usage) const;
  bool admits(std::uint32_t stop, const Walk& walk, WallTime at);
  std::vector<SimulatedLimit*> limits_at(std::uint32_t stop, const Walk& walk);
  void take(const Walk& walk, WallTime at, WallTime until);
  void end_calls(WallTime at);

  GaugeBoard board_;
  std::shared_ptr<const Plan> plan_;
  std::unordered_map<std::string, PolicyMemory> memories_;
  std::vector<std::vector<SimulatedLimit>> of_stops_;  // by the plan's stops
  std::vector<std::vector<SimulatedLimit>> of_offers_; // by the plan's offers: their models' own
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
};

} // namespace gateway
