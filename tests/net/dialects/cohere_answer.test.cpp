#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& cohere_dialect();
}

using namespace gateway;

namespace {

Result<ChatAnswer> read(std::string_view body) {
  Target target;
  target.upstream_model = "command-x";
  return cohere_dialect().read_chat(body, target);
}

} // namespace

TEST_CASE("an answer of Cohere's is read whole", "[dialects][cohere]") {
  const auto answer = read(read_fixture("cohere/answer.json"));
  REQUIRE(answer);
  CHECK(answer->id == "r1");
  CHECK(answer->model == "command-x");
  REQUIRE(answer->choices.size() == 1);
  const auto& choice = answer->choices[0];
  CHECK(choice.finish == FinishReason::tool_calls);
  // A chunk of two tokens is as likely as both together.
  CHECK(
    choice.logprobs
    == R"({"content":[{"token":"é","logprob":-0.5,"bytes":[195,169],"top_logprobs":[]},)"
       R"({"token":"two","logprob":-1.25,"bytes":[116,119,111],"top_logprobs":[]}],)"
       R"("refusal":null})");
  REQUIRE(choice.blocks.size() == 5);
  CHECK(choice.blocks[0].kind == Block::Kind::reasoning);
  CHECK(choice.blocks[0].text == "Look it up.");
  CHECK(choice.blocks[1].kind == Block::Kind::text);
  CHECK(choice.blocks[1].text == "é");
  CHECK(choice.blocks[2].kind == Block::Kind::text);
  CHECK(choice.blocks[2].text == "I will look it up.");
  CHECK(choice.blocks[3].kind == Block::Kind::tool_call);
  CHECK(choice.blocks[3].id == "lookup_ab12");
  CHECK(choice.blocks[3].name == "lookup");
  CHECK(choice.blocks[3].arguments == R"({"z":"sky","a":[1]})");
  CHECK(choice.blocks[4].id == "now_cd34");
  CHECK(choice.blocks[4].arguments == "{}");
  // Billed are 9 of 200 in the prompt; of the 195 cached ones the first 191 cost nothing anyway.
  CHECK(answer->usage == Usage{9, 4, 0, 0, 12, 0, true, false});
}

// source: providers/cohere.md, section 3
TEST_CASE(
  "Cohere's usage is what is billed, or the tokens where that is not told", "[dialects][cohere]") {
  struct Row {
    const char* when;
    std::string usage;
    Usage read;
  };
  const auto row = GENERATE(values<Row>({
    {"both are told",
     R"({"billed_units":{"input_tokens":9,"output_tokens":12},"tokens":{"input_tokens":200,"output_tokens":40}})",
     {9, 0, 0, 0, 12, 0, true, false}},
    {"tokens alone are told",
     R"({"tokens":{"input_tokens":200.0,"output_tokens":40},"cached_tokens":50})",
     {200, 50, 0, 0, 40, 0, true, false}},
    {"what is billed alone is told",
     R"({"billed_units":{"input_tokens":9,"output_tokens":12},"cached_tokens":500})",
     {9, 9, 0, 0, 12, 0, true, false}},
    {"the cache holds less than the template",
     R"({"billed_units":{"input_tokens":9,"output_tokens":12},"tokens":{"input_tokens":200},"cached_tokens":100})",
     {9, 0, 0, 0, 12, 0, true, false}},
    {"nothing is told", "{}", {}},
    {"nothing that counts is told", R"({"billed_units":{"search_units":1},"tokens":7})", {}},
  }));
  CAPTURE(row.when);
  const auto answer =
    read(R"({"finish_reason":"COMPLETE","message":{},"usage":)" + row.usage + "}");
  REQUIRE(answer);
  CHECK(answer->usage == row.read);
}

// source: providers/cohere.md, section 3, the table
TEST_CASE("Cohere's reasons to finish become OpenAI's", "[dialects][cohere]") {
  struct Row {
    const char* reason;
    FinishReason finish;
  };
  const auto row = GENERATE(values<Row>({
    {"COMPLETE", FinishReason::stop},
    {"STOP_SEQUENCE", FinishReason::stop},
    {"MAX_TOKENS", FinishReason::length},
    {"TOOL_CALL", FinishReason::tool_calls},
    {"ERROR_TOXIC", FinishReason::content_filter},
    {"ERROR_LIMIT", FinishReason::length},
    {"NEW", FinishReason::stop},
  }));
  CAPTURE(row.reason);
  const auto answer = read(
    R"({"finish_reason":")" + std::string{row.reason}
    + R"(","message":{"content":[{"type":"text","text":"A"}]}})");
  REQUIRE(answer);
  CHECK(answer->choices.at(0).finish == row.finish);
  CHECK(answer->choices.at(0).blocks.at(0).text == "A");
}

TEST_CASE("text of Cohere's that is no list is text, too", "[dialects][cohere]") {
  const auto answer = read(R"({"finish_reason":"COMPLETE","message":{"content":"A"}})");
  REQUIRE(answer);
  CHECK(answer->choices.at(0).blocks.at(0).text == "A");
  CHECK(answer->choices.at(0).logprobs.empty());
}

TEST_CASE("what is no answer of Cohere's is an invalid one", "[dialects][cohere]") {
  const auto body = GENERATE(values<std::string>({
    "",
    "<html>",
    "[]",
    "{}",
    R"({"message":"invalid api token"})",
    R"({"message":{"content":[{"type":"text","text":"A"}]}})",
    R"({"finish_reason":"COMPLETE"})",
    R"({"finish_reason":"COMPLETE","message":[]})",
    R"({"finish_reason":"ERROR","message":{"content":[{"type":"text","text":"A"}]}})",
    R"({"finish_reason":"TIMEOUT","message":{}})",
  }));
  CAPTURE(body);
  const auto answer = read(body);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("wrong types in an answer of Cohere's count as missing", "[dialects][cohere]") {
  const auto answer = read(
    R"({"id":1,"finish_reason":"COMPLETE","logprobs":[7,{"text":1,"logprobs":["x"]}],"usage":[1],
        "message":{"tool_plan":7,"content":[null,1,{"text":7},{"type":"text","text":"A"}],
        "tool_calls":[3,{"function":1},{"function":{"name":1,"arguments":{}}}]}})");
  REQUIRE(answer);
  const auto& choice = answer->choices.at(0);
  REQUIRE(choice.blocks.size() == 2);
  CHECK(choice.blocks[0].text == "A");
  CHECK(choice.blocks[1].arguments == "{}");
  CHECK_FALSE(answer->usage.known);
}

TEST_CASE("a spoilt answer of Cohere's does no harm", "[dialects][cohere]") {
  check_mutated(read_fixture("cohere/answer.json"), [](std::string_view body) {
    const auto answer = read(body);
    if (!answer) REQUIRE(answer.error().kind == ErrorKind::upstream_invalid_response);
  });
}
