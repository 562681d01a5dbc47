#include "net/dialects/openai.hpp"
#include "tests/net/dialects/event_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;

namespace {

/// An answer with this choice, read into the vocabulary and written again: that choice.
std::string rewritten(const std::string& choice, const Quirks& quirks = {}) {
  Target target;
  target.quirks = &quirks;
  const auto answer = read_openai_answer(
    R"({"id":"a1","object":"chat.completion","created":1790000000,"model":"m","choices":[)" + choice
      + "]}",
    target);
  if (!answer) return "refused";
  const auto json = Json::parse(write_openai_answer(*answer, 5));
  CHECK(json["id"] == "a1");
  CHECK(json["object"] == "chat.completion");
  CHECK(json["created"] == 1'790'000'000);
  CHECK(json["model"] == "m");
  CHECK_FALSE(json.contains("usage"));
  return json["choices"][0].dump();
}

std::string choice(const std::string& message, const std::string& finish = "stop") {
  return R"({"index":0,"message":)" + message + R"(,"logprobs":null,"finish_reason":")" + finish
    + R"("})";
}

} // namespace

TEST_CASE("an answer keeps its meaning in the one vocabulary", "[dialects][openai][answer]") {
  struct Row {
    const char* when;
    std::string said;
    std::string meant;
  };
  const auto row = GENERATE(
    Row{
      "a text",
      choice(R"({"role":"assistant","content":"Hi","refusal":null,"annotations":[]})"),
      choice(R"({"role":"assistant","content":"Hi","refusal":null})")},
    Row{
      "nothing",
      choice(R"({"role":"assistant","content":""})", "length"),
      choice(R"({"role":"assistant","content":"","refusal":null})", "length")},
    Row{
      "a refusal",
      choice(R"({"role":"assistant","content":null,"refusal":"No."})"),
      choice(R"({"role":"assistant","content":null,"refusal":"No."})")},
    Row{
      "tool calls",
      choice(
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"q\":1}"}},{"function":{"name":"g","arguments":{"a":1}}}]})",
        "tool_calls"),
      choice(
        R"({"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"q\":1}"}},{"id":"call_2","type":"function","function":{"name":"g","arguments":"{\"a\":1}"}}]})",
        "tool_calls")},
    Row{
      "thoughts in a field",
      choice(R"({"content":"Hi","reasoning_content":"hm"})"),
      choice(R"({"role":"assistant","content":"Hi","refusal":null,"reasoning_content":"hm"})")},
    Row{
      "thoughts in another field",
      choice(R"({"content":"Hi","reasoning":"hm"})"),
      choice(R"({"role":"assistant","content":"Hi","refusal":null,"reasoning_content":"hm"})")},
    Row{
      "thoughts in parts",
      choice(
        R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},{"type":"text","text":"m"}]},{"type":"text","text":"Hi"}]})"),
      choice(R"({"role":"assistant","content":"Hi","refusal":null,"reasoning_content":"hm"})")},
    Row{
      "tags that are text",
      choice(R"({"content":"<think>hm</think>Hi"})"),
      choice(R"({"role":"assistant","content":"<think>hm</think>Hi","refusal":null})")},
    Row{
      "log probabilities, and a finish of its own",
      R"({"index":0,"message":{"content":"Hi"},"logprobs":{"content":[{"token":"Hi"}]},"finish_reason":"eos_token"})",
      R"({"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":{"content":[{"token":"Hi"}]},"finish_reason":"stop"})"},
    Row{"a provider that gave up", choice(R"({"content":"Hi"})", "error"), "refused"});
  CAPTURE(row.when);
  CHECK(rewritten(row.said) == row.meant);
}

TEST_CASE("thoughts in tags are read where the quirks say so", "[dialects][openai][answer]") {
  CHECK(
    rewritten(choice(R"({"content":"<think>hm</think>Hi"})"), {.reasoning_out = {"think_tags"}})
    == choice(R"({"role":"assistant","content":"Hi","refusal":null,"reasoning_content":"hm"})"));
}

TEST_CASE("what is no answer is refused", "[dialects][openai][answer]") {
  const std::string body = GENERATE(
    "",
    "[]",
    "{}",
    R"({"choices":[]})",
    R"({"choices":{}})",
    R"({"error":{"message":"x"},"choices":[{}]})",
    R"({"choices":[{})",
    "<html>");
  CAPTURE(body);
  const auto answer = read_openai_answer(body, {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("usage, tier and time of an answer are kept", "[dialects][openai][answer]") {
  const auto answer = read_openai_answer(
    R"({"id":"a","model":"m","choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":3,"completion_tokens":2},"service_tier":"flex","system_fingerprint":"fp"})",
    {});
  REQUIRE(answer);
  CHECK(usage_text(answer->usage) == "in=3 cached=0 written=0 out=2 reasoning=0");
  CHECK(
    write_openai_answer(*answer, 77)
    == R"({"id":"a","object":"chat.completion","created":77,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","refusal":null},"logprobs":null,"finish_reason":"stop"}],"service_tier":"flex","system_fingerprint":"fp","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})");
}

TEST_CASE(
  "signed thoughts go to the client in the form it gives them back", "[dialects][openai][answer]") {
  ChatAnswer answer;
  auto& blocks = answer.choices.emplace_back().blocks;
  for (const auto* origin : {"anthropic", "gemini"}) {
    auto& block = blocks.emplace_back();
    block.kind = Block::Kind::reasoning;
    block.text = "hm";
    block.signature = "sig";
    block.signature_origin = origin;
  }
  auto& redacted = blocks.emplace_back();
  redacted.kind = Block::Kind::reasoning;
  redacted.redacted = "data";
  redacted.signature_origin = "anthropic";
  const auto message = Json::parse(write_openai_answer(answer, 0))["choices"][0]["message"];
  CHECK(message["reasoning_content"] == "hmhm");
  CHECK(
    message["thinking_blocks"].dump()
    == R"([{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"thinking","thinking":"hm","signature":"sig","origin":"gemini"},{"type":"redacted_thinking","data":"data"}])");
}

TEST_CASE(
  "vectors are read and written, as numbers and as bytes", "[dialects][openai][embeddings]") {
  const std::string numbers =
    R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,-0.5,0.1]},{"object":"embedding","index":1,"embedding":[]}],"model":"e","usage":{"prompt_tokens":3,"total_tokens":3}})";
  // 1.0f, -0.5f, 0.1f, little-endian.
  const std::string bytes =
    R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAL/NzMw9"},{"object":"embedding","index":1,"embedding":""}],"model":"e","usage":{"prompt_tokens":3,"total_tokens":3}})";
  for (const auto& body : {numbers, bytes}) {
    const auto answer = read_openai_embeddings_answer(body);
    REQUIRE(answer);
    CHECK(answer->vectors == std::vector<std::vector<float>>{{1.0f, -0.5f, 0.1f}, {}});
    CHECK(answer->usage.input == 3);
    CHECK(write_openai_embeddings(*answer, false) == numbers);
    CHECK(write_openai_embeddings(*answer, true) == bytes);
  }
  const auto swapped = read_openai_embeddings_answer(
    R"({"data":[{"index":1,"embedding":[1]},{"index":0,"embedding":[2]}]})");
  REQUIRE(swapped);
  CHECK(swapped->vectors == std::vector<std::vector<float>>{{2.0f}, {1.0f}});
}

TEST_CASE("vectors that are none are refused", "[dialects][openai][embeddings]") {
  const std::string body = GENERATE(
    "{}",
    R"({"data":[]})",
    R"({"data":[{}]})",
    R"({"data":[{"embedding":["x"]}]})",
    R"({"data":[{"embedding":"AAA"}]})",
    R"({"data":[{"embedding":"!!!!"}]})",
    R"({"data":[{"embedding":[1],"index":5}]})");
  CAPTURE(body);
  CHECK_FALSE(read_openai_embeddings_answer(body));
}
