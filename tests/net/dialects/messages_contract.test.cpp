#include "tests/net/dialects/contract_fixtures.hpp"
#include "tests/net/dialects/messages_client.hpp"
#include "tests/net/dialects/messages_door.hpp"
#include "tests/sanitized.hpp"

/// What a client in Anthropic's format gets of every dialect: of the answers and streams in their
/// folders of fixtures, the message that they all say (fixtures/dialects/contract).
using namespace gateway;
using nlohmann::json;

namespace {

const std::string asked =
  R"({"model":"m","max_tokens":200,"messages":[{"role":"user","content":"a"}]})";
const std::string asked_for_a_stream =
  R"({"model":"m","max_tokens":200,"stream":true,"messages":[{"role":"user","content":"a"}]})";

/// That message in Anthropic's format.
json expected_of(const Dialect& dialect) {
  const auto shared = message_told_by(dialect);
  json content = json::array();
  if (shared.contains("reasoning_content"))
    content.push_back({{"type", "thinking"}, {"thinking", shared["reasoning_content"]}});
  content.push_back({{"type", "text"}, {"text", shared["content"]}});
  for (const auto& call : shared["tool_calls"]) {
    const auto arguments = call.at("function").at("arguments").get<std::string>();
    content.push_back(
      {{"type", "tool_use"},
       {"id", call.at("id")},
       {"name", call.at("function").at("name")},
       {"input", json::parse(arguments)}});
  }
  const auto& usage = shared.at("usage");
  const auto count = [&](const char* name) { return usage.at(name).get<std::int64_t>(); };
  return {
    {"content", content},
    {"input_tokens", count("prompt_tokens") - count("cached_tokens")},
    {"cache_read_input_tokens", count("cached_tokens")},
    {"output_tokens", count("completion_tokens")}};
}

/// What of a message is the same whoever says it: signatures are each dialect's own.
json told_by(const json& message) {
  CHECK(message.at("type") == "message");
  CHECK(message.at("role") == "assistant");
  CHECK(message.at("stop_reason") == "tool_use");
  json content = json::array();
  for (auto block : message.at("content")) {
    block.erase("signature");
    if (block.at("type") != "redacted_thinking") content.push_back(block);
  }
  const auto& usage = message.at("usage");
  return {
    {"content", content},
    {"input_tokens", usage.at("input_tokens")},
    {"cache_read_input_tokens", usage.at("cache_read_input_tokens")},
    {"output_tokens", usage.at("output_tokens")}};
}

} // namespace

TEST_CASE("every dialect's answer is Anthropic's message", "[dialects][messages][contract]") {
  const auto& dialect = each_dialect();
  MessagesTalk talk{asked};
  std::optional<Failure> hidden;
  const auto answer =
    talk.conversation.answer(dialect, talk.target, own_fixture(dialect, "answer.json"), hidden);
  REQUIRE(answer);
  CHECK(told_by(json::parse(answer->body)) == expected_of(dialect));
}

TEST_CASE(
  "every dialect's stream is Anthropic's at every split", "[dialects][messages][contract]") {
  const auto& dialect = each_dialect();
  const auto stream = own_stream(dialect);
  const std::string_view whole{stream};
  const auto expected = expected_of(dialect);
  const auto check = [&](const std::vector<std::string_view>& pieces) {
    MessagesTalk talk{asked_for_a_stream};
    const auto relay = talk.conversation.relay(dialect, talk.target);
    std::string out;
    for (const auto piece : pieces) relay->feed(piece, out);
    relay->finish(out);
    REQUIRE(relay->complete());
    REQUIRE(out.find("message_delta") == std::string::npos);
    MessagesClient client;
    client.read(out + relay->ending(relay->usage()));
    REQUIRE(client.done());
    REQUIRE(told_by(client.message()) == expected);
  };
  check({whole});
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < whole.size(); ++at) bytes.push_back(whole.substr(at, 1));
  check(bytes);
  for (std::size_t at = 0; at < whole.size(); at += testing::stride)
    check({whole.substr(0, at), whole.substr(at)});
}

TEST_CASE("what a model thought finds back to it over turns", "[dialects][messages][contract]") {
  MessagesTalk first{asked};
  std::optional<Failure> hidden;
  const auto& gemini = *find_dialect("gemini");
  const auto answer = first.conversation.answer(
    gemini,
    first.target,
    R"({"responseId":"r","modelVersion":"gemini-3","candidates":[{"content":{"parts":[
      {"functionCall":{"id":"c1","name":"f","args":{"a":1}},"thoughtSignature":"c2ln"},
      {"functionCall":{"id":"c2","name":"f","args":{}}}]},"finishReason":"STOP"}]})",
    hidden);
  REQUIRE(answer);
  const auto content = json::parse(answer->body)["content"];
  // As a client gives it back, with what its tools said.
  const json next{
    {"model", "m"},
    {"max_tokens", 5},
    {"messages",
     {{{"role", "user"}, {"content", "a"}},
      {{"role", "assistant"}, {"content", content}},
      {{"role", "user"},
       {"content",
        {{{"type", "tool_result"}, {"tool_use_id", "c1"}, {"content", "x"}},
         {{"type", "tool_result"}, {"tool_use_id", "c2"}, {"content", "y"}}}}}}}};
  MessagesTalk second{next.dump()};
  second.target.upstream_model = "gemini-3-pro";
  const auto outgoing = second.to("gemini");
  REQUIRE(outgoing);
  const auto parts = json::parse(outgoing->body.joined())["contents"][1]["parts"];
  REQUIRE(parts.size() == 2);
  CHECK(parts[0]["thoughtSignature"] == "c2ln");
  CHECK_FALSE(parts[1].contains("thoughtSignature"));
}
