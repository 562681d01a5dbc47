#include "persistence/coverage.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

namespace gateway {
namespace {

const Day day = day_of(testing::at(0));
const JournalFile first{day, 0};
const JournalFile second{day, 1};
const JournalFile third{day, 2};
using Ranges = Coverage::Ranges;

} // namespace

TEST_CASE("ranges that touch or overlap become one", "[persistence][coverage]") {
  Coverage coverage;
  coverage.add({first, 10, 20});
  coverage.add({first, 40, 50});
  coverage.add({first, 20, 30});
  REQUIRE(coverage.ranges(first) == Ranges{{10, 30}, {40, 50}});
  coverage.add({first, 25, 45});
  REQUIRE(coverage.ranges(first) == Ranges{{10, 50}});
  coverage.add({first, 5, 5});
  REQUIRE(coverage.ranges(first) == Ranges{{10, 50}});
  REQUIRE(coverage.gaps(first, 60) == Ranges{{0, 10}, {50, 60}});
  REQUIRE(coverage.gaps(first, 40) == Ranges{{0, 10}});
  REQUIRE(coverage.gaps(second, 7) == Ranges{{0, 7}});
  REQUIRE(coverage.gaps(second, 0) == Ranges{});
}

TEST_CASE("batches in any order cover what a set of bytes would", "[persistence][coverage]") {
  std::mt19937 random{7};
  std::uniform_int_distribution<std::uint64_t> byte{0, 60};
  for (int round = 0; round < 300; ++round) {
    Coverage coverage;
    std::set<std::uint64_t> bytes;
    for (int i = 0; i < 12; ++i) {
      const auto begin = byte(random);
      const auto end = begin + byte(random) % 8;
      coverage.add({first, begin, end});
      for (auto at = begin; at < end; ++at) bytes.insert(at);
    }
    std::set<std::uint64_t> covered;
    std::uint64_t before = 0;
    for (const auto& range : coverage.ranges(first)) {
      REQUIRE(range.begin < range.end);
      REQUIRE((covered.empty() || range.begin > before));
      before = range.end;
      for (auto at = range.begin; at < range.end; ++at) covered.insert(at);
    }
    REQUIRE(covered == bytes);
  }
}

TEST_CASE("a tail that was copied is covered where it stands now", "[persistence][coverage]") {
  Coverage coverage;
  coverage.add({first, 0, 30});
  coverage.add({first, 40, 60});
  coverage.move_tail(first, 20, second, 100);
  REQUIRE(coverage.ranges(first) == Ranges{{0, 20}});
  REQUIRE(coverage.ranges(second) == Ranges{{100, 110}, {120, 140}});
  coverage.move_tail(second, 0, third, 5);
  REQUIRE(coverage.ranges(second) == Ranges{});
  REQUIRE(coverage.ranges(third) == Ranges{{105, 115}, {125, 145}});
}

TEST_CASE("what is gone is not covered", "[persistence][coverage]") {
  Coverage coverage;
  coverage.add({first, 0, 30});
  coverage.add({first, 40, 60});
  coverage.add({{day + std::chrono::days{1}, 0}, 0, 5});
  coverage.clip(first, 50);
  REQUIRE(coverage.ranges(first) == Ranges{{0, 30}, {40, 50}});
  coverage.clip(first, 35);
  REQUIRE(coverage.ranges(first) == Ranges{{0, 30}});
  coverage.forget_before(day + std::chrono::days{1});
  REQUIRE(coverage.files().size() == 1);
}

} // namespace gateway
