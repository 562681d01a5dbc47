#include "actors/provider/speed.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("speed is unknown before the first answer", "[provider][speed]") {
  const Speed speed;
  CHECK_FALSE(speed.first_token_us());
  CHECK_FALSE(speed.first_token_us_p95());
  CHECK_FALSE(speed.tokens_per_second());
}

TEST_CASE("speed is the median, within a bucket", "[provider][speed]") {
  Speed speed;
  for (int i = 0; i < 99; ++i) speed.add(200ms, 100, 2s);
  speed.add(9s, 100, 100s);
  CHECK(*speed.first_token_us() >= 200'000);
  CHECK(*speed.first_token_us() <= 212'000);
  CHECK(*speed.first_token_us_p95() <= 212'000);
  CHECK(*speed.tokens_per_second() >= 50);
  CHECK(*speed.tokens_per_second() <= 53);
}

TEST_CASE("old samples fade", "[provider][speed]") {
  Speed speed;
  for (int i = 0; i < 300; ++i) speed.add(1s, 10, 1s);
  for (int i = 0; i < 300; ++i) speed.add(100ms, 100, 1s);
  CHECK(*speed.first_token_us() <= 106'000);
  CHECK(*speed.tokens_per_second() >= 100);
}

TEST_CASE("what is too short to be measured is left out", "[provider][speed]") {
  Speed speed;
  speed.add(0ms, 1, 0ms);
  speed.add(150ms, 5, 1ms);
  speed.add(150ms, 1, 1s);
  CHECK(speed.first_token_us());
  CHECK_FALSE(speed.tokens_per_second());
}
