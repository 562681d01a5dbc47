#include "net/base/money.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace gateway;

TEST_CASE("nano-dollars are told in dollars without a rounding", "[base][money]") {
  struct Row {
    std::int64_t count;
    const char* text;
  };
  const auto row = GENERATE(
    Row{0, "0"},
    Row{1, "0.000000001"},
    Row{146'000, "0.000146"},
    Row{1'000'000'000, "1"},
    Row{12'340'000'000, "12.34"},
    Row{-1, "-0.000000001"},
    Row{-2'500'000'000, "-2.5"},
    Row{std::numeric_limits<std::int64_t>::max(), "9223372036.854775807"},
    Row{std::numeric_limits<std::int64_t>::min(), "-9223372036.854775808"});
  CAPTURE(row.count);
  CHECK(to_usd_text({row.count}) == row.text);
}
