#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

constexpr const char* chat = "/v1/chat/completions";

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

DemoSettings mistral() {
  DemoSettings settings;
  settings.dialect = "mistral";
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

/// A conversation in which a tool was called by this id.
std::string with_result(const char* id) {
  return asks(
    "",
    {{"messages",
      json::array(
        {{{"role", "user"}, {"content", "call the tool"}},
         {{"role", "assistant"},
          {"content", nullptr},
          {"tool_calls",
           {{{"id", id},
             {"type", "function"},
             {"function", {{"name", "lookup"}, {"arguments", "{}"}}}}}}},
         {{"role", "tool"}, {"tool_call_id", id}, {"content", "blue"}}})}});
}

} // namespace

TEST_CASE("mistral: a chat is answered whole, thoughts in parts of its text", "[net][demo]") {
  const Stage stage{mistral()};
  const auto plain = parsed(stage.post(chat, asks("echo: hi there")).body);
  CHECK(plain["choices"][0]["message"]["content"] == "hi there");
  CHECK_FALSE(plain["choices"][0]["message"].contains("refusal"));
  CHECK(plain["usage"]["completion_tokens"] == 2);
  const auto thought =
    parsed(stage.post(chat, asks("echo: hi there", {{"reasoning_effort", "high"}})).body);
  const auto content = thought["choices"][0]["message"]["content"];
  REQUIRE(content.size() == 2);
  CHECK(content[0]["type"] == "thinking");
  CHECK(content[0]["thinking"][0]["text"] == "Let me think about this for a moment.");
  CHECK(content[1] == json{{"type", "text"}, {"text", "hi there"}});
}

TEST_CASE("mistral: a stream tells its usage at its end, unasked", "[net][demo]") {
  const Stage stage{mistral()};
  const auto heard = stage.post(chat, asks("echo: one", {{"stream", true}}));
  const auto events = heard.events();
  REQUIRE(events.size() == 4);
  CHECK(parsed(events[1])["choices"][0]["delta"] == json{{"content", "one"}});
  CHECK_FALSE(parsed(events[1]).contains("usage"));
  CHECK(parsed(events[2])["choices"][0]["finish_reason"] == "stop");
  CHECK(parsed(events[2])["usage"]["completion_tokens"] == 1);
  CHECK(events[3] == "[DONE]");
  stage.order(R"({"fail":"no_usage","count":1})");
  CHECK(
    stage.post(chat, asks("echo: a", {{"stream", true}})).body.find("usage") == std::string::npos);
}

TEST_CASE("mistral: a call has an id of nine letters and digits", "[net][demo]") {
  const Stage stage{mistral()};
  const auto id_of = [&](json more) {
    more["tools"] = json::array({tool});
    more["tool_choice"] = "any";
    const auto heard = stage.post(chat, asks("What?", more));
    if (!more.contains("stream"))
      return parsed(heard.body)["choices"][0]["message"]["tool_calls"][0]["id"].get<std::string>();
    return parsed(heard.events()[1])["choices"][0]["delta"]["tool_calls"][0]["id"]
      .get<std::string>();
  };
  for (const auto& id : {id_of(json::object()), id_of({{"stream", true}})}) {
    CHECK(id.size() == 9);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  const auto heard = stage.post(chat, with_result("D681PevKs"));
  CHECK(parsed(heard.body)["choices"][0]["message"]["content"] == "The tool said: blue");
}

TEST_CASE("mistral: what it does not know is refused by name", "[net][demo]") {
  const auto* field = GENERATE(
    "seed",
    "user",
    "logprobs",
    "logit_bias",
    "stream_options",
    "max_completion_tokens",
    "metadata");
  CAPTURE(field);
  const Stage stage{mistral()};
  const auto heard = stage.post(chat, asks("echo: a", {{field, 1}}));
  CHECK(heard.status == 422);
  const auto detail = parsed(heard.body)["detail"][0];
  CHECK(detail["loc"] == json{"body", field});
  CHECK(detail["type"] == "extra_forbidden");
}

TEST_CASE("mistral: requests at fault are refused in flat words", "[net][demo]") {
  struct Row {
    const char* when;
    std::string body;
    int status;
  };
  const auto row = GENERATE(
    Row{"a foreign id", with_result("call_1"), 400},
    Row{"an id too long", with_result("D681PevKsX"), 400},
    Row{"OpenAI's word for any", asks("a", {{"tools", {tool}}, {"tool_choice", "required"}}), 400},
    Row{
      "a developer",
      asks("", {{"messages", json::array({{{"role", "developer"}, {"content", "a"}}})}}),
      400},
    Row{"hot", asks("a", {{"temperature", 3}}), 400},
    Row{"broken", "{", 400},
    Row{"unknown model", R"({"model":"gone","messages":[{"role":"user","content":"a"}]})", 404});
  CAPTURE(row.when);
  const Stage stage{mistral()};
  const auto heard = stage.post(chat, row.body);
  CHECK(heard.status == row.status);
  const auto body = parsed(heard.body);
  CHECK(body["object"] == "error");
  CHECK(body["message"].is_string());
  CHECK(body["raw_status_code"] == row.status);
}

TEST_CASE("mistral: a name in a message is one too many", "[net][demo]") {
  const Stage stage{mistral()};
  const auto heard = stage.post(
    chat, asks("", {{"messages", {{{"role", "user"}, {"content", "a"}, {"name", "Ann"}}}}}));
  CHECK(heard.status == 422);
  CHECK(parsed(heard.body)["detail"][0]["loc"] == json{"body", "name"});
}

TEST_CASE("mistral: embeddings are numbers", "[net][demo]") {
  const Stage stage{mistral()};
  const auto heard =
    stage.post("/v1/embeddings", R"({"model":"demo-embed","input":["a","b"],"dimensions":2})");
  CHECK(parsed(heard.body)["data"][1]["embedding"].size() == 2);
  CHECK(
    stage.post("/v1/embeddings", R"({"model":"demo-embed","input":"a","user":"b"})").status == 422);
}

TEST_CASE("mistral: limits are told by the minute, and kept", "[net][demo]") {
  auto settings = mistral();
  DemoRule requests;
  requests.limit = 1;
  settings.rules = {requests};
  const Stage stage{settings};
  const auto first = stage.post(chat, asks("echo: a"));
  CHECK(first.header("x-ratelimit-limit-req-minute") == "1");
  CHECK(first.header("x-ratelimit-remaining-req-minute") == "0");
  const auto second = stage.post(chat, asks("echo: a"));
  CHECK(second.status == 429);
  CHECK(second.header("retry-after").empty());
  CHECK(parsed(second.body)["code"] == "1300");
}

TEST_CASE("mistral: other paths are none of its", "[net][demo]") {
  const Stage stage{mistral()};
  CHECK(stage.post("/chat/completions", asks("echo: a")).status == 404);
  CHECK(stage.post("/openai/v1/chat/completions", asks("echo: a")).status == 404);
}
