#include "actors/cluster/departure.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a node has left when the log says so, or the others", "[cluster][departure]") {
  ClusterRecord record;
  for (const auto* name : {"a", "b"})
    REQUIRE(record.apply(MemberJoined{name, std::string{"id of "} + name, ""}));
  Departure departure;
  CHECK_FALSE(departure.is_over(record, 1));
  departure.begin(Instant{1s});
  CHECK(departure.is_under_way());
  CHECK_FALSE(departure.is_over(record, 1));
  SECTION("by the log") {
    REQUIRE(record.apply(MembersGone{{1}, {}, 0, false, 2}));
    CHECK(departure.is_over(record, 1));
    CHECK_FALSE(departure.is_over(record, 0));
  }
  SECTION("by the others, who took it out of the log") {
    departure.hear_of_removal();
    CHECK(departure.is_over(record, 1));
  }
}

TEST_CASE("who leaves before it knows that it is a member waits for that", "[cluster][departure]") {
  Departure departure;
  CHECK_FALSE(departure.is_in_vain(std::nullopt, Instant{9s}));
  departure.begin(Instant{10s});
  CHECK_FALSE(departure.is_in_vain(std::nullopt, Instant{12s}));
  CHECK_FALSE(departure.is_in_vain(4, Instant{20s}));
  CHECK(departure.is_in_vain(std::nullopt, Instant{13s}));
}
