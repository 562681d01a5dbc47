#include "actors/config/built_in.hpp"
#include "tests/actors/config/surroundings.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <random>

using namespace gateway;

namespace {

/// A document of a few hundred bytes that has a bit of everything.
const std::string small_document =
  R"({"$schema":"é","providers":{"groq":{"api_key":"env:GROQ_API_KEY",
"limits":{"rpm":30,"windows":[{"unit":"tokens","limit":1e3,"window":"5h"}]},
  "quirks":{"clamp":{"temperature":[0,1.5]}},
"models":{"llama-3.3-70b-versatile":{"price":{"input":0.59,"output":0.79,"tiers":[{"above":9,
  "input":1,"output":2}]},"pools":["p"]}}}},
"pools":{"p":{"limits":{"rpd":1},"day":"utc"}},"routes":{"r":{"targets":[{"provider":"groq",
  "model":"llama-3.3-70b-versatile"}],"paid":{"usd_per_day":1}}},
"keys":{"k":{"hash":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "routes":["r"],"budget":{"usd":1}}},
"settings":{"log":{"days":3},"cluster":{"write_off_ms":null}}})";

} // namespace

TEST_CASE("a document cut off at any byte is told, never taken") {
  const KnownSurroundings known;
  REQUIRE(read_document(small_document, 1, known).document);
  for (std::size_t bytes = 0; bytes < small_document.size(); ++bytes) {
    const auto reading = read_document(small_document.substr(0, bytes), 1, known);
    INFO(bytes);
    CHECK(reading.document == nullptr);
    REQUIRE(reading.problems.size() == 1);
    CHECK(reading.problems[0].code == "invalid_json");
  }
}

TEST_CASE("a document with any byte changed is read or told, in every case without harm") {
  const KnownSurroundings known;
  std::mt19937 random(20261124);
  const std::string letters = "{}[]\",:0-9e.tfn\\u\n\x80\xff /~";
  std::size_t refused = 0;
  for (int i = 0; i < 1'000; ++i) {
    auto text = small_document;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      text[random() % text.size()] = letters[random() % letters.size()];
    const auto reading = read_document(text, 1, known);
    if (!reading.document) {
      ++refused;
      REQUIRE_FALSE(reading.problems.empty());
      CHECK(reading.problems.size() <= Problems::problems_max);
    }
  }
  CHECK(refused > 600);
}

TEST_CASE("every value of a document replaced by every kind of value is told or taken") {
  const KnownSurroundings known;
  const std::string kinds[]{"null", "true", "-1", "1e999999", "\"\"", "[]", "{}", "[{\"a\":[0]}]"};
  // Every value begins behind a ':', a '[' or a ','; what follows it becomes too much or fits.
  for (std::size_t i = 0; i < small_document.size(); ++i) {
    if (small_document[i] != ':') continue;
    const auto begin = i + 1;
    auto end = begin;
    int depth = 0;
    bool quoted = false;
    for (; end < small_document.size(); ++end) {
      const char c = small_document[end];
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth < 0 || (depth == 0 && c == ',')) break;
    }
    for (const auto& kind : kinds) {
      const auto reading = read_document(
        small_document.substr(0, begin) + kind + small_document.substr(end), 1, known);
      CHECK((reading.document != nullptr || !reading.problems.empty()));
    }
  }
}

TEST_CASE("hostile texts are refused in bounded time with bounded words") {
  std::string keys = "{\"keys\":{";
  for (int i = 0; i < 10'000; ++i)
    keys += "\"k" + std::to_string(i) + "\":{\"hash\":\"sha256:" + std::string(58, 'a')
      + std::to_string(100'000 + i) + "\",\"team\":\"t" + std::to_string(i) + "\"},";
  keys += "\"z\":{}},\"teams\":{";
  for (int i = 0; i < 7'000; ++i) keys += "\"u" + std::to_string(i) + "\":{},";
  keys += "\"z\":{}}}";
  std::string unknown = "{";
  for (int i = 0; i < 30'000; ++i) unknown += "\"" + std::to_string(i) + "\":0,";
  unknown += "\"z\":0}";
  const std::string texts[]{
    keys,
    unknown,
    "{\"keys\":" + std::string(100'000, '{'),
    "{\"settings\":{\"max_attempts\":" + std::string(4'000'000, '9') + "}}",
    "{\"settings\":{\"max_attempts\":1e" + std::string(1'000'000, '9') + "}}",
    "{\"providers\":{\"" + std::string(5'000'000, 'x') + "\":{}}}",
    "{\"providers\":{\"x\":{\"dialect\":\"" + std::string(5'000'000, 'x') + "\"}}}",
  };
  for (const auto& text : texts) {
    const auto began = std::chrono::steady_clock::now();
    const auto reading = read_document(text, 1, KnownSurroundings{});
    CHECK(reading.document == nullptr);
    CHECK(reading.problems.size() <= Problems::problems_max);
    CHECK(in_words(reading).size() < 400'000);
    // Generous: sanitizers and a busy machine are slow; quadratic work would take minutes.
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(60));
  }
}
