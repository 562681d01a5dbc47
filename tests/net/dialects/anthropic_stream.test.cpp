#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& anthropic_dialect();
}

using namespace gateway;

namespace {

const Lines whole_answer{
  "start msg_1 claude-haiku-5-5",
  "usage in=100 cached=90 written=0 out=1 reasoning=0",
  "0/0 begins reasoning",
  "0/0 reasoning: Look it up.",
  "0/0 signed c2ln",
  "0/0 stops",
  "0/1 begins text",
  "0/1 text: Wie schön: ",
  "0/1 text: é",
  "0/1 stops",
  "0/2 begins tool_call toolu_1 lookup",
  "0/2 tool_call: {\"q\":",
  "0/2 tool_call: \"sky\"}",
  "0/2 stops",
  "0/3 begins tool_call toolu_2 now",
  "0/3 tool_call: {}",
  "0/3 stops",
  "0 finishes tool_calls",
  "usage in=100 cached=90 written=0 out=25 reasoning=9",
  "end"};

std::string sse(std::string_view json) {
  return "data: " + std::string{json} + "\n\n";
}

const std::string started = sse(R"({"type":"message_start","message":{"id":"m","model":"c"}})");
const std::string said_a =
  sse(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"A"}})");
const std::string stopped = sse(R"({"type":"message_stop"})");

std::string ended(std::string_view reason) {
  return sse(
    R"({"type":"message_delta","delta":{"stop_reason":")" + std::string{reason} + R"("}})");
}

} // namespace

TEST_CASE("a stream of Anthropic's is read alike at every split", "[dialects][anthropic]") {
  check_at_every_split(anthropic_dialect(), read_fixture("anthropic/stream.txt"), whole_answer);
}

TEST_CASE("a stream of Anthropic's with CRLF is read alike", "[dialects][anthropic]") {
  std::string body;
  for (const auto c : read_fixture("anthropic/stream.txt"))
    body += c == '\n' ? "\r\n" : std::string{c};
  CHECK(events_of(anthropic_dialect(), {body}) == whole_answer);
}

TEST_CASE("a cut stream of Anthropic's ends in an error", "[dialects][anthropic]") {
  const auto body = read_fixture("anthropic/stream.txt");
  check_every_cut(anthropic_dialect(), body, body.size() - 2); // two line ends are no content
}

TEST_CASE("a spoilt stream of Anthropic's does no harm", "[dialects][anthropic]") {
  check_spoilt_streams(anthropic_dialect(), read_fixture("anthropic/stream.txt"));
}

TEST_CASE("odd streams of Anthropic's are understood", "[dialects][anthropic]") {
  struct Row {
    const char* when;
    std::string body;
    Lines events;
  };
  const Lines text_a{"start m c", "0/0 begins text", "0/0 text: A", "0/0 stops"};
  const auto with = [&](Lines lines, const Lines& more) {
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"a block was left open",
     started + said_a + ended("end_turn") + stopped,
     with(text_a, {"0 finishes stop", "end"})},
    {"the start is missing",
     said_a + ended("max_tokens") + stopped,
     {"start  ", "0/0 begins text", "0/0 text: A", "0/0 stops", "0 finishes length", "end"}},
    {"only names tell the types",
     "event: message_stop\ndata: {}\n\n",
     {"error invalid_answer 200"}},
    {"no reason was given",
     started + said_a + stopped,
     {"start m c", "0/0 begins text", "0/0 text: A", "error invalid_answer 200"}},
    {"the end is missing",
     started + said_a + ended("end_turn"),
     with(text_a, {"0 finishes stop", "error invalid_answer 200"})},
    {"the body is empty", "", {"error invalid_answer 200"}},
    {"the provider fails midway",
     started + said_a + "event: error\n"
       + sse(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})") + said_a,
     {"start m c", "0/0 begins text", "0/0 text: A", "error overloaded 200"}},
    {"the provider fails at the head",
     sse(R"({"type":"error","error":{"type":"rate_limit_error","message":"x"}})"),
     {"error rate_limited 200"}},
    {"an error comes bare",
     "{\"type\":\"error\",\n \"error\":{\"type\":\"api_error\"}}",
     {"error server_error 200"}},
    {"an event is no JSON", started + sse("{\"type\":"), {"start m c", "error invalid_answer 200"}},
    {"an event is no object", started + sse("[]"), {"start m c", "error invalid_answer 200"}},
    {"an index is used twice",
     started + said_a + said_a,
     {"start m c", "0/0 begins text", "0/0 text: A", "error invalid_answer 200"}},
    {"deltas find no block, or not their kind",
     started + said_a
       + sse(R"({"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":"B"}})")
       + sse(
         R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"B"}})")
       + sse(
         R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"B"}})")
       + sse(R"({"type":"content_block_delta","index":0,"delta":null})")
       + sse(R"({"type":"content_block_stop","index":7})") + ended("stop_sequence") + stopped,
     with(text_a, {"0 finishes stop", "end"})},
    {"citations pass by",
     started + said_a
       + sse(
         R"({"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{}}})")
       + ended("pause_turn") + stopped,
     with(text_a, {"0 finishes stop", "end"})},
    {"thoughts are hidden",
     started
       + sse(
         R"({"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"eA=="}})")
       + sse(R"({"type":"content_block_stop","index":0})") + ended("end_turn") + stopped,
     {"start m c",
      "0/0 begins reasoning",
      "0/0 hides eA==",
      "0/0 stops",
      "0 finishes stop",
      "end"}},
    {"a tool call's input comes at once",
     started
       + sse(
         R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"z":1,"a":2}}})")
       + ended("tool_use") + stopped,
     {"start m c",
      "0/0 begins tool_call t f",
      "0/0 tool_call: {\"z\":1,\"a\":2}",
      "0/0 stops",
      "0 finishes tool_calls",
      "end"}},
    {"the answer is a call of the tool that stands for a schema",
     started
       + sse(
         R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"gateway_json_output","input":{}}})")
       + sse(
         R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}})")
       + ended("tool_use") + stopped,
     {"start m c",
      "0/0 begins text",
      "0/0 text: {\"a\":1}",
      "0/0 stops",
      "0 finishes stop",
      "end"}},
    {"the model refuses",
     started
       + sse(
         R"({"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"category":"bio","explanation":"No."}}})")
       + stopped,
     {"start m c",
      "0/0 begins refusal",
      "0/0 refusal: No.",
      "0/0 stops",
      "0 finishes content_filter",
      "end"}},
    {"the end comes twice",
     started + ended("end_turn") + ended("max_tokens") + stopped + stopped + said_a,
     {"start m c", "0 finishes stop", "end"}},
  }));
  CAPTURE(row.when);
  CHECK(events_of(anthropic_dialect(), {row.body}) == row.events);
}

TEST_CASE("Anthropic's counts replace one another as they come", "[dialects][anthropic]") {
  const auto body =
    sse(
      R"({"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":null,"output_tokens":1}}})")
    + sse(
      R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":7,"cache_creation_input_tokens":2,"output_tokens":3}})")
    + sse(
      R"({"type":"message_delta","delta":{},"usage":{"output_tokens":null,"cache_read_input_tokens":1}})")
    + stopped;
  CHECK(
    events_of(anthropic_dialect(), {body})
    == Lines{
      "start  ",
      "usage in=5 cached=0 written=0 out=1 reasoning=0",
      "0 finishes stop",
      "usage in=9 cached=0 written=2 out=3 reasoning=0",
      "usage in=10 cached=1 written=2 out=3 reasoning=0",
      "end"});
}

TEST_CASE("a stream of Anthropic's may not open blocks without end", "[dialects][anthropic]") {
  auto body = started;
  for (int i = 0; i < 65; ++i)
    body += sse(
      R"({"type":"content_block_start","index":)" + std::to_string(i)
      + R"(,"content_block":{"type":"text","text":""}})");
  const auto lines = events_of(anthropic_dialect(), {body});
  CHECK(lines.size() == 66);
  CHECK(lines.back() == "error invalid_answer 200");
}
