#include "actors/quota/demand_watch.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr Instant begin{1'000s};

} // namespace

TEST_CASE("a call that is refused waits until it is admitted", "[quota][demand_watch]") {
  DemandWatch watch{begin};
  const int first = 0;
  const int second = 0;
  watch.refused({&first}, 5, begin);
  watch.refused({&second}, 7, begin);
  CHECK(watch.demand(60s, begin).waiting == 12);
  CHECK(watch.demand(60s, begin).needs == std::vector<std::int64_t>{5, 7});
  watch.admitted({&first, true}, 5, begin);
  CHECK(watch.demand(60s, begin).waiting == 7);
}

TEST_CASE("one that does not ask again has given up", "[quota][demand_watch]") {
  DemandWatch watch{begin};
  const int call = 0;
  watch.refused({&call}, 5, begin);
  watch.refused({&call, true}, 5, begin + 200ms);
  CHECK(watch.demand(60s, begin + 400ms).waiting == 5);
  CHECK(watch.demand(60s, begin + 451ms).waiting == 0);
  CHECK_FALSE(watch.somebody_waits());
}

TEST_CASE("a line counts with all that stand in it", "[quota][demand_watch]") {
  DemandWatch watch{begin};
  const int line = 0;
  watch.refused({&line, false, 999}, 2, begin);
  const auto demand = watch.demand(60s, begin);
  CHECK(demand.waiting == 2'000);
  CHECK(demand.needs.size() == 16);
}

TEST_CASE("a call that won't wait is demand, but nobody waits", "[quota][demand_watch]") {
  DemandWatch watch{begin};
  for (int i = 0; i < 400; ++i) watch.refused({}, 1, begin + i * 100ms);
  const auto demand = watch.demand(60s, begin + 40s);
  CHECK(demand.waiting == 0);
  // Ten a second: what is out for a minute, and a tenth more.
  CHECK(demand.steady > 600);
  CHECK(demand.steady <= 660);
  CHECK(demand.soon == 4);
}

TEST_CASE("a call that asks again and again is asked for once", "[quota][demand_watch]") {
  DemandWatch watch{begin};
  const int call = 0;
  watch.refused({&call}, 1, begin);
  for (int i = 1; i < 400; ++i) watch.refused({&call, true}, 1, begin + i * 25ms);
  CHECK(watch.demand(60s, begin + 10s).steady <= 8);
}

TEST_CASE("what a dear call costs is remembered for a minute or two", "[quota][demand_watch]") {
  DemandWatch watch{begin};
  watch.admitted({}, 8'000, begin);
  watch.admitted({}, 20, begin + 61s);
  CHECK(watch.demand(60s, begin + 62s).typical == 8'000);
  watch.admitted({}, 30, begin + 122s);
  CHECK(watch.demand(60s, begin + 123s).typical == 30);
  watch.admitted({}, 10, begin + 999s);
  CHECK(watch.demand(60s, begin + 999s).typical == 10);
}
