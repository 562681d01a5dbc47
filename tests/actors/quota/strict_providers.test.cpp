#include "tests/actors/quota/strict_providers.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("the strict providers see what is over", "[quota][test]") {
  struct Row {
    const char* when;
    std::vector<Count> log;
    std::int64_t fixed, sliding, bucket;
  };
  const auto row = GENERATE(
    Row{"nothing was sent", {}, 0, 0, 0},
    Row{"the limit at once", {{1s, 3}}, 0, 0, 0},
    Row{"one more than the limit at once", {{1s, 3}, {1s, 1}}, 1, 1, 1},
    Row{"the limit twice, a window apart", {{1s, 3}, {61s, 3}}, 0, 0, 0},
    Row{"the limit twice, hardly less than a window apart", {{1s, 3}, {60'999ms, 3}}, 3, 3, 3},
    Row{"a full burst and then at the rate", {{1s, 3}, {21s, 1}, {41s, 1}}, 2, 2, 0},
    Row{"evenly at the rate", {{1s, 1}, {21s, 1}, {41s, 1}, {61s, 1}, {81s, 1}}, 0, 0, 0});
  CAPTURE(row.when);
  CHECK(over_at_fixed(row.log, 3, 60s) == row.fixed);
  CHECK(over_at_sliding(row.log, 3, 60s) == row.sliding);
  CHECK(over_at_bucket(row.log, 3, 60s) == row.bucket);
}

TEST_CASE("a strict provider of places sees who is one too many", "[quota][test]") {
  CHECK(over_at_places({}, 2) == 0);
  CHECK(over_at_places({{1s, 1}, {2s, 1}, {3s, -1}, {4s, 1}}, 2) == 0);
  CHECK(over_at_places({{1s, 1}, {2s, 1}, {3s, 1}, {4s, -1}}, 2) == 1);
  // Who leaves at the very moment makes room.
  CHECK(over_at_places({{1s, 1}, {2s, 1}, {2s, -1}}, 1) == 0);
  CHECK(over_at_places({{1s, 1}, {2s, 1}, {2s, 1}, {2s, -1}}, 1) == 1);
}

TEST_CASE("a strict provider's count begins anew at a reset only", "[quota][test]") {
  const std::vector<Nanoseconds> resets{10s, 20s};
  CHECK(over_at_resets({{1s, 3}, {10s, 3}, {25s, 3}}, 3, resets) == 0);
  CHECK(over_at_resets({{1s, 2}, {9s, 2}, {21s, 3}, {90s, 1}}, 3, resets) == 2);
}
