#include "actors/api/time_range.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

const WallTime now{Milliseconds{1'000'000'000}};

std::optional<std::int64_t> ms(const std::optional<WallTime>& at) {
  return at ? std::optional{milliseconds_since_epoch(*at)} : std::nullopt;
}

} // namespace

TEST_CASE("a range is read from its ends, or from its length", "[api][time_range]") {
  struct Row {
    const char* query;
    std::optional<std::int64_t> from, to;
  };
  const auto row = GENERATE(
    Row{"", {}, {}},
    Row{"from=5", 5, {}},
    Row{"to=7", {}, 7},
    Row{"from=5&to=7", 5, 7},
    Row{"last=90s", 999'910'000, {}},
    Row{"last=15m", 999'100'000, {}},
    Row{"last=1h", 996'400'000, {}},
    Row{"last=2d", 827'200'000, {}},
    Row{"last=1s&to=5000", 4'000, 5'000});
  CAPTURE(row.query);
  const auto range = read_time_range(row.query, now);
  REQUIRE(range);
  CHECK(ms(range->from) == row.from);
  CHECK(ms(range->to) == row.to);
}

TEST_CASE("what is no range is refused by the name of its part", "[api][time_range]") {
  struct Row {
    const char* query;
    const char* param;
  };
  const auto row = GENERATE(
    Row{"from=x", "from"},
    Row{"to=-1", "to"},
    Row{"to=999999999999999", "to"},
    Row{"last=h", "last"},
    Row{"last=0h", "last"},
    Row{"last=1", "last"},
    Row{"last=1w", "last"},
    Row{"last=999999999d", "last"},
    Row{"last=1h&from=5", "last"},
    Row{"from=7&to=5", "to"});
  CAPTURE(row.query);
  const auto range = read_time_range(row.query, now);
  REQUIRE_FALSE(range);
  CHECK(range.error().kind == ErrorKind::invalid_value);
  CHECK(range.error().param == row.param);
}
