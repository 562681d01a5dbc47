#include "actors/dashboard/total_seconds.hpp"

#include "actors/dashboard/pending_tick.hpp"
#include "net/base/json_text.hpp"

namespace gateway {
namespace {

std::int64_t second_at(WallTime at) noexcept {
  return at.time_since_epoch() / 1s;
}

std::array<std::int64_t, 3> quantiles_of(const LatencySketch& sketch) {
  std::array<std::int64_t, 3> values{};
  constexpr std::array permille{500, 950, 990};
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = sketch.quantile(permille[i]).value_or(unknown_number);
  return values;
}

} // namespace

void TotalSeconds::add(const RequestTally::Cell& cell, WallTime now) {
  auto& second = seconds_.at(second_at(now));
  const auto totals = totals_of(cell.counters);
  for (std::size_t i = 0; i < totals.size(); ++i) second.totals[i] += totals[i];
  second.first_token.merge(cell.first_token);
}

std::array<std::int64_t, 3> TotalSeconds::first_token(WallTime now) const {
  const auto* second = seconds_.find(second_at(now));
  return quantiles_of(second != nullptr ? second->first_token : LatencySketch{});
}

void TotalSeconds::append_json(std::string& out, WallTime now) const {
  const auto last = second_at(now);
  const auto first = last - static_cast<std::int64_t>(kept) + 1;
  out += "{\"t0\":";
  append_number(out, first * 1'000);
  out += ",\"step_ms\":1000,\"v\":[";
  std::string speeds;
  for (auto number = first; number <= last; ++number) {
    if (number > first) {
      out += ',';
      speeds += ',';
    }
    const auto* second = seconds_.find(number);
    if (second == nullptr) {
      out += number < second_at(started_) ? "null" : "[0,0,0,0,0,0]";
      speeds += "null";
      continue;
    }
    out += '[';
    for (const auto total : second->totals) {
      if (out.back() != '[') out += ',';
      append_number(out, total);
    }
    out += ']';
    if (second->first_token.empty()) {
      speeds += "null";
      continue;
    }
    speeds += '[';
    for (const auto time : quantiles_of(second->first_token)) {
      if (speeds.back() != '[') speeds += ',';
      append_tick_time(speeds, time);
    }
    speeds += ']';
  }
  out += "],\"ttft\":[" + speeds + "]}";
}

} // namespace gateway
