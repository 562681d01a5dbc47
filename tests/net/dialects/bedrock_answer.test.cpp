#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& bedrock_dialect();
}

using namespace gateway;

namespace {

Result<ChatAnswer> read(std::string_view body) {
  Target target;
  target.upstream_model = "model-x";
  return bedrock_dialect().read_chat(body, target);
}

std::string answer(std::string_view content, std::string_view reason) {
  return R"({"output":{"message":{"content":[)" + std::string{content} + R"(]}},"stopReason":")"
    + std::string{reason} + R"("})";
}

} // namespace

TEST_CASE("an answer of Bedrock's is read whole", "[dialects][bedrock]") {
  const auto answer = read(read_fixture("bedrock/answer.json"));
  REQUIRE(answer);
  CHECK(answer->id.empty());
  CHECK(answer->model == "model-x");
  CHECK(answer->service_tier == "flex");
  REQUIRE(answer->choices.size() == 1);
  const auto& choice = answer->choices[0];
  CHECK(choice.finish == FinishReason::tool_calls);
  REQUIRE(choice.blocks.size() == 5);
  CHECK(choice.blocks[0].kind == Block::Kind::reasoning);
  CHECK(choice.blocks[0].text == "Look it up.");
  CHECK(choice.blocks[0].signature == "c2ln");
  CHECK(choice.blocks[0].signature_origin == "bedrock");
  CHECK(choice.blocks[1].redacted == "b3BhcXVl");
  CHECK(choice.blocks[2].kind == Block::Kind::text);
  CHECK(choice.blocks[2].text == "é");
  CHECK(choice.blocks[3].kind == Block::Kind::tool_call);
  CHECK(choice.blocks[3].id == "tooluse_1");
  CHECK(choice.blocks[3].name == "lookup");
  CHECK(choice.blocks[3].arguments == R"({"z":"sky","a":[1]})");
  CHECK(choice.blocks[4].id == "tooluse_2");
  CHECK(choice.blocks[4].arguments == "{}");
  // What was read from the cache and written to it comes on top of the rest.
  CHECK(answer->usage == Usage{30, 7, 13, 4, 5, 0, true, false});
}

TEST_CASE("an answer that is written as a call is text", "[dialects][bedrock]") {
  const auto read_back = read(answer(
    R"({"toolUse":{"toolUseId":"t","name":"gateway_json_output","input":{"n":1}}})", "tool_use"));
  REQUIRE(read_back);
  const auto& choice = read_back->choices.at(0);
  REQUIRE(choice.blocks.size() == 1);
  CHECK(choice.blocks[0].kind == Block::Kind::text);
  CHECK(choice.blocks[0].text == R"({"n":1})");
  CHECK(choice.finish == FinishReason::stop);
}

// source: providers/bedrock.md, section 3
TEST_CASE("the reasons why Bedrock's models stop are OpenAI's", "[dialects][bedrock]") {
  struct Row {
    const char* reason;
    FinishReason finish;
  };
  const auto row = GENERATE(values<Row>({
    {"end_turn", FinishReason::stop},
    {"stop_sequence", FinishReason::stop},
    {"max_tokens", FinishReason::length},
    {"model_context_window_exceeded", FinishReason::length},
    {"content_filtered", FinishReason::content_filter},
    {"guardrail_intervened", FinishReason::content_filter},
    {"malformed_tool_use", FinishReason::stop},
    {"new_reason", FinishReason::stop},
  }));
  CAPTURE(row.reason);
  const auto read_back = read(answer(R"({"text":"A"})", row.reason));
  REQUIRE(read_back);
  CHECK(read_back->choices.at(0).finish == row.finish);
  CHECK_FALSE(read_back->usage.known);
}

TEST_CASE("an answer of Bedrock's that is none is refused", "[dialects][bedrock]") {
  for (const auto& body :
       {std::string{R"({"output":{}})"},
        std::string{R"({"output":{"message":{"content":[]}}})"},
        answer("", "malformed_model_output"),
        answer(R"({"video":{}})", "malformed_tool_use")}) {
    CAPTURE(body);
    const auto refused = read(body);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::upstream_invalid_response);
  }
}
