#include "tests/actors/quota/book_room.hpp"
#include "tests/actors/quota/strict_providers.hpp"

#include <catch2/catch.hpp>

#include <queue>
#include <random>

using namespace gateway;

namespace {

struct Demand {
  const char* when;
  std::vector<QuotaSpec> quotas;
  double load = 5.0; // times the limit of the first quota
  Nanoseconds run = 20min;
  double fails_unwritten = 0.0; // share of calls that never reach the provider
  double fails_after = 0.0;     // that end without usage
  double share_used = 1.0;      // least part of the reserve that is really used
  std::int64_t tokens_each = 0; // 0: only requests
  bool early = true;            // the first byte is reported when it comes
};

struct Outcome {
  std::vector<std::vector<Count>> logs; // of each quota
  std::vector<std::int64_t> used;
};

/// One provider with random latencies under random demand, on a clock that this moves.
Outcome simulate(const Demand& demand, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  const auto uniform = [&](double from, double to) {
    return std::uniform_real_distribution{from, to}(random);
  };
  const auto seconds = [](double value) {
    return std::chrono::round<Nanoseconds>(std::chrono::duration<double>{value});
  };

  BookRoom room;
  TestClock clock;
  const auto start = clock.at;
  auto books = make_books(room.open(clock), demand.quotas, clock);
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < demand.quotas.size(); ++i) all.push_back(i);

  struct Call {
    Permits permits;
    Settlement settlement;
    bool told = false;
  };
  struct Event {
    Instant at;
    std::size_t call;
    bool operator>(const Event& other) const { return at > other.at; }
  };
  std::vector<Call> calls;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
  Outcome outcome{
    std::vector<std::vector<Count>>(all.size()), std::vector<std::int64_t>(all.size())};

  const auto& first = demand.quotas.front();
  const auto each =
    first.unit == QuotaUnit::requests ? 1.0 : static_cast<double>(demand.tokens_each);
  const auto window = std::chrono::duration<double>(window_of(first)).count();
  const auto rate = demand.load * static_cast<double>(first.limit) / each / window;
  std::exponential_distribution<> gap{rate};

  const auto finish_due = [&](Instant now) {
    while (!events.empty() && events.top().at <= now) {
      const auto event = events.top();
      events.pop();
      auto& call = calls[event.call];
      const auto& settlement = call.settlement;
      if (settlement.written && settlement.first_byte_at && !call.told) {
        call.told = true;
        if (demand.early) books.counted(call.permits, *settlement.first_byte_at, event.at);
        events.push({std::max(settlement.ended, event.at), event.call});
        continue;
      }
      books.settle(std::move(call.permits), settlement, event.at);
    }
  };

  while (clock.at - start < demand.run) {
    clock.pass(std::max(seconds(gap(random)), Nanoseconds{1'000}));
    finish_due(clock.at);
    CallCost cost;
    if (demand.tokens_each > 0) {
      cost.input_tokens =
        static_cast<std::int64_t>(uniform(0.2, 0.8) * static_cast<double>(demand.tokens_each));
      cost.output_reserve = demand.tokens_each - cost.input_tokens;
    }
    auto answer = books.admit(all, cost, clock.at);
    if (!std::holds_alternative<Permits>(answer)) continue;

    Call call{std::get<Permits>(answer), {}, false};
    auto& settlement = call.settlement;
    const auto written = clock.at + seconds(uniform(0.0, 0.005));
    // Counted anywhere between the write and the first byte.
    const auto first_byte = written + seconds(uniform(0.1, 0.6));
    settlement.written = uniform(0, 1) >= demand.fails_unwritten;
    settlement.ended = first_byte + seconds(uniform(0.0, 3.0));
    if (settlement.written) {
      settlement.written_at = written;
      settlement.first_byte_at = first_byte;
      settlement.usage_known = uniform(0, 1) >= demand.fails_after;
      settlement.used_input = cost.input_tokens;
      settlement.used_output = static_cast<std::int64_t>(
        uniform(demand.share_used, 1.0) * static_cast<double>(cost.output_reserve));
      const auto at = written
        + seconds(uniform(0, 1) * std::chrono::duration<double>(first_byte - written).count());
      for (const auto book : all) {
        const auto amount = demand.quotas[book].unit == QuotaUnit::requests
          ? 1
          : settlement.used_input + settlement.used_output;
        outcome.logs[book].push_back({at - start, amount});
        outcome.used[book] += amount;
      }
    } else {
      settlement.ended = written;
    }
    calls.push_back(std::move(call));
    events.push({settlement.written ? first_byte : written, calls.size() - 1});
  }
  for (auto& log : outcome.logs) log = in_order(std::move(log));
  return outcome;
}

QuotaSpec of_window(std::int64_t limit, Nanoseconds window, const char* name) {
  auto spec = per_minute(limit);
  spec.window = window;
  spec.name = name;
  return spec;
}

} // namespace

TEST_CASE("five times the demand uses 97 % of a minute and never one too many", "[quota][demand]") {
  const auto limit = GENERATE(30, 60, 600, 3'000);
  const auto seed = GENERATE(1U, 2U);
  CAPTURE(limit, seed);
  Demand demand{"requests", {per_minute(limit)}};
  const auto outcome = simulate(demand, seed);
  CHECK(over_at_any(outcome.logs[0], limit, 60s) == 0);
  // The first burst is not part of what a minute can give.
  const auto minutes = std::chrono::duration<double>(demand.run) / 60s;
  const auto share =
    static_cast<double>(outcome.used[0] - limit) / (static_cast<double>(limit) * (minutes - 1));
  CAPTURE(share);
  CHECK(share >= 0.97);
}

TEST_CASE("no provider counts one too many, however calls end", "[quota][demand]") {
  const auto requests = [](std::int64_t limit, Nanoseconds window, const char* name) {
    return of_window(limit, window, name);
  };
  auto reserved = per_minute(20'000, QuotaUnit::tokens);
  reserved.counts_reserved = true;
  auto from_response = per_minute(60);
  from_response.count_delay.reset();
  const auto demand = GENERATE_COPY(
    Demand{"a second", {requests(5, 1s, "burst")}, 5.0, 3min},
    Demand{"ten seconds, many calls fail unwritten", {requests(40, 10s, "short")}, 5.0, 5min, 0.5},
    Demand{"nobody reports the first byte", {per_minute(60)}, 5.0, 10min, 0.1, 0.1, 1.0, 0, false},
    Demand{"counted from the response only", {from_response}, 5.0, 10min},
    Demand{"a minute and a second", {per_minute(120), requests(4, 1s, "burst")}, 5.0, 10min, 0.1},
    Demand{
      "tokens, some of the reserve unused",
      {per_minute(20'000, QuotaUnit::tokens)},
      5.0,
      20min,
      0.05,
      0.2,
      0.3,
      700},
    Demand{"tokens charged as reserved", {reserved}, 5.0, 20min, 0.05, 0.2, 1.0, 700},
    Demand{
      "requests and tokens",
      {per_minute(30), per_minute(20'000, QuotaUnit::tokens)},
      5.0,
      20min,
      0.05,
      0.05,
      0.5,
      900});
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(demand.when, seed);
  const auto outcome = simulate(demand, seed);
  for (std::size_t i = 0; i < demand.quotas.size(); ++i) {
    const auto& quota = demand.quotas[i];
    CAPTURE(quota.name, outcome.used[i]);
    CHECK(over_at_any(outcome.logs[i], quota.limit, quota.window) == 0);
  }
}
