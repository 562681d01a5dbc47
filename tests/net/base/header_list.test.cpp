#include "net/base/header_list.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a header list gives its fields in the order they came", "[base]") {
  HeaderList headers;
  headers.add("x-text", "fine");
  headers.add("x-number", 42);
  const auto all = headers.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "x-text");
  CHECK(all[0].value == "fine");
  CHECK(all[1].name == "x-number");
  CHECK(all[1].value == "42");
}

TEST_CASE("a header that is set replaces the one of its name", "[base]") {
  HeaderList headers;
  headers.set("x-api-key", "first");
  headers.set("accept", "*/*");
  headers.set("X-Api-Key", "a longer one");
  const auto all = headers.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "x-api-key");
  CHECK(all[0].value == "a longer one");
  CHECK(all[1].value == "*/*");
}

TEST_CASE("values hold however many fields follow", "[base]") {
  HeaderList headers;
  for (int i = 0; i < 100; ++i) headers.add("x", std::string(50, 'v'));
  HeaderList moved = std::move(headers);
  const auto all = moved.all();
  REQUIRE(all.size() == 100);
  for (const auto& field : all) CHECK(field.value == std::string(50, 'v'));
}
