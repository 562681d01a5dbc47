#include "actors/quota/demand_rate.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("demand is what is asked for, and fades when nobody asks", "[quota][share]") {
  Instant now{100s};
  DemandRate rate{now};
  CHECK(rate.within(60s, now) == 0);
  for (int second = 0; second < 60; ++second) {
    rate.note(5);
    now += 1s;
    rate.within(1s, now);
  }
  CHECK(rate.within(60s, now) >= 298);
  CHECK(rate.within(60s, now) <= 300);
  now += 8s;
  const auto faded = rate.within(60s, now);
  CHECK(faded > 90); // by about e
  CHECK(faded < 120);
  now += 120s;
  CHECK(rate.within(60s, now) == 0);
}
