#include "actors/api/list_query.hpp"

#include <catch2/catch.hpp>

namespace gateway {
TEST_CASE("a count is from one to its most", "[api][history]") {
  REQUIRE(*read_count("", "limit", 100, 500) == 100);
  REQUIRE(*read_count("limit=1", "limit", 100, 500) == 1);
  REQUIRE(*read_count("limit=500", "limit", 100, 500) == 500);
  const auto odd = GENERATE("limit=0", "limit=501", "limit=-1", "limit=x", "limit=1x");
  CAPTURE(odd);
  const auto count = read_count(odd, "limit", 100, 500);
  REQUIRE_FALSE(count);
  REQUIRE(count.error().param == "limit");
}

TEST_CASE("a list's items stand between commas", "[api][history]") {
  using Items = std::vector<std::string>;
  REQUIRE(read_list("node=a,b", "node") == Items{"a", "b"});
  REQUIRE(read_list("node=a%2Cb,,", "node") == Items{"a", "b"});
  REQUIRE(read_list("other=a", "node").empty());
}

} // namespace gateway
