#pragma once

#include "persistence/usage_store.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace gateway::testing {

/// How busy the made-up node is.
struct Busyness {
  std::size_t providers = 12;
  std::size_t models = 40; // pairs of provider and model
  std::size_t keys = 60;
  std::size_t pairs_a_key = 7;
  std::int64_t requests_a_day = 1'000'000;
};

/// A node's past, made up: days and nights, weekends, growth, failovers, slow models. One seed
/// makes one past, wherever it is asked.
class MadeHistory {
public:
  explicit MadeHistory(std::uint64_t seed, Busyness busyness = {});

  /// A closed day's totals by hour.
  UsageTotals day(Day day) const;
  /// The request of that number that ended at `ended`; the same however often it is asked.
  RequestRecord record(std::uint64_t number, WallTime ended) const;

private:
  struct Source {
    UsageName name;
    double share = 0;      // of all requests
    double latency_us = 0; // the median
    double tokens_in = 0;  // a request
    double tokens_out = 0;
    std::int64_t price_n = 0; // a token
  };

  void add_hour(UsageTotals& totals, const UsageSpan& hour, double requests) const;

  std::uint64_t seed_;
  Busyness busyness_;
  std::vector<Source> sources_;
  std::discrete_distribution<std::size_t> choice_;
};

/// Writes DATA/usage/YYYY-MM-DD.json for the `days` before `behind`.
void write_usage_days(const MadeHistory& history, const std::string& data, Day behind, int days);

/// Writes DATA/requests/YYYY-MM-DD.jsonl: `count` requests, evenly over [from, to) of one day.
/// Returns the file's size.
std::uint64_t write_request_day(
  const MadeHistory& history,
  const std::string& data,
  WallTime from,
  WallTime to,
  std::uint64_t count);

} // namespace gateway::testing
