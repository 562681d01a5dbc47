#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& anthropic_dialect();
}

using namespace gateway;

namespace {

Result<ChatAnswer> read(std::string_view body) {
  return anthropic_dialect().read_chat(body, Target{});
}

ChatAnswer read_with(const std::string& fields) {
  auto answer = read(R"({"content":[{"type":"text","text":"A"}],)" + fields + "}");
  REQUIRE(answer);
  return *std::move(answer);
}

} // namespace

TEST_CASE("an answer of Anthropic's is read whole", "[dialects][anthropic]") {
  const auto answer = read(read_fixture("anthropic/answer.json"));
  REQUIRE(answer);
  CHECK(answer->id == "msg_1");
  CHECK(answer->model == "claude-haiku-5-5");
  CHECK(answer->service_tier == "default");
  REQUIRE(answer->choices.size() == 1);
  const auto& choice = answer->choices[0];
  CHECK(choice.finish == FinishReason::tool_calls);
  REQUIRE(choice.blocks.size() == 5);
  CHECK(choice.blocks[0].kind == Block::Kind::reasoning);
  CHECK(choice.blocks[0].text == "Look it up.");
  CHECK(choice.blocks[0].signature == "c2ln");
  CHECK(choice.blocks[0].signature_origin == "anthropic");
  CHECK(choice.blocks[1].kind == Block::Kind::reasoning);
  CHECK(choice.blocks[1].redacted == "b3BhcXVl");
  CHECK(choice.blocks[2].kind == Block::Kind::text);
  CHECK(choice.blocks[2].text == "Wie schön: é");
  CHECK(choice.blocks[3].kind == Block::Kind::tool_call);
  CHECK(choice.blocks[3].id == "toolu_1");
  CHECK(choice.blocks[3].name == "lookup");
  CHECK(choice.blocks[3].arguments == R"({"q":"sky","a":[1]})");
  CHECK(choice.blocks[4].arguments == "{}");
  // input: 10 + 30 written + 90 read
  CHECK(answer->usage == Usage{130, 90, 30, 10, 25, 9, true, false});
}

// source: providers/anthropic.md, section 4, the table
TEST_CASE("Anthropic's reasons to stop become OpenAI's", "[dialects][anthropic]") {
  struct Row {
    std::string reason;
    FinishReason finish;
  };
  const auto row = GENERATE(values<Row>({
    {R"("end_turn")", FinishReason::stop},
    {R"("stop_sequence")", FinishReason::stop},
    {R"("pause_turn")", FinishReason::stop},
    {R"("max_tokens")", FinishReason::length},
    {R"("model_context_window_exceeded")", FinishReason::length},
    {R"("refusal")", FinishReason::content_filter},
    {R"("compaction")", FinishReason::stop},
    {R"("brand_new")", FinishReason::stop},
    {"null", FinishReason::stop},
    {"7", FinishReason::stop},
  }));
  CAPTURE(row.reason);
  CHECK(read_with("\"stop_reason\":" + row.reason).choices.at(0).finish == row.finish);
}

TEST_CASE("a refusal of Anthropic's says why", "[dialects][anthropic]") {
  const auto answer =
    read_with(R"("stop_reason":"refusal","stop_details":{"category":"bio","explanation":"No."})");
  REQUIRE(answer.choices.at(0).blocks.size() == 2);
  CHECK(answer.choices[0].blocks[1].kind == Block::Kind::refusal);
  CHECK(answer.choices[0].blocks[1].text == "No.");
}

TEST_CASE("the tool that stands for a schema is the answer", "[dialects][anthropic]") {
  const auto answer = read(
    R"({"content":[{"type":"tool_use","id":"t","name":"gateway_json_output","input":{"z":1,"a":2}}],
        "stop_reason":"tool_use"})");
  REQUIRE(answer);
  const auto& choice = answer->choices.at(0);
  REQUIRE(choice.blocks.size() == 1);
  CHECK(choice.blocks[0].kind == Block::Kind::text);
  CHECK(choice.blocks[0].text == R"({"z":1,"a":2})");
  CHECK(choice.finish == FinishReason::stop);
}

// source: providers/anthropic.md, section 4, "Usage"
TEST_CASE("Anthropic's usage is counted as OpenAI's", "[dialects][anthropic]") {
  struct Row {
    const char* when;
    std::string usage;
    Usage expected;
  };
  const auto row = GENERATE(values<Row>({
    {"there is none", "null", {}},
    {"it is no object", "[1]", {}},
    {"it is empty", "{}", {}},
    {"caches are null",
     R"({"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":null,"cache_creation":null})",
     {3, 0, 0, 0, 4, 0, true, false}},
    {"only the parts of what was written are told",
     R"({"input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":3}})",
     {6, 0, 5, 3, 0, 0, true, false}},
    {"more is written for an hour than at all",
     R"({"input_tokens":1,"cache_creation_input_tokens":2,"cache_creation":{"ephemeral_1h_input_tokens":9}})",
     {3, 0, 2, 2, 0, 0, true, false}},
    {"more is thought than said",
     R"({"output_tokens":4,"output_tokens_details":{"thinking_tokens":9}})",
     {0, 0, 0, 0, 4, 4, true, false}},
    {"counts are wrong", R"({"input_tokens":-3,"output_tokens":"x"})", {}},
    {"counts are absurd",
     R"({"input_tokens":1e300,"cache_read_input_tokens":9999999999999999,"output_tokens":4})",
     {2'000'000'000'000, 1'000'000'000'000, 0, 0, 4, 0, true, false}},
    {"the conversation was compacted on the way",
     R"({"input_tokens":5,"output_tokens":6,"iterations":[
          {"type":"compaction","input_tokens":100,"output_tokens":20},
          {"type":"message","input_tokens":5,"output_tokens":6,"cache_read_input_tokens":7},
          {"type":"other","input_tokens":1000}]})",
     {112, 7, 0, 0, 26, 0, true, false}},
  }));
  CAPTURE(row.when);
  CHECK(read_with("\"usage\":" + row.usage).usage == row.expected);
}

TEST_CASE("what is no message of Anthropic's is an invalid answer", "[dialects][anthropic]") {
  const auto body = GENERATE(values<std::string>({
    "",
    "<html>",
    "null",
    "[]",
    "{}",
    R"({"content":null})",
    R"({"content":{}})",
    R"({"type":"error","error":{"type":"overloaded_error"}})",
    R"({"content":[)",
  }));
  CAPTURE(body);
  const auto answer = read(body);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("wrong types in a message of Anthropic's count as missing", "[dialects][anthropic]") {
  const auto answer = read(
    R"({"id":1,"model":[],"content":[null,1,[],{"type":7},{"type":"text","text":[]},
        {"type":"tool_use","id":{},"name":1,"input":"x"},{"type":"thinking","thinking":{}}],
        "stop_reason":{},"stop_details":3})");
  REQUIRE(answer);
  const auto& blocks = answer->choices.at(0).blocks;
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].text.empty());
  CHECK(blocks[1].arguments == "{}");
}

TEST_CASE("a spoilt answer of Anthropic's does no harm", "[dialects][anthropic]") {
  check_mutated(read_fixture("anthropic/answer.json"), [](std::string_view body) {
    const auto answer = read(body);
    if (!answer) REQUIRE(answer.error().kind == ErrorKind::upstream_invalid_response);
  });
}
