#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

DemoSettings cohere() {
  DemoSettings settings;
  settings.dialect = "cohere";
  return settings;
}

/// A chat request: a user's words, and what else it says.
std::string asks(const char* words, json more = json::object()) {
  more["model"] = "demo-small";
  if (!more.contains("messages"))
    more["messages"] = json::array({{{"role", "user"}, {"content", words}}});
  return more.dump();
}

const json tool = json::parse(R"({"type":"function","function":{"name":"lookup","parameters":
  {"type":"object","properties":{"q":{"type":"string"}},"required":["q"]}}})");

} // namespace

TEST_CASE("cohere: a chat is answered whole, and less is billed than read", "[net][demo]") {
  const Stage stage{cohere()};
  const auto heard = stage.post("/v2/chat", asks("echo: hi there"));
  CHECK(heard.status == 200);
  const auto body = parsed(heard.body);
  CHECK(body["message"]["content"] == json::parse(R"([{"type":"text","text":"hi there"}])"));
  CHECK(body["finish_reason"] == "COMPLETE");
  CHECK(body["usage"]["billed_units"] == json{{"input_tokens", 3}, {"output_tokens", 2}});
  CHECK(body["usage"]["tokens"]["input_tokens"] > 3);
  CHECK(body["id"].is_string());
  CHECK_FALSE(body.contains("model"));
}

TEST_CASE("cohere: a stream names its events and ends with its usage", "[net][demo]") {
  const Stage stage{cohere()};
  const auto heard =
    stage.post("/v2/chat", asks("count to 9", {{"stream", true}, {"max_tokens", 2}}));
  const auto events = heard.events();
  REQUIRE(events.size() == 7);
  CHECK(events.back() == "[DONE]");
  CHECK(heard.body.starts_with("event: message-start\ndata: "));
  std::vector<std::string> types;
  for (std::size_t i = 0; i < 6; ++i) types.push_back(parsed(events[i])["type"]);
  CHECK(
    types
    == std::vector<std::string>{
      "message-start",
      "content-start",
      "content-delta",
      "content-delta",
      "content-end",
      "message-end"});
  CHECK(parsed(events[2])["delta"]["message"]["content"] == json{{"text", "1"}});
  CHECK(parsed(events[5])["delta"]["finish_reason"] == "MAX_TOKENS");
  CHECK(parsed(events[5])["delta"]["usage"]["billed_units"]["output_tokens"] == 2);
}

TEST_CASE("cohere: tools are called, and their results read", "[net][demo]") {
  const Stage stage{cohere()};
  const auto forced =
    stage.post("/v2/chat", asks("What?", {{"tools", {tool}}, {"tool_choice", "REQUIRED"}}));
  const auto message = parsed(forced.body)["message"];
  CHECK(parsed(forced.body)["finish_reason"] == "TOOL_CALL");
  REQUIRE(message["tool_calls"].size() == 1);
  const auto call = message["tool_calls"][0];
  CHECK(call["function"]["name"] == "lookup");
  CHECK(call["function"]["arguments"] == R"({"q":"something"})");
  const auto turns = [&](json called, const json& id) {
    called["role"] = "assistant";
    return json{
      {"tools", {tool}},
      {"messages",
       {{{"role", "user"}, {"content", "What?"}},
        called,
        {{"role", "tool"}, {"tool_call_id", id}, {"content", "blue"}}}}};
  };
  const auto answered = stage.post("/v2/chat", asks("", turns(message, call["id"])));
  CHECK(answered.status == 200);
  CHECK(parsed(answered.body)["message"]["content"][0]["text"] == "The tool said: blue");
  CHECK(stage.post("/v2/chat", asks("", turns(message, "other"))).status == 400);
  auto talkative = message;
  talkative["content"] = "I look it up.";
  CHECK(stage.post("/v2/chat", asks("", turns(talkative, call["id"]))).status == 400);
}

TEST_CASE("cohere: a schema is satisfied and thoughts are shown if wished", "[net][demo]") {
  const Stage stage{cohere()};
  const auto heard = stage.post(
    "/v2/chat", asks("A number.", json::parse(R"({"thinking":{"type":"enabled","token_budget":1024},
      "response_format":{"type":"json_object","json_schema":
        {"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}})")));
  const auto content = parsed(heard.body)["message"]["content"];
  REQUIRE(content.size() == 2);
  CHECK(content[0]["type"] == "thinking");
  CHECK(content[0]["thinking"].is_string());
  CHECK(content[1]["text"] == R"({"n":1})");
}

TEST_CASE("cohere: texts are embedded and models listed", "[net][demo]") {
  const Stage stage{cohere()};
  const auto heard = stage.post(
    "/v2/embed",
    R"({"model":"demo-embed","texts":["a","b"],"input_type":"search_query",
        "embedding_types":["float"],"output_dimension":4})");
  const auto vectors = parsed(heard.body)["embeddings"]["float"];
  REQUIRE(vectors.size() == 2);
  CHECK(vectors[0].size() == 4);
  CHECK(vectors[0] != vectors[1]);
  CHECK(parsed(heard.body)["meta"]["billed_units"]["input_tokens"] == 2);
  const auto models = parsed(stage.call("GET", "/v1/models").body)["models"];
  CHECK(models[2] == json{{"name", "demo-embed"}, {"endpoints", {"embed"}}});
}

TEST_CASE("cohere: requests at fault are refused", "[net][demo]") {
  struct Row {
    const char* when;
    const char* more; // JSON that goes into the request
  };
  const auto row = GENERATE(
    Row{"a field of another dialect", R"({"top_p":0.5})"},
    Row{"nothing said", R"({"messages":[]})"},
    Row{"an empty word", R"({"messages":[{"role":"user","content":""}]})"},
    Row{"an odd role", R"({"messages":[{"role":"developer","content":"a"}]})"},
    Row{
      "an image in a system message",
      R"({"messages":[{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://a"}}]}]})"},
    Row{"p of one", R"({"p":1})"},
    Row{"a penalty below zero", R"({"presence_penalty":-1})"},
    Row{"six stops", R"({"stop_sequences":["a","b","c","d","e","f"]})"},
    Row{"a choice in OpenAI's words", R"({"tool_choice":"required"})"},
    Row{"a choice of no tool", R"({"tool_choice":"REQUIRED"})"},
    Row{"a tool without parameters", R"({"tools":[{"type":"function","function":{"name":"f"}}]})"},
    Row{
      "strict tools that require nothing",
      R"({"strict_tools":true,"tools":[{"function":{"name":"f","parameters":{"type":"object"}}}]})"},
    Row{
      "a format beside tools",
      R"({"response_format":{"type":"json_object"},"tools":[{"function":{"name":"f","parameters":{}}}]})"},
    Row{"a format in OpenAI's words", R"({"response_format":{"type":"json_schema"}})"},
    Row{
      "a schema that requires nothing",
      R"({"response_format":{"type":"json_object","json_schema":{"type":"object"}}})"},
    Row{"thoughts of another kind", R"({"thinking":{"type":"adaptive"}})"},
    Row{"a call that nobody answered", R"({"messages":[{"role":"user","content":"a"},
        {"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}]})"},
    Row{"arguments that are none", R"({"messages":[{"role":"user","content":"a"},
        {"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"[]"}}]},
        {"role":"tool","tool_call_id":"c","content":"b"}]})"});
  CAPTURE(row.when);
  const Stage stage{cohere()};
  const auto heard = stage.post("/v2/chat", asks("a", json::parse(row.more)));
  CHECK(heard.status == 400);
  CHECK(parsed(heard.body)["message"].is_string());
}

TEST_CASE("cohere: embeddings at fault are refused", "[net][demo]") {
  const auto* body = GENERATE(
    R"({"model":"demo-embed","texts":["a"],"embedding_types":["float"]})",
    R"({"model":"demo-embed","texts":["a"],"input_type":"image","embedding_types":["float"]})",
    R"({"model":"demo-embed","texts":[""],"input_type":"clustering","embedding_types":["float"]})",
    R"({"model":"demo-embed","texts":["a"],"input_type":"clustering","embedding_types":["int8"]})",
    R"({"model":"demo-embed","texts":["a"],"input_type":"clustering","embedding_types":["float"],"dimensions":4})",
    R"({"model":"demo-embed","texts":["a"],"input_type":"clustering","embedding_types":["float"],"truncate":"MAYBE"})");
  CAPTURE(body);
  const Stage stage{cohere()};
  CHECK(stage.post("/v2/embed", body).status == 400);
}

TEST_CASE("cohere: errors are a message beside their status", "[net][demo]") {
  auto settings = cohere();
  settings.key = "another-key";
  {
    const Stage locked{settings};
    const auto heard = locked.post("/v2/chat", asks("a"));
    CHECK(heard.status == 401);
    CHECK(parsed(heard.body)["message"] == "invalid api token");
  }
  settings.key.clear();
  settings.context_window = 2;
  DemoRule requests;
  requests.limit = 2;
  settings.rules = {requests};
  const Stage stage{settings};
  CHECK(stage.post("/v2/chat", asks("a")).status == 200);
  const auto long_one = stage.post("/v2/chat", asks("one two three four"));
  CHECK(long_one.status == 400);
  CHECK(parsed(long_one.body)["message"].get<std::string>().starts_with("too many tokens"));
  const auto over = stage.post("/v2/chat", asks("a"));
  CHECK(over.status == 429);
  CHECK(over.header("retry-after").empty());
  CHECK(parsed(over.body)["message"].is_string());
}
