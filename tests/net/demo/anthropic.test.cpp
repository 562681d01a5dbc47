#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

constexpr const char* messages = "/v1/messages";

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

DemoSettings anthropic() {
  DemoSettings settings;
  settings.dialect = "anthropic";
  return settings;
}

std::vector<std::string> names(const Heard& heard) {
  std::vector<std::string> found;
  for (const auto& event : heard.events()) found.push_back(parsed(event)["type"]);
  return found;
}

} // namespace

TEST_CASE("anthropic: a message is answered whole", "[net][demo]") {
  const Stage stage{anthropic()};
  const auto heard = stage.post(
    messages,
    R"({"model":"demo-large","max_tokens":100,"system":"Be brief.",
        "messages":[{"role":"user","content":"echo: hi there"}]})");
  CHECK(heard.status == 200);
  CHECK(heard.header("request-id").starts_with("req_"));
  const auto body = parsed(heard.body);
  CHECK(body["type"] == "message");
  CHECK(body["content"] == json::array({{{"type", "text"}, {"text", "hi there"}}}));
  CHECK(body["stop_reason"] == "end_turn");
  CHECK(body["usage"]["input_tokens"] == 5);
  CHECK(body["usage"]["output_tokens"] == 2);
}

TEST_CASE("anthropic: a message is streamed in named events", "[net][demo]") {
  const Stage stage{anthropic()};
  const auto heard = stage.post(
    messages,
    R"({"model":"demo-large","max_tokens":1,"stream":true,
        "messages":[{"role":"user","content":"echo: hi there"}]})");
  CHECK(
    names(heard)
    == std::vector<std::string>{
      "message_start",
      "ping",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop"});
  CHECK(heard.body.starts_with("event: message_start\ndata: {\"type\":\"message_start\","));
  const auto events = heard.events();
  CHECK(parsed(events[0])["message"]["usage"]["input_tokens"] == 3);
  CHECK(parsed(events[3])["delta"] == json{{"type", "text_delta"}, {"text", "hi"}});
  CHECK(parsed(events[5])["delta"]["stop_reason"] == "max_tokens");
  CHECK(parsed(events[5])["usage"]["output_tokens"] == 1);
}

TEST_CASE("anthropic: thinking comes first and is signed", "[net][demo]") {
  const Stage stage{anthropic()};
  const auto heard = stage.post(
    messages,
    R"({"model":"demo-large","max_tokens":4000,"thinking":{"type":"enabled","budget_tokens":1024},
        "messages":[{"role":"user","content":"echo: hi"}]})");
  const auto content = parsed(heard.body)["content"];
  REQUIRE(content.size() == 2);
  CHECK(content[0]["type"] == "thinking");
  CHECK(content[0]["signature"].is_string());
  CHECK(content[1]["text"] == "hi");
  CHECK(parsed(heard.body)["usage"]["output_tokens_details"]["thinking_tokens"] == 8);
}

TEST_CASE("anthropic: tools are used and their results answered", "[net][demo]") {
  const Stage stage{anthropic()};
  const auto use = stage.post(
    messages,
    R"({"model":"demo-large","max_tokens":100,"tool_choice":{"type":"any"},
        "tools":[{"name":"lookup","input_schema":{"type":"object","properties":{"q":{"type":"integer"}}}}],
        "messages":[{"role":"user","content":"What?"}]})");
  const auto block = parsed(use.body)["content"][0];
  CHECK(block["type"] == "tool_use");
  CHECK(block["name"] == "lookup");
  CHECK(block["input"] == json{{"q", 1}});
  CHECK(parsed(use.body)["stop_reason"] == "tool_use");
  const auto result = stage.post(
    messages,
    R"({"model":"demo-large","max_tokens":100,"messages":[{"role":"user","content":"What?"},
        {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"lookup","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"blue"}]}]})");
  CHECK(parsed(result.body)["content"][0]["text"] == "The tool said: blue");
}

TEST_CASE("anthropic: tokens are counted without an answer", "[net][demo]") {
  const Stage stage{anthropic()};
  const auto heard = stage.post(
    "/v1/messages/count_tokens",
    R"({"model":"demo-large","messages":[{"role":"user","content":"one two three"}]})");
  CHECK(parsed(heard.body) == json{{"input_tokens", 3}});
}

TEST_CASE("anthropic: requests at fault are refused", "[net][demo]") {
  struct Row {
    const char* when;
    const char* body;
    int status;
    const char* type;
  };
  const auto row = GENERATE(
    Row{"broken", "{", 400, "invalid_request_error"},
    Row{
      "no max_tokens",
      R"({"model":"demo-large","messages":[{"role":"user","content":"a"}]})",
      400,
      "invalid_request_error"},
    Row{
      "a field of another dialect",
      R"({"model":"demo-large","max_tokens":1,"n":1,"messages":[{"role":"user","content":"a"}]})",
      400,
      "invalid_request_error"},
    Row{
      "the assistant begins",
      R"({"model":"demo-large","max_tokens":1,"messages":[{"role":"assistant","content":"a"}]})",
      400,
      "invalid_request_error"},
    Row{
      "an empty text",
      R"({"model":"demo-large","max_tokens":1,"messages":[{"role":"user","content":""}]})",
      400,
      "invalid_request_error"},
    Row{
      "a call without its result",
      R"({"model":"demo-large","max_tokens":1,"messages":[{"role":"user","content":"a"},
          {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},
          {"role":"user","content":"b"}]})",
      400,
      "invalid_request_error"},
    Row{
      "a result without its call",
      R"({"model":"demo-large","max_tokens":1,"messages":[
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"b"}]}]})",
      400,
      "invalid_request_error"},
    Row{
      "an image of an odd type",
      R"({"model":"demo-large","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image",
          "source":{"type":"base64","media_type":"image/bmp","data":"AAAA"}}]}]})",
      400,
      "invalid_request_error"},
    Row{
      "too hot",
      R"({"model":"demo-large","max_tokens":1,"temperature":1.5,
          "messages":[{"role":"user","content":"a"}]})",
      400,
      "invalid_request_error"},
    Row{
      "unknown model",
      R"({"model":"gone","max_tokens":1,"messages":[{"role":"user","content":"a"}]})",
      404,
      "not_found_error"});
  CAPTURE(row.when);
  const Stage stage{anthropic()};
  const auto heard = stage.post(messages, row.body);
  CHECK(heard.status == row.status);
  CHECK(parsed(heard.body)["type"] == "error");
  CHECK(parsed(heard.body)["error"]["type"] == row.type);
}

TEST_CASE(
  "anthropic: the version header is wanted and both kinds of key are taken", "[net][demo]") {
  const Stage stage{anthropic()};
  const auto with = [&](std::string_view headers) {
    const std::string body =
      R"({"model":"demo-large","max_tokens":1,"messages":[{"role":"user","content":"a"}]})";
    return call(
      stage.port(),
      "POST /v1/messages HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + std::string{headers}
        + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  };
  CHECK(with("authorization: Bearer k\r\nanthropic-version: 2023-06-01\r\n").status == 200);
  CHECK(with("x-api-key: k\r\n").status == 400);
  CHECK(with("anthropic-version: 2023-06-01\r\n").status == 401);
}

TEST_CASE("anthropic: limits are told and kept", "[net][demo]") {
  auto settings = anthropic();
  DemoRule tokens;
  tokens.unit = DemoLimitUnit::tokens;
  tokens.limit = 5;
  settings.rules = {tokens};
  const Stage stage{settings};
  const auto body =
    R"({"model":"demo-large","max_tokens":9,"messages":[{"role":"user","content":"echo: a"}]})";
  const auto first = stage.post(messages, body);
  CHECK(first.header("anthropic-ratelimit-tokens-limit") == "5");
  CHECK(first.header("anthropic-ratelimit-tokens-remaining") == "2");
  CHECK(first.header("anthropic-ratelimit-tokens-reset").size() == 20);
  const auto second = stage.post(messages, body);
  CHECK(second.status == 429);
  CHECK(second.header("retry-after") == "60");
  CHECK(parsed(second.body)["error"]["type"] == "rate_limit_error");
}
