#include "persistence/usage_totals.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;

UsageCounters sum_of(const UsageTotals& totals) {
  UsageCounters sum;
  for (const auto& [span, slice] : totals.slices())
    for (const auto& cell : slice->cells) sum += cell.counters;
  return sum;
}

/// What the slice that has this second has, however long it is.
std::int64_t busy_in(const UsageTotals& totals, WallTime second) {
  std::int64_t busy = 0;
  for (const auto& [span, slice] : totals.slices())
    for (const auto& cell : slice->cells)
      if (span.start <= second && second < span.end()) busy += cell.counters.busy_us;
  return busy;
}

} // namespace

TEST_CASE("the time a request took counts where it was spent", "[persistence][totals]") {
  UsageTotals totals;
  auto record = sample_record(1, at(1));
  record.latency_us = 3'700'000;
  totals.add(record, at(10, 0, 5) + Milliseconds{300});
  CHECK(busy_in(totals, at(10, 0, 5)) == 300'000);
  CHECK(busy_in(totals, at(10, 0, 4)) == 1'000'000);
  CHECK(busy_in(totals, at(10, 0, 3)) == 1'000'000);
  CHECK(busy_in(totals, at(10, 0, 2)) == 1'000'000);
  CHECK(busy_in(totals, at(10, 0, 1)) == 400'000);
  CHECK(sum_of(totals).busy_us == record.latency_us);
  CHECK(sum_of(totals).requests == 1);

  SECTION("a long one's beginning stands in tens of seconds, where nobody asks for seconds") {
    UsageTotals other;
    record.latency_us = 600'000'000;
    other.add(record, at(10));
    CHECK(busy_in(other, at(9, 59, 59)) == 1'000'000);
    CHECK(busy_in(other, at(9, 54, 30)) == 1'000'000);
    CHECK(busy_in(other, at(9, 54, 29)) == 10'000'000);
    CHECK(busy_in(other, at(9, 50)) == 10'000'000);
    CHECK(busy_in(other, at(9, 49, 59)) == 0);
    CHECK(sum_of(other).busy_us == record.latency_us);
  }
  SECTION("a very long one's beginning counts where its last hour begins") {
    UsageTotals other;
    record.latency_us = 7'200'000'000;
    other.add(record, at(10));
    CHECK(busy_in(other, at(9)) == 3'610'000'000);
    CHECK(busy_in(other, at(8, 59, 59)) == 0);
    CHECK(sum_of(other).busy_us == record.latency_us);
  }
}

} // namespace gateway
