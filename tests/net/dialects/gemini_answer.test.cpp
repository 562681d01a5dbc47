#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& gemini_dialect();
}

using namespace gateway;

namespace {

Result<ChatAnswer> read(std::string_view body) {
  return gemini_dialect().read_chat(body, Target{});
}

ChatAnswer read_candidate(const std::string& candidate) {
  auto answer = read(R"({"candidates":[)" + candidate + "]}");
  REQUIRE(answer);
  REQUIRE(answer->choices.size() == 1);
  return *std::move(answer);
}

} // namespace

TEST_CASE("an answer of Gemini's is read whole", "[dialects][gemini]") {
  const auto answer = read(read_fixture("gemini/answer.json"));
  REQUIRE(answer);
  CHECK(answer->id == "chatcmpl-r1");
  CHECK(answer->model == "gemini-3.8-flash");
  REQUIRE(answer->choices.size() == 1);
  const auto& choice = answer->choices[0];
  CHECK(choice.finish == FinishReason::tool_calls);
  CHECK(
    choice.logprobs
    == R"({"content":[{"token":"é","logprob":-0.5,"bytes":[195,169],"top_logprobs":[)"
       R"({"token":"é","logprob":-0.5,"bytes":[195,169]},{"token":"e","logprob":-2,"bytes":[101]}]}],)"
       R"("refusal":null})");
  REQUIRE(choice.blocks.size() == 5);
  CHECK(choice.blocks[0].kind == Block::Kind::reasoning);
  CHECK(choice.blocks[0].text == "Look it up.");
  CHECK(choice.blocks[1].kind == Block::Kind::text);
  CHECK(choice.blocks[1].text == "Wie schön: é");
  CHECK(choice.blocks[2].kind == Block::Kind::image);
  CHECK(choice.blocks[2].media.mime == "image/png");
  CHECK(choice.blocks[2].media.data_base64 == "iVBORw0K");
  CHECK(choice.blocks[3].kind == Block::Kind::tool_call);
  CHECK(choice.blocks[3].id == "c1");
  CHECK(choice.blocks[3].name == "lookup");
  CHECK(choice.blocks[3].arguments == R"({"z":"sky","a":[1]})");
  CHECK(choice.blocks[3].signature == "QUJD");
  CHECK(choice.blocks[3].signature_origin == "gemini");
  CHECK(choice.blocks[4].arguments == "{}");
  CHECK(choice.blocks[4].signature.empty());
  // input: 20 + 2 of tools; output: 7 + 30 thought
  CHECK(answer->usage == Usage{22, 5, 0, 0, 37, 30, true, false});
}

TEST_CASE(
  "a tool call of Gemini's without an id gets the same one each time", "[dialects][gemini]") {
  const auto calls = R"({"finishReason":"STOP","content":{"parts":[
    {"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}},
    {"functionCall":{"id":"x","name":"f"}},{"functionCall":{"id":"x","name":"f"}}]}})";
  const auto first = read_candidate(calls).choices[0].blocks;
  const auto second = read_candidate(calls).choices[0].blocks;
  REQUIRE(first.size() == 4);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(first[i].id == second[i].id);
    ids.push_back(first[i].id);
  }
  CHECK(ids[0].starts_with("call_"));
  CHECK(ids[0].size() == 21);
  CHECK(ids[2] == "x");
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

// source: providers/gemini.md, section 3, the table
TEST_CASE("Gemini's reasons to finish become OpenAI's", "[dialects][gemini]") {
  struct Row {
    const char* reason;
    FinishReason finish;
    bool needs_content;
  };
  const auto row = GENERATE(values<Row>({
    {"STOP", FinishReason::stop, false},
    {"MAX_TOKENS", FinishReason::length, false},
    {"CONTINUATION", FinishReason::length, false},
    {"SAFETY", FinishReason::content_filter, false},
    {"RECITATION", FinishReason::content_filter, false},
    {"BLOCKLIST", FinishReason::content_filter, false},
    {"PROHIBITED_CONTENT", FinishReason::content_filter, false},
    {"SPII", FinishReason::content_filter, false},
    {"LANGUAGE", FinishReason::content_filter, false},
    {"IMAGE_SAFETY", FinishReason::content_filter, false},
    {"IMAGE_PROHIBITED_CONTENT", FinishReason::content_filter, false},
    {"IMAGE_RECITATION", FinishReason::content_filter, false},
    {"MALFORMED_FUNCTION_CALL", FinishReason::stop, true},
    {"MALFORMED_RESPONSE", FinishReason::stop, true},
    {"UNEXPECTED_TOOL_CALL", FinishReason::stop, true},
    {"TOO_MANY_TOOL_CALLS", FinishReason::stop, true},
    {"NO_IMAGE", FinishReason::stop, true},
    {"IMAGE_OTHER", FinishReason::stop, true},
    {"OTHER", FinishReason::stop, true},
    {"FINISH_REASON_UNSPECIFIED", FinishReason::stop, true},
    {"", FinishReason::stop, true},
  }));
  CAPTURE(row.reason);
  const auto with = [&](const std::string& parts) {
    return read(
      R"({"candidates":[{"finishReason":")" + std::string{row.reason} + R"(","content":{"parts":[)"
      + parts + "]}}]}");
  };
  const auto answer = with(R"({"text":"A"})");
  REQUIRE(answer);
  CHECK(answer->choices.at(0).finish == row.finish);
  CHECK(bool(with("")) != row.needs_content);
}

TEST_CASE("a prompt that Gemini blocks is a filtered choice", "[dialects][gemini]") {
  const auto answer =
    read(R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}})");
  REQUIRE(answer);
  REQUIRE(answer->choices.size() == 1);
  CHECK(answer->choices[0].blocks.empty());
  CHECK(answer->choices[0].finish == FinishReason::content_filter);
  CHECK(answer->usage == Usage{3, 0, 0, 0, 0, 0, true, false});
}

TEST_CASE("many candidates of Gemini's are many choices", "[dialects][gemini]") {
  const auto answer = read(
    R"({"candidates":[{"finishReason":"STOP","content":{"parts":[{"text":"A"}]}},
        {"index":1,"finishReason":"MAX_TOKENS","content":{"parts":[{"text":"B"}]}},
        {"index":99,"finishReason":"STOP"}]})");
  REQUIRE(answer);
  REQUIRE(answer->choices.size() == 3);
  CHECK(answer->choices[0].index == 0);
  CHECK(answer->choices[1].index == 1);
  CHECK(answer->choices[1].finish == FinishReason::length);
  CHECK(answer->choices[2].index == 2);
}

TEST_CASE("what is no answer of Gemini's is an invalid one", "[dialects][gemini]") {
  const auto body = GENERATE(values<std::string>({
    "",
    "<html>",
    "[]",
    "{}",
    R"({"candidates":[]})",
    R"({"candidates":{}})",
    R"({"promptFeedback":{}})",
    R"({"error":{"code":503,"status":"UNAVAILABLE"}})",
    R"({"candidates":[{},{},{},{},{},{},{},{},{}]})",
    R"({"candidates":[{"finishReason":"OTHER"}]})",
  }));
  CAPTURE(body);
  const auto answer = read(body);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("wrong types in an answer of Gemini's count as missing", "[dialects][gemini]") {
  const auto answer = read(
    R"({"responseId":1,"modelVersion":{},"candidates":[{"index":"x","finishReason":"STOP",
        "content":{"parts":[null,1,{"text":7},{"functionCall":3},{"functionCall":{"name":1,"args":[]}},
        {"inlineData":{"mimeType":"video/mp4"}},{"text":"A","thought":"yes"}]},
        "logprobsResult":{"chosenCandidates":[7,{"token":1,"logProbability":"x"}],"topCandidates":[{}]}}],
        "usageMetadata":[1]})");
  REQUIRE(answer);
  const auto& choice = answer->choices.at(0);
  REQUIRE(choice.blocks.size() == 2);
  CHECK(choice.blocks[0].arguments == "{}");
  CHECK(choice.blocks[1].text == "A");
  CHECK_FALSE(answer->usage.known);
}

TEST_CASE("a spoilt answer of Gemini's does no harm", "[dialects][gemini]") {
  check_mutated(read_fixture("gemini/answer.json"), [](std::string_view body) {
    const auto answer = read(body);
    if (!answer) REQUIRE(answer.error().kind == ErrorKind::upstream_invalid_response);
  });
}
