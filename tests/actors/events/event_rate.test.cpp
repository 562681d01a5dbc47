#include "actors/events/event_rate.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("events come in a burst, then one in a while, and the rest is counted", "[events]") {
  EventRate rate;
  Instant now{std::chrono::hours{5}};
  for (std::int64_t i = 0; i < EventRate::at_once; ++i) REQUIRE(rate.take(now));
  REQUIRE_FALSE(rate.take(now));
  now += EventRate::one_in - Nanoseconds{1};
  REQUIRE_FALSE(rate.take(now));
  CHECK(rate.take_left_out() == 2);
  CHECK(rate.take_left_out() == 0);
  now += Nanoseconds{1};
  CHECK(rate.take(now));
  CHECK_FALSE(rate.take(now));
  now += EventRate::at_once * EventRate::one_in;
  for (std::int64_t i = 0; i < EventRate::at_once; ++i) REQUIRE(rate.take(now));
  CHECK_FALSE(rate.take(now));
}
