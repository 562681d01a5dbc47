#include "actors/quota/pool_limits.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a stop that is no provider has the limits the document gives it", "[quota]") {
  Document document;
  const LimitConfig rpm{"rpm", LimitUnit::requests, 7, 60s, WindowKind::sliding};
  document.pools["shared"].limits = {rpm};
  document.pools["shared"].count_delay = 250ms;
  document.keys["web"].limits = {rpm};
  document.teams["product"].limits = {rpm, rpm};

  const auto pool = limits_of(document, "pool/shared");
  REQUIRE(pool.size() == 1);
  CHECK(pool[0].owner == "pool/shared");
  CHECK(pool[0].limit == 7);
  CHECK(pool[0].count_delay == 250ms);

  // Nobody else counts a key's requests: it counts them when they are admitted here.
  const auto key = limits_of(document, "key/web");
  REQUIRE(key.size() == 1);
  CHECK(key[0].count_delay == 0ms);
  CHECK(limits_of(document, "team/product").size() == 2);
  CHECK(key[0].day == "rolling");
  document.keys["web"].day = "utc";
  CHECK(limits_of(document, "key/web")[0].day == "utc");
}

TEST_CASE("a stop the document does not have any more has no limits", "[quota]") {
  const Document document;
  CHECK(limits_of(document, "pool/gone").empty());
  CHECK(limits_of(document, "key/gone").empty());
  CHECK(limits_of(document, "team/gone").empty());
}
