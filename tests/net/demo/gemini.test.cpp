#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

constexpr const char* generate_path = "/v1beta/models/demo-small:generateContent";
constexpr const char* stream = "/v1beta/models/demo-small:streamGenerateContent?alt=sse";

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

DemoSettings gemini() {
  DemoSettings settings;
  settings.dialect = "gemini";
  return settings;
}

} // namespace

TEST_CASE("gemini: content is generated whole", "[net][demo]") {
  const Stage stage{gemini()};
  const auto heard = stage.post(
    generate_path,
    R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},
        "contents":[{"role":"user","parts":[{"text":"echo: hi there"}]}]})");
  CHECK(heard.status == 200);
  const auto body = parsed(heard.body);
  CHECK(body["modelVersion"] == "demo-small");
  CHECK(body["candidates"][0]["content"]["parts"] == json::array({{{"text", "hi there"}}}));
  CHECK(body["candidates"][0]["finishReason"] == "STOP");
  CHECK(body["usageMetadata"]["promptTokenCount"] == 5);
  CHECK(body["usageMetadata"]["candidatesTokenCount"] == 2);
  CHECK(body["usageMetadata"]["totalTokenCount"] == 7);
}

TEST_CASE("gemini: content is streamed with usage that adds up", "[net][demo]") {
  const Stage stage{gemini()};
  const auto heard = stage.post(
    stream,
    R"({"contents":[{"role":"user","parts":[{"text":"echo: hi there"}]}],
        "generationConfig":{"maxOutputTokens":1}})");
  const auto events = heard.events();
  REQUIRE(events.size() == 2);
  CHECK(parsed(events[0])["candidates"][0]["content"]["parts"][0]["text"] == "hi");
  CHECK_FALSE(parsed(events[0])["candidates"][0].contains("finishReason"));
  CHECK(parsed(events[1])["candidates"][0]["finishReason"] == "MAX_TOKENS");
  CHECK(parsed(events[1])["usageMetadata"]["candidatesTokenCount"] == 1);
}

TEST_CASE("gemini: functions are called, and their signature wanted back", "[net][demo]") {
  const Stage stage{gemini()};
  const auto call = stage.post(
    generate_path,
    R"({"contents":[{"role":"user","parts":[{"text":"What?"}]}],
        "tools":[{"functionDeclarations":[{"name":"lookup","parametersJsonSchema":
          {"type":"object","properties":{"q":{"type":"string"}}}}]}],
        "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["lookup"]}}})");
  const auto part = parsed(call.body)["candidates"][0]["content"]["parts"][0];
  CHECK(part["functionCall"]["name"] == "lookup");
  CHECK(part["functionCall"]["args"] == json{{"q", "something"}});
  CHECK(part["thoughtSignature"].is_string());
  const auto replay = [&](const json& called) {
    return stage.post(
      generate_path,
      json{
        {"contents",
         {{{"role", "user"}, {"parts", {{{"text", "What?"}}}}},
          {{"role", "model"}, {"parts", json::array({called})}},
          {{"role", "user"},
           {"parts",
            {{{"functionResponse", {{"name", "lookup"}, {"response", {{"output", "blue"}}}}}}}}}}}}
        .dump());
  };
  const auto result = replay(part);
  CHECK(result.status == 200);
  CHECK(
    parsed(result.body)["candidates"][0]["content"]["parts"][0]["text"] == "The tool said: blue");
  auto unsigned_part = part;
  unsigned_part.erase("thoughtSignature");
  CHECK(replay(unsigned_part).status == 400);
}

TEST_CASE("gemini: a schema is satisfied and thoughts are shown if wished", "[net][demo]") {
  const Stage stage{gemini()};
  const auto heard = stage.post(
    generate_path,
    R"({"contents":[{"parts":[{"text":"A number."},
          {"inlineData":{"mimeType":"image/png","data":"iVBORw0K"}}]}],
        "generationConfig":{"responseMimeType":"application/json",
          "responseJsonSchema":{"type":"OBJECT","properties":{"n":{"type":"INTEGER"}}},
          "thinkingConfig":{"includeThoughts":true}}})");
  const auto parts = parsed(heard.body)["candidates"][0]["content"]["parts"];
  REQUIRE(parts.size() == 2);
  CHECK(parts[0]["thought"] == true);
  CHECK(parts[1]["text"] == R"({"n":1})");
  CHECK(parsed(heard.body)["usageMetadata"]["thoughtsTokenCount"] == 8);
}

TEST_CASE("gemini: embeddings come in batches", "[net][demo]") {
  const Stage stage{gemini()};
  const auto heard = stage.post(
    "/v1beta/models/demo-embed:batchEmbedContents",
    R"({"requests":[
        {"model":"models/demo-embed","content":{"parts":[{"text":"a"}]},"outputDimensionality":4},
        {"model":"models/demo-embed","content":{"parts":[{"text":"b"}]},"outputDimensionality":4}]})");
  const auto list = parsed(heard.body)["embeddings"];
  REQUIRE(list.size() == 2);
  CHECK(list[0]["values"].size() == 4);
  CHECK(list[0] != list[1]);
}

TEST_CASE("gemini: models are listed and tokens counted", "[net][demo]") {
  const Stage stage{gemini()};
  CHECK(
    parsed(stage.call("GET", "/v1beta/models").body)["models"][1]["name"] == "models/demo-large");
  const auto counted = stage.post(
    "/v1beta/models/demo-small:countTokens",
    R"({"contents":[{"role":"user","parts":[{"text":"one two three"}]}]})");
  CHECK(parsed(counted.body) == json{{"totalTokens", 3}});
}

TEST_CASE("gemini: requests at fault are refused", "[net][demo]") {
  struct Row {
    const char* when;
    const char* path;
    const char* body;
    int status;
    const char* name;
  };
  const auto row = GENERATE(
    Row{"broken", generate_path, "{", 400, "INVALID_ARGUMENT"},
    Row{"nothing said", generate_path, R"({"contents":[]})", 400, "INVALID_ARGUMENT"},
    Row{
      "a field of another dialect",
      generate_path,
      R"({"messages":[],"contents":[{"parts":[{"text":"a"}]}]})",
      400,
      "INVALID_ARGUMENT"},
    Row{
      "an odd role",
      generate_path,
      R"({"contents":[{"role":"assistant","parts":[{"text":"a"}]}]})",
      400,
      "INVALID_ARGUMENT"},
    Row{
      "a schema without JSON",
      generate_path,
      R"({"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"responseJsonSchema":{}}})",
      400,
      "INVALID_ARGUMENT"},
    Row{
      "a stream that is no event stream",
      "/v1beta/models/demo-small:streamGenerateContent",
      "{}",
      404,
      "NOT_FOUND"},
    Row{
      "unknown model",
      "/v1beta/models/gone:generateContent",
      R"({"contents":[{"parts":[{"text":"a"}]}]})",
      404,
      "NOT_FOUND"});
  CAPTURE(row.when);
  const Stage stage{gemini()};
  const auto heard = stage.post(row.path, row.body);
  CHECK(heard.status == row.status);
  CHECK(parsed(heard.body)["error"]["code"] == row.status);
  CHECK(parsed(heard.body)["error"]["status"] == row.name);
}

TEST_CASE(
  "gemini: a wrong key is a 400 with its reason, a limit a 429 with its delay", "[net][demo]") {
  auto settings = gemini();
  settings.key = "another-key";
  {
    const Stage locked{settings};
    const auto heard = locked.post(generate_path, "{}");
    CHECK(heard.status == 400);
    CHECK(parsed(heard.body)["error"]["details"][0]["reason"] == "API_KEY_INVALID");
  }
  settings.key.clear();
  DemoRule requests;
  requests.limit = 1;
  settings.rules = {requests};
  const Stage stage{settings};
  const auto body = R"({"contents":[{"parts":[{"text":"a"}]}]})";
  CHECK(stage.post(generate_path, body).status == 200);
  const auto over = stage.post(generate_path, body);
  CHECK(over.status == 429);
  CHECK(over.header("retry-after").empty());
  const auto details = parsed(over.body)["error"]["details"];
  CHECK(details[0]["violations"][0]["quotaId"] == "GenerateRequestsPerMinutePerProjectPerModel");
  const auto delay = details[1]["retryDelay"].get<std::string>();
  CHECK(delay.ends_with("s"));
  CHECK(std::stod(delay) > 59);
  CHECK(std::stod(delay) <= 60);
}
