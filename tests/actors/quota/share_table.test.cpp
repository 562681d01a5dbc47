#include "actors/quota/share_table.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

QuotaSpec limit(std::string name, std::int64_t limit) {
  QuotaSpec spec;
  spec.owner = "provider/groq";
  spec.name = std::move(name);
  spec.limit = limit;
  spec.window = 60s;
  return spec;
}

ShareTable table() {
  auto again = limit("rpm", 100);
  again.incarnation = 2;
  again.share = QuotaShare{9, 30, {0, 4}, 5, 8};
  auto lower = limit("tpm", 5'000);
  lower.share = QuotaShare{3, 0};
  return ShareTable{{{11, again}, {12, lower}}};
}

} // namespace

TEST_CASE("a quota of the document is the one of the record, with this part", "[quota][share]") {
  std::vector specs{limit("rpm", 100)};
  table().enter(specs);
  CHECK(specs[0].share == QuotaShare{9, 30, {0, 4}, 5, 8});
  CHECK(specs[0].incarnation == 2);
  CHECK(table().row_of(key_of(specs[0]))->number == 11);
  CHECK(key_of(table().row_of_number(11)->spec) == key_of(specs[0]));
}

TEST_CASE("nothing lies here of a quota that the record does not have yet", "[quota][share]") {
  std::vector specs{limit("rpd", 100)};
  table().enter(specs);
  CHECK(specs[0].share == QuotaShare{});
  CHECK(table().row_of(key_of(specs[0])) == nullptr);
}

TEST_CASE("the lower of two readings of a limit holds", "[quota][share]") {
  std::vector specs{limit("rpm", 70), limit("tpm", 9'000)};
  table().enter(specs);
  CHECK(specs[0].limit == 70);
  CHECK(specs[1].limit == 5'000);
}

TEST_CASE(
  "what a quota took the place of is there as long as the record has it", "[quota][share]") {
  auto removed = limit("rpm", 100);
  removed.share = QuotaShare{3, 30, {}, 0, 0, 3, 7};
  auto placed = limit("rpm/1h", 900);
  placed.share = QuotaShare{7, 0, {}, 0, 0, 7};
  auto older = limit("rpd", 5'000);
  older.share = QuotaShare{3, 0, {}, 0, 0, 3};
  const ShareTable shares{{{11, removed}, {12, placed}, {13, older}}};
  std::vector specs{limit("rpd", 5'000), limit("rpm/1h", 900)};
  shares.enter(specs);
  REQUIRE(specs.size() == 3);
  CHECK(specs[2] == removed);
  CHECK(takes_place_of(specs[1], specs[2]));
  CHECK_FALSE(takes_place_of(specs[0], specs[2])); // it was there before

  // Nothing took its place: whoever removes a limit is rid of it.
  specs = {limit("rpd", 5'000)};
  shares.enter(specs);
  CHECK(specs.size() == 1);
  // A document that is older than the record has it yet.
  specs = {limit("rpm", 100), limit("rpm/1h", 900)};
  shares.enter(specs);
  REQUIRE(specs.size() == 2);
  CHECK_FALSE(specs[0].share->removed_in);
  // Another unit's limit is another limit.
  placed.unit = QuotaUnit::tokens;
  CHECK_FALSE(takes_place_of(placed, removed));
}
