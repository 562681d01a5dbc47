#include "actors/config/nearest.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace gateway;

TEST_CASE("the distance of two names is the number of edits between them") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("limits", "limts") == 1);
  CHECK(edit_distance("rpm", "rmp") == 1); // neighbours swapped
  CHECK(edit_distance("GROQ", "groq") == 0);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the name that was probably meant is found, another word is not") {
  const std::vector<std::string> known{"providers", "pools", "routes", "keys"};
  CHECK(nearest_name("provider", known) == "providers");
  CHECK(nearest_name("rotues", known) == "routes");
  CHECK(nearest_name("Keys", known) == "keys");
  CHECK(nearest_name("prov", known) == "providers");
  CHECK(nearest_name("budget", known) == std::nullopt);
  CHECK(nearest_name("x", {}) == std::nullopt);
  CHECK(nearest_name(std::string(100'000, 'p'), known) == std::nullopt);
  CHECK(did_you_mean("rout", known) == ", did you mean \"routes\"?");
  CHECK(did_you_mean("budget", known).empty());
}
