#include "actors/api/route_pattern.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a pattern takes its paths and no others", "[api][route_pattern]") {
  struct Row {
    const char* pattern;
    const char* path;
    bool fits;
  };
  const auto row = GENERATE(
    Row{"/config", "/config", true},
    Row{"/config", "/config/", false},
    Row{"/requests/{id}", "/requests/req_1", true},
    Row{"/requests/{id}", "/requests/a%2Fb", true},
    Row{"/requests/{id}", "/requests/", false},
    Row{"/requests/{id}", "/requests", false},
    Row{"/requests/{id}", "/requests/a/b", false},
    Row{"/requests/{id}", "/replies/a", false},
    Row{"/providers/{id}/drain", "/providers/groq/drain", true},
    Row{"/providers/{id}/drain", "/providers/groq/undrain", false},
    Row{"/providers/{id}/drain", "/providers//drain", false},
    Row{"/models/*", "/models/groq/llama", true},
    Row{"/models/*", "/models", false});
  CAPTURE(row.pattern, row.path);
  CHECK(fits(row.pattern, row.path) == row.fits);
}

TEST_CASE("a path's parameter is what stands for the name, decoded", "[api][route_pattern]") {
  CHECK(parameter_in("/requests/{id}", "/requests/req_1") == "req_1");
  CHECK(parameter_in("/requests/{id}", "/requests/a%2fb%20c%") == "a/b c%");
  CHECK(parameter_in("/providers/{id}/drain", "/providers/groq/drain") == "groq");
  CHECK(parameter_in("/config", "/config").empty());
}

TEST_CASE("a path without names and stars is meant before a template", "[api][route_pattern]") {
  CHECK(is_plain("/requests/histogram"));
  CHECK_FALSE(is_plain("/requests/{id}"));
  CHECK_FALSE(is_plain("/models/*"));
}
