#include "tests/net/dialects/event_text.hpp"
#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/messages_door.hpp"

using namespace gateway;
using nlohmann::json;

namespace {

const std::string asked =
  R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"}]})";

json error_of(const Error& error) {
  return json::parse(anthropic_format().error_body(error, "req_1"));
}

} // namespace

TEST_CASE("errors are told in Anthropic's shape", "[dialects][messages]") {
  const Error error{ErrorKind::model_not_found, "There is no \"x\".", "", {}};
  const std::string body =
    R"({"type":"error","error":{"type":"not_found_error","message":"There is no \"x\".","details":{"error_code":"model_not_found"}},"request_id":"req_1"})";
  CHECK(anthropic_format().error_body(error, "req_1") == body);
  CHECK(anthropic_format().error_event(error, "req_1") == "event: error\ndata: " + body + "\n\n");
}

TEST_CASE("every kind of error has Anthropic's type", "[dialects][messages]") {
  struct Row {
    ErrorKind kind;
    const char* type;
  };
  const auto row = GENERATE(
    Row{ErrorKind::invalid_json, "invalid_request_error"},
    Row{ErrorKind::unsupported_parameter, "invalid_request_error"},
    Row{ErrorKind::method_not_allowed, "invalid_request_error"},
    Row{ErrorKind::invalid_api_key, "authentication_error"},
    Row{ErrorKind::not_allowed, "permission_error"},
    Row{ErrorKind::not_found, "not_found_error"},
    Row{ErrorKind::request_too_large, "request_too_large"},
    Row{ErrorKind::rate_limit_exceeded, "rate_limit_error"},
    Row{ErrorKind::provider_quota_exhausted, "rate_limit_error"},
    Row{ErrorKind::insufficient_quota, "billing_error"},
    Row{ErrorKind::upstream_error, "api_error"},
    Row{ErrorKind::upstream_credentials, "api_error"},
    Row{ErrorKind::upstream_timeout, "timeout_error"},
    Row{ErrorKind::draining, "overloaded_error"},
    Row{ErrorKind::storage_unavailable, "overloaded_error"},
    Row{ErrorKind::internal, "api_error"});
  CAPTURE(code_text(row.kind));
  CHECK(error_of({row.kind, "m", "", {}})["error"]["type"] == row.type);
}

TEST_CASE(
  "the text of an error names the field, and a prompt that is too long", "[dialects][messages]") {
  const auto message = [](ErrorKind kind, std::string text, std::string param) {
    return error_of({kind, std::move(text), std::move(param), {}})["error"]["message"]
      .get<std::string>();
  };
  CHECK(
    message(ErrorKind::invalid_value, "must be at least 1", "top_p")
    == "top_p: must be at least 1");
  CHECK(message(ErrorKind::missing_field, "'model' is missing", "model") == "'model' is missing");
  CHECK(
    message(ErrorKind::context_length_exceeded, "The window is 200 tokens.", "")
    == "prompt is too long: The window is 200 tokens.");
}

TEST_CASE("a whole message of Anthropic's passes as it is", "[dialects][messages]") {
  MessagesTalk talk{asked};
  std::optional<Failure> hidden;
  const auto body = read_fixture("anthropic/contract/answer.json");
  const auto answer =
    talk.conversation.answer(*find_dialect("anthropic"), talk.target, body, hidden);
  REQUIRE(answer);
  CHECK(answer->body == body);
  CHECK(answer->finish == FinishReason::tool_calls);
  CHECK(usage_text(answer->usage) == "in=100 cached=90 written=0 out=25 reasoning=9");
  CHECK_FALSE(hidden);
}

TEST_CASE("an error in Anthropic's good status is found, and garbage", "[dialects][messages]") {
  MessagesTalk talk{asked};
  std::optional<Failure> hidden;
  const auto pass = [&](const std::string& body) {
    return talk.conversation.answer(*find_dialect("anthropic"), talk.target, body, hidden);
  };
  CHECK(pass(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})"));
  REQUIRE(hidden);
  CHECK(hidden->kind == FailureKind::overloaded);
  for (const auto* body : {"", "<html>", "{}", "[]", R"({"content":7})"}) {
    CAPTURE(body);
    const auto answer = pass(body);
    CHECK((!answer || hidden));
  }
}

TEST_CASE("an answer in the words of others becomes a message", "[dialects][messages]") {
  MessagesTalk talk{asked};
  std::optional<Failure> hidden;
  const auto message = [&](const std::string& choice) {
    const auto answer = talk.conversation.answer(
      *find_dialect("openai"),
      talk.target,
      R"({"id":"a1","model":"m1","choices":[)" + choice
        + R"(],"usage":{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}})",
      hidden);
    REQUIRE(answer);
    return json::parse(answer->body);
  };
  const auto whole =
    message(R"({"message":{"content":"Hi","reasoning_content":"hm"},"finish_reason":"stop"})");
  CHECK(whole == json::parse(R"({"id":"msg_a1","type":"message","role":"assistant","model":"m1",
    "content":[{"type":"thinking","thinking":"hm","signature":"llm-gateway::"},{"type":"text","text":"Hi"}],
    "stop_reason":"end_turn","stop_sequence":null,
    "usage":{"input_tokens":6,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":2}})"));

  const auto reason = [&](const std::string& choice) { return message(choice)["stop_reason"]; };
  const std::string call =
    R"("tool_calls":[{"id":"a.b:1","function":{"name":"f","arguments":"{\"a\":1}"}}])";
  CHECK(reason(R"({"message":{"content":"a"},"finish_reason":"length"})") == "max_tokens");
  CHECK(reason(R"({"message":{"content":"a"},"finish_reason":"content_filter"})") == "refusal");
  CHECK(reason(R"({"message":{"refusal":"No."},"finish_reason":"stop"})") == "refusal");
  CHECK(reason(R"({"message":{)" + call + R"(},"finish_reason":"stop"})") == "tool_use");

  const auto called = message(R"({"message":{)" + call + R"(},"finish_reason":"tool_calls"})");
  REQUIRE(called["content"].size() == 1);
  CHECK(called["content"][0]["input"] == json::parse(R"({"a":1})"));
  // An id that Anthropic would take back.
  CHECK(called["content"][0]["id"].get<std::string>().starts_with("a_b_1_"));

  const auto torn = message(
    R"({"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]},"finish_reason":"tool_calls"})");
  CHECK(torn["content"][0]["input"] == json{{"invalid_arguments", "{\"a\":"}});
}
