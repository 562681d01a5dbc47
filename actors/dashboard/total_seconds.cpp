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

struct Together : TotalSeconds::Second {
  bool is_there = false;
};

Together together(std::span<const TotalSeconds* const> all, std::int64_t number) {
  Together sum;
  for (const auto* seconds : all) {
    const auto* second = seconds->find(number);
    if (second == nullptr) continue;
    sum.is_there = true;
    for (std::size_t i = 0; i < sum.totals.size(); ++i) sum.totals[i] += second->totals[i];
    sum.first_token.merge(second->first_token);
  }
  return sum;
}

} // namespace

void TotalSeconds::add(const RequestTally::Cell& cell, WallTime now) {
  auto& second = seconds_.at(second_at(now));
  const auto totals = totals_of(cell.counters);
  for (std::size_t i = 0; i < totals.size(); ++i) second.totals[i] += totals[i];
  second.first_token.merge(cell.first_token);
}

void TotalSeconds::add(const Told& told, WallTime now) {
  const auto last = second_at(now);
  if (told.first > last || told.first <= last - static_cast<std::int64_t>(kept)) return;
  auto& second = seconds_.at(told.first);
  for (std::size_t i = 0; i < told.second.size(); ++i) second.totals[i] += told.second[i];
}

std::vector<TotalSeconds::Told> TotalSeconds::told(WallTime now) const {
  std::vector<Told> told;
  const auto last = second_at(now);
  for (auto number = last - static_cast<std::int64_t>(kept) + 1; number <= last; ++number)
    if (const auto* second = seconds_.find(number)) told.emplace_back(number, second->totals);
  return told;
}

std::array<std::int64_t, 3> first_token_of(std::span<const TotalSeconds* const> all, WallTime now) {
  return quantiles_of(together(all, second_at(now)).first_token);
}

void append_seconds_json(std::string& out, std::span<const TotalSeconds* const> all, WallTime now) {
  constexpr auto kept = TotalSeconds::kept;
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
    const auto second = together(all, number);
    if (!second.is_there) {
      out += number < second_at(all.front()->started()) ? "null" : "[0,0,0,0,0,0]";
      speeds += "null";
      continue;
    }
    out += '[';
    for (const auto total : second.totals) {
      if (out.back() != '[') out += ',';
      append_number(out, total);
    }
    out += ']';
    if (second.first_token.empty()) {
      speeds += "null";
      continue;
    }
    speeds += '[';
    for (const auto time : quantiles_of(second.first_token)) {
      if (speeds.back() != '[') speeds += ',';
      append_tick_time(speeds, time);
    }
    speeds += ']';
  }
  out += "],\"ttft\":[" + speeds + "]}";
}

} // namespace gateway
