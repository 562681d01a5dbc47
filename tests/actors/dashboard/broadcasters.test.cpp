#include "actors/dashboard/broadcasters.hpp"

#include "tests/actors/dashboard/view_cluster.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// The broadcasters of gw-1, which has heard of gw-2, on a clock that the test moves.
class House {
public:
  Broadcasters::Moment now() const { return {Instant{} + 1h + passed, noon + passed}; }
  static StreamTopics topics_of(std::vector<std::string> nodes, const std::string& topics = "") {
    auto all = *read_topics(topics);
    all.nodes = ViewScope{nodes};
    return all;
  }
  Broadcaster::Opened open(const StreamTopics& topics, std::optional<std::uint64_t> before = {}) {
    notices.clear();
    return all.open(topics, before, now(), notices);
  }
  void turn() { notices = all.turn(now()); }
  const LiveNotice* notice(std::vector<std::string> nodes) const {
    for (const auto& notice : notices)
      if (notice.scope == ViewScope{nodes}) return &notice;
    return nullptr;
  }
  /// So many requests ended here.
  void count(int requests) {
    EndedRequests ended;
    auto record = record_of("groq", "llama", Outcome::failover);
    for (int i = 0; i < requests; ++i) ended.add(RequestRecord{record}, RowsWanted::failovers);
    all.ended(ended, now());
  }

private:
  int epochs_ = 0;

public:
  Milliseconds passed{0};
  std::vector<LiveNotice> notices;
  Broadcasters all{heard_view(), [this] { return std::to_string(++epochs_); }};

private:
  static LiveView heard_view() {
    Cluster nodes;
    nodes.ask_all("gw-1");
    return std::move(nodes["gw-1"]);
  }
};

std::int64_t requests_told(const LiveNotice* notice) {
  if (notice == nullptr) return 0;
  std::int64_t sum = 0;
  for (const auto& event : notice->events)
    if (event->tick) sum += event->tick->totals[0];
  return sum;
}

bool has_event(const LiveNotice& notice, LiveEvent::Kind kind) {
  return std::ranges::any_of(notice.events, [&](const auto& event) { return event->kind == kind; });
}

} // namespace

TEST_CASE("what is told of some nodes is written once for all who listen to them", "[dashboard]") {
  House house;
  const auto whole = house.open(House::topics_of({}));
  const auto first = house.open(House::topics_of({"gw-2", "gw-1"}));
  const auto second = house.open(House::topics_of({"gw-1", "gw-2"}));
  const auto other = house.open(House::topics_of({"gw-2"}));
  CHECK(first.snapshot == second.snapshot);
  CHECK(first.epoch == second.epoch);
  CHECK(other.epoch != first.epoch);
  CHECK(whole.snapshot != first.snapshot);
  house.count(3);
  house.turn();
  CHECK(house.notices.size() == 2); // gw-2 did nothing
  CHECK(requests_told(house.notice({})) == 3);
  CHECK(requests_told(house.notice({"gw-1", "gw-2"})) == 3);
  CHECK_FALSE(house.notice({"gw-2"}));
}

TEST_CASE("requests one by one are this node's alone", "[dashboard]") {
  House house;
  CHECK(house.all.rows_wanted(house.now().at) == RowsWanted::none);
  house.open(House::topics_of({"gw-2"}, "failover,request"));
  CHECK(house.all.rows_wanted(house.now().at) == RowsWanted::none);
  house.open(House::topics_of({"gw-1"}, "failover"));
  CHECK(house.all.rows_wanted(house.now().at) == RowsWanted::failovers);
  house.count(2);
  house.turn();
  REQUIRE(house.notice({"gw-1"}));
  CHECK(has_event(*house.notice({"gw-1"}), LiveEvent::Kind::failover));
  CHECK_FALSE(house.notice({"gw-2"}));
}

TEST_CASE("a version is told to who listens to whatever node", "[dashboard]") {
  House house;
  house.open(House::topics_of({}));
  house.open(House::topics_of({"gw-2"}));
  house.all.in_force({7, 1'000, "ops", "ui", "", {}});
  house.turn();
  for (const auto& scope : {std::vector<std::string>{}, {"gw-2"}}) {
    REQUIRE(house.notice(scope));
    CHECK(has_event(*house.notice(scope), LiveEvent::Kind::config));
  }
}

TEST_CASE("so many scopes are listened to; who has left makes place", "[dashboard]") {
  House house;
  const auto scope = [](std::size_t i) {
    return House::topics_of({"gw-" + std::to_string(10 + i)});
  };
  std::string first;
  for (std::size_t i = 0; i < Broadcasters::scopes_max; ++i) {
    const auto opened = house.open(scope(i));
    CHECK_FALSE(opened.refused);
    if (i == 0) first = opened.epoch;
  }
  CHECK(house.open(scope(16)).refused == Broadcaster::Refusal::scopes);
  CHECK_FALSE(house.open(scope(3)).refused);
  CHECK_FALSE(house.open(House::topics_of({})).refused);
  house.all.close(scope(0), house.now());
  CHECK_FALSE(house.open(scope(16)).refused);
  REQUIRE(house.notice({"gw-10"}));
  CHECK(house.notice({"gw-10"})->is_last);
  CHECK(house.notice({"gw-10"})->epoch == first);
  CHECK(house.open(scope(0)).refused == Broadcaster::Refusal::scopes);
}

TEST_CASE("a scope that nobody comes back to ends, and begins anew with another", "[dashboard]") {
  House house;
  const auto topics = House::topics_of({"gw-2"});
  const auto first = house.open(topics);
  house.all.close(topics, house.now());
  house.passed += 29s;
  house.turn();
  CHECK(house.open(topics, first.position).snapshot == nullptr); // it goes on
  house.all.close(topics, house.now());
  house.passed += 31s;
  house.turn();
  REQUIRE(house.notice({"gw-2"}));
  CHECK(house.notice({"gw-2"})->is_last);
  CHECK_FALSE(house.all.anybody(house.now().at));
  const auto again = house.open(topics, first.position);
  CHECK(again.epoch != first.epoch);
  CHECK(again.snapshot != nullptr);
}
