#include "actors/cluster/share_plan.hpp"

#include "actors/cluster/water_filling.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

Sharer sharer(std::int64_t hold, std::int64_t want, std::int64_t demand) {
  Sharer made;
  made.hold = hold;
  made.want = want;
  made.demand = demand;
  return made;
}

} // namespace

TEST_CASE("what there is goes evenly to who asks for it", "[cluster][plan]") {
  using Amounts = std::vector<std::int64_t>;
  CHECK(fill_evenly(Amounts{}, 10, 50).empty());
  CHECK(fill_evenly(Amounts{100, 100, 100}, 90, 50) == Amounts{30, 30, 30});
  CHECK(fill_evenly(Amounts{10, 100, 100}, 90, 50) == Amounts{10, 40, 40});
  CHECK(fill_evenly(Amounts{100, 0, 5}, 90, 50) == Amounts{85, 0, 5});
  CHECK(fill_evenly(Amounts{5, 0}, -3, 50) == Amounts{0, 0});
  // Half of what nobody asks for is spread ahead of demand.
  CHECK(fill_evenly(Amounts{10, 20}, 230, 50) == Amounts{60, 70});
}

TEST_CASE("whoever lacks most of its share is given first", "[cluster][plan]") {
  std::vector<Sharer> sharers{sharer(40, 30, 60), sharer(0, 30, 60), sharer(20, 0, 0)};
  plan_shares(sharers, 40, {100, 1, false, true}, Instant{});
  CHECK(sharers[1].grant == 40);
  CHECK(sharers[0].grant == 0);
  CHECK(sharers[1].hold == 40);
}

TEST_CASE("of a small limit whole calls are given to who waits longest", "[cluster][plan]") {
  std::vector<Sharer> sharers{sharer(0, 3, 9), sharer(0, 1, 9), sharer(0, 2, 9)};
  sharers[0].needs = {1, 1, 1};
  sharers[0].waiting_since = Instant{3s};
  sharers[1].needs = {1};
  sharers[1].waiting_since = Instant{1s};
  sharers[2].needs = {2};
  sharers[2].waiting_since = Instant{2s};
  const SharePlanRules rules{5, 1, true, true};
  plan_shares(sharers, 2, rules, Instant{9s});
  CHECK(sharers[1].grant == 1);
  // The next in turn costs two: nobody overtakes it, or it would wait for ever.
  CHECK(sharers[0].grant == 0);
  CHECK(sharers[2].grant == 0);
  for (auto& one : sharers) one.grant = 0;
  plan_shares(sharers, 5, rules, Instant{10s});
  CHECK(sharers[2].grant == 2);
  CHECK(sharers[0].grant == 3);
  CHECK(sharers[0].want == 0);
  CHECK(sharers[0].needs.empty());
}

TEST_CASE("to whom a limit is not small gets its turn as well", "[cluster][plan]") {
  // Its own calls are cheap, so it counted more of them, and says only how much it waits for.
  std::vector<Sharer> sharers{sharer(0, 48, 60), sharer(0, 45, 60)};
  sharers[0].needs = {24, 24};
  sharers[0].waiting_since = Instant{1s};
  sharers[1].waiting_since = Instant{2s};
  plan_shares(sharers, 72, {288, 24, true, true}, Instant{9s});
  CHECK(sharers[0].grant == 48);
  CHECK(sharers[1].grant == 24);
  for (auto& one : sharers) one.grant = 0;
  plan_shares(sharers, 30, {288, 24, true, true}, Instant{10s});
  CHECK(sharers[1].grant == 21);
  CHECK(sharers[1].want == 0);
}

TEST_CASE("what nobody waits for is handed out ahead, but not in crumbs", "[cluster][plan]") {
  std::vector<Sharer> sharers{sharer(30, 0, 30), sharer(0, 0, 20)};
  plan_shares(sharers, 70, {100, 1, false, true}, Instant{});
  CHECK(sharers[1].grant == sharers[1].target);
  CHECK(sharers[1].grant > 20);
  std::vector<Sharer> content{sharer(50, 0, 1), sharer(49, 0, 1)};
  plan_shares(content, 1, {100, 1, false, true}, Instant{});
  CHECK(content[0].grant + content[1].grant == 0);
  std::vector<Sharer> small{sharer(0, 0, 5)};
  plan_shares(small, 5, {5, 1, true, true}, Instant{});
  CHECK(small[0].grant == 0);
}

TEST_CASE("a limit is small by the calls it is good for on each node", "[cluster][plan]") {
  CHECK(is_small_limit(3, 1, 5));
  CHECK(is_small_limit(19, 1, 5));
  CHECK_FALSE(is_small_limit(20, 1, 5));
  CHECK(is_small_limit(100'000, 8'000, 5));
  CHECK_FALSE(is_small_limit(1'000'000, 8'000, 5));
  CHECK(is_small_limit(3, 0, 1));
}

TEST_CASE("debts are paid before anybody is given anything", "[cluster][plan]") {
  std::vector<Sharer> sharers{sharer(0, 50, 60), sharer(-20, 30, 0)};
  sharers[1].owed = 30;
  plan_shares(sharers, 25, {40, 1, false, true}, Instant{});
  CHECK(sharers[0].grant == 0);
  CHECK(sharers[1].grant == 25);
  CHECK(sharers[1].owed == 5);
  CHECK(sharers[1].want == 5);
  plan_shares(sharers, 15, {40, 1, false, true}, Instant{});
  CHECK(sharers[1].owed == 0);
  CHECK(sharers[0].grant == 10);
}
