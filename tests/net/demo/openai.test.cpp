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

} // namespace

TEST_CASE("openai: a chat is answered whole", "[net][demo]") {
  const Stage stage{{}};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","messages":[{"role":"system","content":"Be brief."},
        {"role":"user","content":[{"type":"text","text":"echo: hi there"}]}]})");
  CHECK(heard.status == 200);
  CHECK(heard.whole);
  CHECK(heard.header("content-type") == "application/json");
  CHECK(heard.header("x-request-id").starts_with("req_"));
  const auto body = parsed(heard.body);
  CHECK(body["object"] == "chat.completion");
  CHECK(body["model"] == "demo-small");
  CHECK(body["id"].get<std::string>().starts_with("chatcmpl-"));
  CHECK(body["choices"][0]["message"]["content"] == "hi there");
  CHECK(body["choices"][0]["finish_reason"] == "stop");
  CHECK(body["usage"]["prompt_tokens"] == 5);
  CHECK(body["usage"]["completion_tokens"] == 2);
  CHECK(body["usage"]["total_tokens"] == 7);
}

TEST_CASE("openai: a chat is streamed token by token", "[net][demo]") {
  const Stage stage{{}};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","stream":true,"stream_options":{"include_usage":true},
        "messages":[{"role":"user","content":"echo: one two"}]})");
  CHECK(heard.header("content-type") == "text/event-stream");
  const auto events = heard.events();
  REQUIRE(events.size() == 6);
  CHECK(parsed(events[0])["choices"][0]["delta"]["role"] == "assistant");
  CHECK(parsed(events[1])["choices"][0]["delta"]["content"] == "one");
  CHECK(parsed(events[2])["choices"][0]["delta"]["content"] == " two");
  CHECK(parsed(events[2])["usage"].is_null());
  CHECK(parsed(events[3])["choices"][0]["finish_reason"] == "stop");
  CHECK(parsed(events[4])["choices"] == json::array());
  CHECK(parsed(events[4])["usage"]["completion_tokens"] == 2);
  CHECK(events[5] == "[DONE]");
}

TEST_CASE("openai: a stream says what it cost only if asked", "[net][demo]") {
  const Stage stage{{}};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","stream":true,"messages":[{"role":"user","content":"echo: one"}]})");
  CHECK(heard.events().size() == 4);
  CHECK(heard.body.find("usage") == std::string::npos);
}

TEST_CASE("openai: tools are called with arguments in pieces", "[net][demo]") {
  const Stage stage{{}};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","stream":true,"tool_choice":"required",
        "tools":[{"type":"function","function":{"name":"lookup","parameters":
          {"type":"object","properties":{"q":{"type":"string"}}}}}],
        "messages":[{"role":"user","content":"What is the sky?"}]})");
  std::string arguments;
  std::string finish;
  for (const auto& event : heard.events()) {
    const auto chunk = parsed(event);
    if (!chunk.is_object()) continue;
    const auto& choice = chunk["choices"][0];
    if (choice["delta"].contains("tool_calls"))
      arguments += choice["delta"]["tool_calls"][0]["function"]["arguments"].get<std::string>();
    if (choice["finish_reason"].is_string()) finish = choice["finish_reason"];
  }
  CHECK(arguments == R"({"q":"something"})");
  CHECK(finish == "tool_calls");
}

TEST_CASE("openai: a tool's result is answered", "[net][demo]") {
  const Stage stage{{}};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","messages":[{"role":"user","content":"call the tool"},
        {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
          "function":{"name":"lookup","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"call_1","content":"blue"}]})");
  CHECK(parsed(heard.body)["choices"][0]["message"]["content"] == "The tool said: blue");
}

TEST_CASE("openai: a JSON schema is satisfied", "[net][demo]") {
  const Stage stage{{}};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","messages":[{"role":"user","content":"A person, please."}],
        "response_format":{"type":"json_schema","json_schema":{"name":"person","schema":
          {"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}}}}}})");
  CHECK(
    parsed(parsed(heard.body)["choices"][0]["message"]["content"])
    == json{{"name", "something"}, {"age", 1}});
}

TEST_CASE("openai: embeddings come as numbers or as base64", "[net][demo]") {
  const Stage stage{{}};
  const auto numbers =
    stage.post("/v1/embeddings", R"({"model":"demo-embed","input":["a","b"],"dimensions":2})");
  const auto list = parsed(numbers.body);
  REQUIRE(list["data"].size() == 2);
  CHECK(list["data"][1]["index"] == 1);
  CHECK(list["data"][0]["embedding"].size() == 2);
  CHECK(list["usage"]["prompt_tokens"] == 2);
  const auto text = stage.post(
    "/v1/embeddings",
    R"({"model":"demo-embed","input":"a","dimensions":3,"encoding_format":"base64"})");
  // Three floats are twelve bytes, sixteen letters.
  CHECK(parsed(text.body)["data"][0]["embedding"].get<std::string>().size() == 16);
}

TEST_CASE("openai: models are listed and shown", "[net][demo]") {
  const Stage stage{{}};
  const auto list = parsed(stage.call("GET", "/v1/models").body);
  REQUIRE(list["data"].size() == 3);
  CHECK(list["data"][0]["id"] == "demo-small");
  CHECK(parsed(stage.call("GET", "/v1/models/demo-large").body)["id"] == "demo-large");
  CHECK(stage.call("GET", "/v1/models/other").status == 404);
}

TEST_CASE("openai: requests at fault are refused by name", "[net][demo]") {
  struct Row {
    const char* when;
    const char* path;
    const char* body;
    int status;
    const char* code;
    const char* param;
  };
  const auto row = GENERATE(
    Row{"broken", chat, "{", 400, "", ""},
    Row{"no model", chat, R"({"messages":[]})", 400, "missing_required_parameter", "model"},
    Row{
      "no messages",
      chat,
      R"({"model":"demo-small"})",
      400,
      "missing_required_parameter",
      "messages"},
    Row{
      "empty messages",
      chat,
      R"({"model":"demo-small","messages":[]})",
      400,
      "invalid_value",
      "messages"},
    Row{
      "odd role",
      chat,
      R"({"model":"demo-small","messages":[{"role":"x","content":"a"}]})",
      400,
      "invalid_value",
      "messages[0].role"},
    Row{
      "odd part",
      chat,
      R"({"model":"demo-small","messages":[{"role":"user","content":[{"type":"x"}]}]})",
      400,
      "invalid_value",
      "messages[0].content[0].type"},
    Row{
      "result without a call",
      chat,
      R"({"model":"demo-small","messages":[{"role":"tool","tool_call_id":"a","content":"b"}]})",
      400,
      "invalid_value",
      "messages[0].tool_call_id"},
    Row{
      "hot",
      chat,
      R"({"model":"demo-small","temperature":3,"messages":[{"role":"user","content":"a"}]})",
      400,
      "invalid_value",
      "temperature"},
    Row{
      "no tokens",
      chat,
      R"({"model":"demo-small","max_tokens":0,"messages":[{"role":"user","content":"a"}]})",
      400,
      "invalid_value",
      "max_tokens"},
    Row{
      "unknown model",
      chat,
      R"({"model":"gone","messages":[{"role":"user","content":"a"}]})",
      404,
      "model_not_found",
      ""},
    Row{
      "chat with an embedding model",
      chat,
      R"({"model":"demo-embed","messages":[{"role":"user","content":"a"}]})",
      404,
      "model_not_found",
      ""},
    Row{
      "no input",
      "/v1/embeddings",
      R"({"model":"demo-embed"})",
      400,
      "missing_required_parameter",
      "input"},
    Row{"unknown path", "/v1/v1/chat/completions", "{}", 404, "", ""});
  CAPTURE(row.when);
  const Stage stage{{}};
  const auto heard = stage.post(row.path, row.body);
  CHECK(heard.status == row.status);
  const auto error = parsed(heard.body)["error"];
  CHECK(error["type"] == "invalid_request_error");
  CHECK(error["message"].is_string());
  CHECK(error["code"] == (*row.code ? json(row.code) : json()));
  CHECK(error["param"] == (*row.param ? json(row.param) : json()));
  CHECK(stage.count("refused") == 1);
}

TEST_CASE("openai: a wrong key and a long prompt are refused", "[net][demo]") {
  DemoSettings settings;
  settings.context_window = 3;
  settings.key = "another-key";
  {
    const Stage locked{settings};
    const auto heard = locked.post(chat, "{}");
    CHECK(heard.status == 401);
    CHECK(parsed(heard.body)["error"]["code"] == "invalid_api_key");
  }
  settings.key.clear();
  const Stage stage{settings};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","messages":[{"role":"user","content":"far too long a prompt"}]})");
  CHECK(heard.status == 400);
  CHECK(parsed(heard.body)["error"]["code"] == "context_length_exceeded");
  CHECK(parsed(heard.body)["error"]["param"] == "messages");
}

TEST_CASE("openai: limits are told and kept", "[net][demo]") {
  DemoSettings settings;
  DemoRule requests;
  requests.limit = 2;
  settings.rules = {requests};
  const Stage stage{settings};
  const auto body = R"({"model":"demo-small","messages":[{"role":"user","content":"echo: a"}]})";
  const auto first = stage.post(chat, body);
  CHECK(first.header("x-ratelimit-limit-requests") == "2");
  CHECK(first.header("x-ratelimit-remaining-requests") == "1");
  // A millisecond may pass before it is said.
  const auto reset = first.header("x-ratelimit-reset-requests");
  CHECK((reset == "1m0s" || reset.starts_with("59.9")));
  CHECK(stage.post(chat, body).header("x-ratelimit-remaining-requests") == "0");
  const auto third = stage.post(chat, body);
  CHECK(third.status == 429);
  CHECK(third.header("retry-after") == "60");
  CHECK_FALSE(third.header("retry-after-ms").empty());
  const auto error = parsed(third.body)["error"];
  CHECK(error["type"] == "requests");
  CHECK(error["code"] == "rate_limit_exceeded");
  CHECK(stage.count("allowed") == 2);
  CHECK(stage.count("over") == 1);
}
