#include "actors/config/effective.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr auto demo =
  R"({"providers":{"demo":{"dialect":"openai","base_url":"http://127.0.0.1:1/v1","api_key":"k",
      "models":{"m":{"price":{"input":1,"output":1}}}}}})";

} // namespace

TEST_CASE("a node's own additions are part of every version it runs", "[config]") {
  const auto reading = read_effective(R"({"settings":{"max_attempts":2}})", demo, 7);
  REQUIRE(reading.document);
  CHECK(reading.document->version == 7);
  CHECK(reading.document->settings.max_attempts == 2);
  CHECK(reading.document->providers.contains("demo"));
}

TEST_CASE("a bad document stays bad whatever is added to it", "[config]") {
  const auto reading = read_effective(R"({"settings":{"max_attemps":2}})", demo, 7);
  CHECK_FALSE(reading.document);
  REQUIRE(reading.problems.size() == 1);
  CHECK(reading.problems[0].pointer == "/settings/max_attemps");
}

TEST_CASE("without additions the document is read as it is", "[config]") {
  const auto reading = read_effective("{}", "", 1);
  REQUIRE(reading.document);
  CHECK(reading.document->providers.empty());
}
