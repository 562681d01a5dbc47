#include "tests/net/dialects/header_pairs.hpp"
#include "tests/net/dialects/request_rows.hpp"

namespace gateway {
const Dialect& gemini_dialect();
}

using namespace gateway;

TEST_CASE("messages are written as Gemini's", "[dialects][gemini]") {
  check_written_rows(gemini_dialect(), "gemini/messages.json");
}

TEST_CASE("tools and formats are written as Gemini's", "[dialects][gemini]") {
  check_written_rows(gemini_dialect(), "gemini/tools.json");
}

TEST_CASE("parameters are written as Gemini's", "[dialects][gemini]") {
  check_written_rows(gemini_dialect(), "gemini/parameters.json");
}

TEST_CASE("what Gemini can't take is refused, or dropped where told so", "[dialects][gemini]") {
  check_refused_rows(gemini_dialect(), "gemini/refused.json");
}

TEST_CASE("a request to Gemini has the right path and head", "[dialects][gemini]") {
  struct Row {
    const char* when;
    std::string base_path;
    std::string model;
    bool stream;
    std::string path;
  };
  const auto row = GENERATE(values<Row>({
    {"as the SDK has it",
     "/v1beta",
     "gemini-3.8-flash",
     false,
     "/v1beta/models/gemini-3.8-flash:generateContent"},
    {"no version", "", "gemini-x", false, "/v1beta/models/gemini-x:generateContent"},
    {"another version", "/v1", "gemini-x", false, "/v1/models/gemini-x:generateContent"},
    {"a proxy's path",
     "/google/",
     "gemini-x",
     false,
     "/google/v1beta/models/gemini-x:generateContent"},
    {"a stream", "", "gemini-x", true, "/v1beta/models/gemini-x:streamGenerateContent?alt=sse"},
    {"the folder is named",
     "",
     "models/gemini-x",
     false,
     "/v1beta/models/gemini-x:generateContent"},
    {"another folder", "", "tunedModels/my-x", false, "/v1beta/tunedModels/my-x:generateContent"},
    {"odd letters", "", "a b?\r\n", false, "/v1beta/models/a%20b%3F%0D%0A:generateContent"},
  }));
  CAPTURE(row.when);
  const Secret key{"k"};
  Target target;
  target.base_path = row.base_path;
  target.upstream_model = row.model;
  target.api_key = &key;
  auto request = request_of(Fixture::object());
  request.stream = row.stream;
  const auto outgoing = gemini_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(outgoing->path == row.path);
  CHECK(
    header_pairs(outgoing->headers)
    == std::vector<std::pair<std::string, std::string>>{
      {"content-type", "application/json"}, {"x-goog-api-key", "k"}});
}

TEST_CASE("quirks change what is sent to Gemini", "[dialects][gemini]") {
  Quirks quirks;
  quirks.drop = {"temperature"};
  quirks.extra_body = {{"safetySettings", "[]"}};
  Target target;
  target.upstream_model = "gemini-3.8-flash";
  target.quirks = &quirks;
  target.max_output = 100;
  auto request = request_of(Fixture::object());
  request.temperature = 1;
  request.max_tokens = 101;
  const auto outgoing = gemini_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}],)"
       R"("generationConfig":{"maxOutputTokens":100},"safetySettings":[]})");
  CHECK(outgoing->dropped == std::vector<std::string>{"max_tokens", "temperature"});
}
