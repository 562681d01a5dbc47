#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& ollama_dialect();
}

using namespace gateway;

namespace {

Result<ChatAnswer> read(std::string_view body) {
  return ollama_dialect().read_chat(body, Target{});
}

ChatAnswer read_done(const std::string& message, const std::string& more = "") {
  auto answer = read(R"({"done":true,"message":{)" + message + "}" + more + "}");
  REQUIRE(answer);
  REQUIRE(answer->choices.size() == 1);
  return *std::move(answer);
}

} // namespace

TEST_CASE("an answer of Ollama's is read whole", "[dialects][ollama]") {
  const auto answer = read(read_fixture("ollama/answer.json"));
  REQUIRE(answer);
  CHECK(answer->id.empty());
  CHECK(answer->model == "qwen3:8b");
  REQUIRE(answer->choices.size() == 1);
  const auto& choice = answer->choices[0];
  CHECK(choice.finish == FinishReason::tool_calls);
  CHECK(
    choice.logprobs
    == R"({"content":[{"token":"é","logprob":-0.5,"bytes":[195,169],"top_logprobs":[)"
       R"({"token":"é","logprob":-0.5,"bytes":[195,169]},{"token":"e","logprob":-2,"bytes":[101]}]}],)"
       R"("refusal":null})");
  REQUIRE(choice.blocks.size() == 4);
  CHECK(choice.blocks[0].kind == Block::Kind::reasoning);
  CHECK(choice.blocks[0].text == "Look it up.");
  CHECK(choice.blocks[1].kind == Block::Kind::text);
  CHECK(choice.blocks[1].text == "Wie schön: é");
  // The ids are made of what the answer says, by FNV-1a.
  CHECK(choice.blocks[2].kind == Block::Kind::tool_call);
  CHECK(choice.blocks[2].id == "call_3a5d9cf02e0df324");
  CHECK(choice.blocks[2].name == "lookup");
  CHECK(choice.blocks[2].arguments == R"({"z":"sky","a":[1]})");
  CHECK(choice.blocks[3].id == "call_e0719b6e2e53c692");
  CHECK(choice.blocks[3].name == "now");
  CHECK(choice.blocks[3].arguments == "{}");
  CHECK(answer->usage == Usage{12, 0, 0, 0, 5, 0, true, false});
}

TEST_CASE("a tool call of Ollama's without an id gets one of its own", "[dialects][ollama]") {
  const auto ids_at = [](const std::string& time) {
    const auto answer = read_done(
      R"("tool_calls":[{"function":{"name":"f"}},{"function":{"name":"f"}},
         {"id":"x","function":{"name":"f"}},{"id":"x","function":{"name":"f"}}])",
      R"(,"created_at":")" + time + "\"");
    std::vector<std::string> ids;
    for (const auto& block : answer.choices[0].blocks) ids.push_back(block.id);
    return ids;
  };
  auto ids = ids_at("2026-11-23T12:00:00.1Z");
  REQUIRE(ids.size() == 4);
  CHECK(ids[2] == "x");
  CHECK(ids == ids_at("2026-11-23T12:00:00.1Z"));
  // The next answer of the same conversation may call the same once more.
  CHECK(ids[0] != ids_at("2026-11-23T12:00:00.2Z")[0]);
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

// source: providers/ollama.md, section 3
TEST_CASE("Ollama's reasons to finish become OpenAI's", "[dialects][ollama]") {
  struct Row {
    const char* reason;
    FinishReason finish;
  };
  const auto row = GENERATE(values<Row>({
    {R"(,"done_reason":"stop")", FinishReason::stop},
    {R"(,"done_reason":"length")", FinishReason::length},
    {R"(,"done_reason":"load")", FinishReason::stop},
    {R"(,"done_reason":"unload")", FinishReason::stop},
    {R"(,"done_reason":"tired")", FinishReason::stop},
    {"", FinishReason::stop},
  }));
  CAPTURE(row.reason);
  CHECK(read_done(R"("content":"A")", row.reason).choices[0].finish == row.finish);
  CHECK(read_done(R"("content":"")", row.reason).choices[0].finish == row.finish);
  const auto* call = R"("tool_calls":[{"function":{"name":"f"}}])";
  CHECK(read_done(call, row.reason).choices[0].finish == FinishReason::tool_calls);
}

TEST_CASE("half a usage of Ollama's is none", "[dialects][ollama]") {
  CHECK_FALSE(read_done("").usage.known);
  CHECK_FALSE(read_done("", R"(,"eval_count":5)").usage.known);
  CHECK(read_done("", R"(,"prompt_eval_count":7)").usage == Usage{7, 0, 0, 0, 0, 0, true, false});
}

TEST_CASE("what is no answer of Ollama's is an invalid one", "[dialects][ollama]") {
  const auto body = GENERATE(values<std::string>({
    "",
    "<html>",
    "[]",
    "{}",
    R"({"done":true})",
    R"({"message":{"content":"A"}})",
    R"({"message":{"content":"A"},"done":false})",
    R"({"message":{"content":"A"},"done":"true"})",
    R"({"message":"A","done":true})",
    R"({"error":"server busy"})",
    R"({"message":{"content":"A"},"done":true}{"done":true})",
  }));
  CAPTURE(body);
  const auto answer = read(body);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("wrong types in an answer of Ollama's count as missing", "[dialects][ollama]") {
  const auto answer = read_done(
    R"("content":7,"thinking":[],"tool_calls":[null,1,{"function":3},
       {"id":4,"function":{"name":1,"arguments":"{}"}}])",
    R"(,"model":1,"created_at":{},"done_reason":7,"logprobs":{},"prompt_eval_count":"x")");
  const auto& choice = answer.choices[0];
  REQUIRE(choice.blocks.size() == 1);
  CHECK(choice.blocks[0].name.empty());
  CHECK(choice.blocks[0].arguments == "{}");
  CHECK(choice.blocks[0].id.starts_with("call_"));
  CHECK(choice.logprobs.empty());
  CHECK_FALSE(answer.usage.known);
}

TEST_CASE("a spoilt answer of Ollama's does no harm", "[dialects][ollama]") {
  check_mutated(read_fixture("ollama/answer.json"), [](std::string_view body) {
    const auto answer = read(body);
    if (!answer) REQUIRE(answer.error().kind == ErrorKind::upstream_invalid_response);
  });
}
