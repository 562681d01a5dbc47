#include "net/base/allowance.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("an allowance gives so many at once, then one in a while", "[base][allowance]") {
  Allowance allowance{3, 10s};
  Instant now{5h};
  REQUIRE(allowance.is_full(now));
  for (int i = 0; i < 3; ++i) {
    REQUIRE_FALSE(allowance.wait(now));
    allowance.take(now);
  }
  REQUIRE(allowance.wait(now) == Milliseconds{10'000});
  REQUIRE(allowance.wait(now + 4s) == Milliseconds{6'000});
  REQUIRE_FALSE(allowance.wait(now + 10s));
  allowance.take(now + 10s);
  REQUIRE(allowance.wait(now + 10s) == Milliseconds{10'000});
  REQUIRE_FALSE(allowance.is_full(now + 39s));
  REQUIRE(allowance.is_full(now + 40s));
}

TEST_CASE("what is taken beyond an allowance makes the wait longer", "[base][allowance]") {
  Allowance allowance{1, 1s};
  const Instant now{5h};
  for (int i = 0; i < 4; ++i) allowance.take(now);
  CHECK(allowance.wait(now) == Milliseconds{4'000});
}
