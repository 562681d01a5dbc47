#include "actors/dashboard/share_board.hpp"

#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a window is told once, until somebody new looks or it changes", "[dashboard][pure]") {
  ShareBoard board;
  auto rpm = window("provider/groq", "rpm", 600);
  const auto told = [&] {
    const std::vector<const QuotaState*> windows{&rpm};
    return board.changes("groq", windows, "node-1", noon).size();
  };
  CHECK(told() == 1);
  CHECK(told() == 0);
  rpm.cooling = 1;
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
  quota.cooling = 900;
  quota.external = 100;
  quota.recovering = 29'700ms;
  const std::vector<const QuotaState*> windows{&quota};
  const auto events = board.changes("groq", windows, "node-1", noon);
  REQUIRE(events.size() == 1);
  auto expected = nlohmann::json::parse(R"({"provider":"groq","w":"tpm","model":null,
    "pool_name":"org","pool":0,"shares":[["node-1",6000,800,null]]})");
  expected["shares"][0][3] = milliseconds_since_epoch(noon + 30s);
  CHECK(nlohmann::json::parse(events[0]) == expected);
}
