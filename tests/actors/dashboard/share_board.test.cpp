#include "actors/dashboard/share_board.hpp"

#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a window is told once, until somebody new looks or it changes", "[dashboard][pure]") {
  ShareBoard board;
  auto rpm = window("provider/groq", "rpm", 600);
  rpm.parts = {{"node-1", 600, 0, {}, true}};
  const auto told = [&] {
    const std::vector<const QuotaState*> windows{&rpm};
    return board.changes("groq", windows, noon).size();
  };
  CHECK(told() == 1);
  CHECK(told() == 0);
  rpm.parts[0].used = 1;
  CHECK(told() == 1);
  board.forget("groq");
  CHECK(told() == 1);
  board.forget_others({"groq", "gem"});
  CHECK(told() == 0);
  board.forget_others({"gem"});
  CHECK(told() == 1);
}

TEST_CASE("a share says whose window it is, and till when a lost book counts", "[dashboard]") {
  ShareBoard board;
  auto quota = window("pool/org", "tpm", 6'000);
  quota.pool = 50;
  quota.parts = {{"node-1", 4'000, 800, 29'700ms, true}, {"node-2", 1'950, 0, {}, true}};
  const std::vector<const QuotaState*> windows{&quota};
  const auto events = board.changes("groq", windows, noon);
  REQUIRE(events.size() == 1);
  auto expected = nlohmann::json::parse(R"({"provider":"groq","w":"tpm","model":null,
    "pool_name":"org","pool":50,"shares":[["node-1",4000,800,null],["node-2",1950,0,null]]})");
  expected["shares"][0][3] = milliseconds_since_epoch(noon + 30s);
  CHECK(nlohmann::json::parse(events[0]) == expected);
}
