#include "tests/net/dialects/aws_stream.hpp"
#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& bedrock_dialect();
}

using namespace gateway;

namespace {

const Lines whole_answer{
  "start  ",
  "0/0 begins reasoning",
  "0/0 reasoning: Hm",
  "0/0 reasoning: m.",
  "0/0 signed c2ln",
  "0/0 stops",
  "0/1 begins reasoning",
  "0/1 hides b3BhcXVl",
  "0/1 stops",
  "0/2 begins text",
  "0/2 text: I look ",
  "0/2 text: it up: é",
  "0/2 stops",
  "0/3 begins tool_call tooluse_1 lookup",
  "0/3 tool_call: {\"q\"",
  "0/3 tool_call: :\"sky\"}",
  "0/3 stops",
  "0/4 begins tool_call tooluse_2 now",
  "0/4 tool_call: {}",
  "0/4 stops",
  "0 finishes tool_calls",
  "usage in=18 cached=4 written=5 out=12 reasoning=0",
  "end"};

std::string stream_of_fixture() {
  return aws_stream(read_fixture("bedrock/stream.messages"));
}

std::string says(std::string_view name, std::string_view payload) {
  return aws_message("event", name, payload);
}

std::string delta(std::string_view json, int index = 0) {
  return says(
    "contentBlockDelta",
    R"({"contentBlockIndex":)" + std::to_string(index) + R"(,"delta":)" + std::string{json} + "}");
}

std::string calls(std::string_view name, int index = 0) {
  return says(
    "contentBlockStart",
    R"({"contentBlockIndex":)" + std::to_string(index)
      + R"(,"start":{"toolUse":{"toolUseId":"t","name":")" + std::string{name} + R"("}}})");
}

std::string stops(std::string_view reason) {
  return says("messageStop", R"({"stopReason":")" + std::string{reason} + R"("})");
}

std::string throws(std::string_view name, std::string_view message) {
  return aws_message("exception", name, R"({"message":")" + std::string{message} + R"("})");
}

const std::string begin = says("messageStart", R"({"role":"assistant"})");
const std::string a = delta(R"({"text":"A"})");
const Lines begun{"start  ", "0/0 begins text", "0/0 text: A"};

Lines begun_and(const Lines& more) {
  auto lines = begun;
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

Lines started_and(const Lines& more) {
  Lines lines{"start  "};
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

} // namespace

TEST_CASE("a stream of Bedrock's is read alike at every split", "[dialects][bedrock]") {
  check_at_every_split(bedrock_dialect(), stream_of_fixture(), whole_answer);
}

TEST_CASE("a cut stream of Bedrock's ends in an error", "[dialects][bedrock]") {
  const auto whole = begin + a + stops("end_turn");
  check_every_cut(bedrock_dialect(), whole, whole.size());
  // Behind the message's end nothing is needed, but what has begun must be whole.
  const auto usage = says("metadata", R"({"usage":{"inputTokens":1,"outputTokens":1}})");
  for (std::size_t at = 1; at < usage.size(); ++at)
    REQUIRE(
      events_of(bedrock_dialect(), {whole, std::string_view{usage}.substr(0, at)}).back()
      == "error invalid_answer 200");
}

TEST_CASE("a spoilt stream of Bedrock's does no harm", "[dialects][bedrock]") {
  check_spoilt_streams(bedrock_dialect(), stream_of_fixture());
}

TEST_CASE(
  "a stream of Bedrock's is said to come from the model that was asked", "[dialects][bedrock]") {
  Target target;
  target.upstream_model = "model-x";
  const auto reader = bedrock_dialect().event_reader(target);
  std::vector<StreamEvent> events;
  reader->feed(begin, events);
  REQUIRE(events.size() == 1);
  CHECK(events[0].name == "model-x");
}

TEST_CASE("odd streams of Bedrock's are understood", "[dialects][bedrock]") {
  struct Row {
    const char* when;
    std::string body;
    Lines events;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"text ends with its message",
     begin + a + stops("end_turn"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"the message's start is left out",
     a + stops("end_turn"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"a text is announced",
     begin + says("contentBlockStart", R"({"contentBlockIndex":0,"start":{}})") + a
       + stops("max_tokens"),
     begun_and({"0/0 stops", "0 finishes length", "end"})},
    {"what is new passes by",
     begin + says("newThing", "{}") + delta(R"({"newKind":{}})") + a + stops("end_turn"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"usage is told without a number",
     begin + a + stops("end_turn") + says("metadata", R"({"metrics":{}})"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"more is said behind the end",
     begin + a + stops("end_turn") + a + stops("tool_use"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"an answer is written as a call",
     begin + calls("gateway_json_output") + delta(R"({"toolUse":{"input":"{\"n\":1}"}})")
       + stops("tool_use"),
     started_and(
       {"0/0 begins text", "0/0 text: {\"n\":1}", "0/0 stops", "0 finishes stop", "end"})},
    {"a piece belongs to no call",
     begin + delta(R"({"toolUse":{"input":"{}"}})") + stops("end_turn"),
     started_and({"0 finishes stop", "end"})},
    {"what makes no sense comes after something did",
     begin + a + stops("malformed_tool_use"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
  }));
  CAPTURE(row.when);
  CHECK(events_of(bedrock_dialect(), {row.body}) == row.events);
}

TEST_CASE("streams of Bedrock's that fail say how", "[dialects][bedrock]") {
  struct Row {
    const char* when;
    std::string body;
    Lines events;
  };
  auto flipped = a;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  const auto row = GENERATE_COPY(values<Row>({
    {"the body is empty", "", {"error invalid_answer 200"}},
    {"it is no event stream", R"({"message":"hidden"})", {"error invalid_answer 200"}},
    {"it is cut", begin + a, begun_and({"error invalid_answer 200"})},
    {"a checksum is wrong", begin + flipped + a, started_and({"error invalid_answer 200"})},
    {"an event is no JSON", begin + delta("{"), started_and({"error invalid_answer 200"})},
    {"an event is a list",
     begin + says("messageStop", "[]"),
     started_and({"error invalid_answer 200"})},
    {"the end has no reason",
     begin + a + says("messageStop", "{}"),
     begun_and({"0/0 stops", "error invalid_answer 200"})},
    {"the model said nothing that makes sense",
     begin + stops("malformed_model_output"),
     started_and({"error server_error 200"})},
    {"a call begins where a text is",
     begin + a + calls("f"),
     begun_and({"error invalid_answer 200"})},
    {"a text goes on as a thought",
     begin + a + delta(R"({"reasoningContent":{"text":"B","signature":"c2ln"}})"),
     begun_and({"error invalid_answer 200"})},
    {"it is throttled before it begins: another provider may take over",
     throws("throttlingException", "Too many requests"),
     {"error rate_limited 200"}},
    {"the model fails midway",
     begin + a + throws("modelStreamErrorException", "x") + a,
     begun_and({"error server_error 200"})},
    {"the service is overloaded",
     begin + throws("serviceUnavailableException", "x"),
     started_and({"error overloaded 200"})},
    {"the prompt is too long after all",
     begin + throws("validationException", "Input is too long"),
     started_and({"error context_too_long 200"})},
    {"an exception has no words",
     aws_message("exception", "internalServerException", ""),
     {"error server_error 200"}},
    {"an error stands in the headers alone",
     aws_frame(
       aws_header(":message-type", "error") + aws_header(":error-code", "ValidationException")
         + aws_header(":error-message", "Input is too long"),
       ""),
     {"error context_too_long 200"}},
    {"a message says not what it is", aws_frame("", "{}"), {"error server_error 200"}},
  }));
  CAPTURE(row.when);
  CHECK(events_of(bedrock_dialect(), {row.body}) == row.events);
}

TEST_CASE("a stream of Bedrock's opens so many blocks at a time", "[dialects][bedrock]") {
  std::string body = begin;
  for (int index = 0; index < 65; ++index) body += calls("f", index);
  const auto events = events_of(bedrock_dialect(), {body});
  REQUIRE(events.size() == 66);
  CHECK(events.back() == "error invalid_answer 200");
}
