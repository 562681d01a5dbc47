#pragma once

#include "persistence/request_record.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// What is counted of requests. A sum: merging is adding, in any order.
struct UsageCounters {
  std::int64_t requests = 0;
  std::int64_t failovers = 0; // answered, but not by the first one tried
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
  std::int64_t cut = 0;
  std::int64_t refused = 0;
  std::int64_t tokens_in = 0; // cached ones included
  std::int64_t tokens_cached = 0;
  std::int64_t tokens_cache_write = 0;
  std::int64_t tokens_out = 0; // reasoning ones included
  std::int64_t tokens_reasoning = 0;
  std::int64_t cost_n = 0;
  std::int64_t list_cost_n = 0;
  std::int64_t unpriced = 0; // requests whose cost is not known, and not in cost_n
  std::int64_t busy_us = 0;  // how long they were on their way, microseconds

  /// Requests that got no whole answer for a reason other than the client's leaving.
  std::int64_t errors() const noexcept { return failed + cut + refused; }

  void add(const RequestRecord& record) noexcept;
  UsageCounters& operator+=(const UsageCounters& other) noexcept;
  friend bool operator==(const UsageCounters&, const UsageCounters&) = default;
};

/// The counters as one row of numbers, in the order above: how the files keep them.
constexpr std::size_t usage_counter_count = 15;
std::array<std::int64_t, usage_counter_count> as_row(const UsageCounters& counters) noexcept;
UsageCounters from_row(const std::array<std::int64_t, usage_counter_count>& row) noexcept;
/// Their names, for people who open a file.
const std::array<std::string_view, usage_counter_count>& usage_counter_names() noexcept;

/// By what usage can be told apart; the status is how a request ended, an outcome's text.
enum class UsageDimension : std::uint8_t { node, provider, model, key, route, team, status };
constexpr std::size_t usage_dimension_count = 7;
std::string_view dimension_text(UsageDimension dimension) noexcept;
std::optional<UsageDimension> read_dimension(std::string_view text) noexcept;

/// One combination of them, by UsageDimension.
using UsageName = std::array<std::string, usage_dimension_count>;
UsageName usage_name(const RequestRecord& record);

} // namespace gateway
