#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& cohere_dialect();
}

using namespace gateway;

namespace {

const Lines whole_answer{
  "start r1 ",
  "0/0 begins reasoning",
  "0/0 reasoning: Hm",
  "0/0 reasoning: m.",
  "0/0 stops",
  "0/1 begins text",
  "0/1 text: I look ",
  "0/1 text: it up: é",
  "0/1 stops",
  "0/2 begins tool_call lookup_a lookup",
  "0/2 tool_call: {\"q\"",
  "0/2 tool_call: :\"sky\"}",
  "0/2 stops",
  "0/3 begins tool_call now_b now",
  "0/3 tool_call: {}",
  "0/3 stops",
  "usage in=9 cached=4 written=0 out=12 reasoning=0",
  "0 finishes tool_calls",
  "end"};

std::string sse(std::string_view json) {
  return "data: " + std::string{json} + "\r\n\r\n";
}

/// An event about a message: `message` is its JSON.
std::string tells(std::string_view type, std::string_view message, int index = 0) {
  return sse(
    R"({"type":")" + std::string{type} + R"(","index":)" + std::to_string(index)
    + R"(,"delta":{"message":)" + std::string{message} + "}}");
}

std::string calls(std::string_view type, int index, std::string_view arguments) {
  const auto id = "c" + std::to_string(index);
  return tells(
    type,
    R"({"tool_calls":{"id":")" + id + R"(","function":{"name":"f","arguments":")"
      + std::string{arguments} + R"("}}})",
    index);
}

std::string ends_with(std::string_view delta) {
  return sse(R"({"type":"message-end","delta":)" + std::string{delta} + "}");
}

const std::string begin = sse(R"({"type":"message-start","id":"r1"})");
const std::string a = tells("content-delta", R"({"content":{"text":"A"}})");
const std::string complete = ends_with(R"({"finish_reason":"COMPLETE"})");
const Lines begun{"start r1 ", "0/0 begins text", "0/0 text: A"};

Lines begun_and(const Lines& more) {
  auto lines = begun;
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

Lines started_and(const Lines& more) {
  Lines lines{"start r1 "};
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

} // namespace

TEST_CASE("a stream of Cohere's is read alike at every split", "[dialects][cohere]") {
  check_at_every_split(cohere_dialect(), read_fixture("cohere/stream.txt"), whole_answer);
}

TEST_CASE("a cut stream of Cohere's ends in an error", "[dialects][cohere]") {
  const auto body = read_fixture("cohere/stream.txt");
  check_every_cut(cohere_dialect(), body, body.size() - 2); // two line ends are no content
  // Behind the message's end nothing is waited for, not even the whole of `[DONE]`.
  check_every_cut(cohere_dialect(), body + "data: [DONE]\n\n", body.size() - 2);
}

TEST_CASE("a spoilt stream of Cohere's does no harm", "[dialects][cohere]") {
  check_spoilt_streams(cohere_dialect(), read_fixture("cohere/stream.txt"));
}

TEST_CASE(
  "a stream of Cohere's is said to come from the model that was asked", "[dialects][cohere]") {
  Target target;
  target.upstream_model = "command-x";
  const auto reader = cohere_dialect().event_reader(target);
  std::vector<StreamEvent> events;
  reader->feed(begin, events);
  REQUIRE(events.size() == 1);
  CHECK(events[0].name == "command-x");
}

TEST_CASE("odd streams of Cohere's are understood", "[dialects][cohere]") {
  struct Row {
    const char* when;
    std::string body;
    Lines events;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"text ends", begin + a + complete, begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"the message's start is left out",
     a + complete,
     {"start  ", "0/0 begins text", "0/0 text: A", "0/0 stops", "0 finishes stop", "end"}},
    {"the length is reached",
     begin + a + ends_with(R"({"finish_reason":"MAX_TOKENS"})"),
     begun_and({"0/0 stops", "0 finishes length", "end"})},
    {"a refusal ends it",
     begin + ends_with(R"({"finish_reason":"ERROR_TOXIC"})"),
     started_and({"0 finishes content_filter", "end"})},
    {"the type stands in the event's name alone",
     begin + "event: content-delta\n" + sse(R"({"delta":{"message":{"content":{"text":"A"}}}})")
       + complete,
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"it ends with [DONE], and more",
     begin + a + complete + sse("[DONE]") + a,
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"citations and what is new pass by",
     begin + tells("citation-start", R"({"citations":{"start":0}})") + a
       + sse(R"({"type":"citation-end","index":0})") + sse(R"({"type":"new-thing"})") + complete,
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"two texts come one after the other",
     begin + a + sse(R"({"type":"content-end","index":0})")
       + tells("content-start", R"({"content":{"type":"text","text":"B"}})", 1) + complete,
     begun_and(
       {"0/0 stops", "0/1 begins text", "0/1 text: B", "0/1 stops", "0 finishes stop", "end"})},
    {"calls come by turns, and are never ended",
     begin + calls("tool-call-start", 0, "") + calls("tool-call-start", 1, "{")
       + calls("tool-call-delta", 0, "{") + calls("tool-call-delta", 1, "}")
       + calls("tool-call-delta", 0, "}") + ends_with(R"({"finish_reason":"TOOL_CALL"})"),
     started_and(
       {"0/0 begins tool_call c0 f",
        "0/1 begins tool_call c1 f",
        "0/1 tool_call: {",
        "0/0 tool_call: {",
        "0/1 tool_call: }",
        "0/0 tool_call: }",
        "0/0 stops",
        "0/1 stops",
        "0 finishes tool_calls",
        "end"})},
    {"arguments begin like null and are none",
     begin + calls("tool-call-start", 0, "n") + calls("tool-call-delta", 0, "ope")
       + calls("tool-call-delta", 0, "n") + sse(R"({"type":"tool-call-end","index":0})") + complete,
     started_and(
       {"0/0 begins tool_call c0 f",
        "0/0 tool_call: nope",
        "0/0 tool_call: n",
        "0/0 stops",
        "0 finishes stop",
        "end"})},
    {"a piece belongs to no call",
     begin + calls("tool-call-delta", 3, "{}") + sse(R"({"type":"tool-call-end","index":3})")
       + complete,
     started_and({"0 finishes stop", "end"})},
    {"a call begins twice",
     begin + calls("tool-call-start", 0, "") + calls("tool-call-start", 0, ""),
     started_and({"0/0 begins tool_call c0 f", "error invalid_answer 200"})},
    {"logprobs come along",
     begin
       + sse(R"({"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"A"}}},)"
             R"("logprobs":{"text":"A","token_ids":[1],"logprobs":[-1]}})")
       + complete,
     started_and(
       {"0/0 begins text",
        R"(0/0 text: A {"content":[{"token":"A","logprob":-1.0,"bytes":[65],"top_logprobs":[]}],"refusal":null})",
        "0/0 stops",
        "0 finishes stop",
        "end"})},
  }));
  CAPTURE(row.when);
  CHECK(events_of(cohere_dialect(), {row.body}) == row.events);
}

TEST_CASE("streams of Cohere's that fail say how", "[dialects][cohere]") {
  struct Row {
    const char* when;
    std::string body;
    Lines events;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"the body is empty", "", {"error invalid_answer 200"}},
    {"the generation fails before it begins: another provider may take over",
     ends_with(R"({"finish_reason":"ERROR","usage":{"tokens":{"input_tokens":3}}})"),
     {"error server_error 200"}},
    {"it is cut", begin + a, begun_and({"error invalid_answer 200"})},
    {"it is cut between two blocks",
     begin + a + sse(R"({"type":"content-end","index":0})"),
     begun_and({"0/0 stops", "error invalid_answer 200"})},
    {"the end has no reason",
     begin + a + ends_with("{}"),
     begun_and({"0/0 stops", "error invalid_answer 200"})},
    {"the end has nothing",
     begin + a + sse(R"({"type":"message-end"})"),
     begun_and({"0/0 stops", "error invalid_answer 200"})},
    {"the generation fails, and is paid for",
     begin + a
       + ends_with(
         R"({"finish_reason":"ERROR","error":"x","usage":{"tokens":{"input_tokens":3,"output_tokens":1}}})")
       + a,
     begun_and(
       {"0/0 stops", "usage in=3 cached=0 written=0 out=1 reasoning=0", "error server_error 200"})},
    {"the generation takes too long",
     begin + ends_with(R"({"finish_reason":"TIMEOUT"})"),
     started_and({"error timed_out 200"})},
    {"the prompt is too long after all",
     begin + ends_with(R"({"finish_reason":"ERROR","error":"Too many tokens."})"),
     started_and({"error context_too_long 200"})},
    {"an error comes midway",
     begin + a + sse(R"({"message":"internal server error"})") + a,
     begun_and({"error server_error 200"})},
    {"an error comes midway by its name",
     begin + a + "event: error\n" + sse(R"({"message":"too many tokens"})"),
     begun_and({"error context_too_long 200"})},
    {"an error comes bare, instead of a stream",
     "{\n  \"message\": \"internal server error\"\n}\n",
     {"error server_error 200"}},
    {"an error comes bare, midway",
     begin + a + "{\"message\":\"internal server error\"}\n",
     begun_and({"error server_error 200"})},
    {"an event is no JSON", begin + a + sse("{"), begun_and({"error invalid_answer 200"})},
    {"an event is a list", begin + a + sse("[1]"), begun_and({"error invalid_answer 200"})},
    {"it is done before its end",
     begin + a + sse("[DONE]"),
     begun_and({"error invalid_answer 200"})},
    {"an event says nothing", begin + a + sse("{}"), begun_and({"error invalid_answer 200"})},
    {"wrong types say nothing",
     begin + tells("content-delta", "7") + tells("content-delta", R"({"content":[1]})")
       + tells("tool-call-start", R"({"tool_calls":{"function":1}})")
       + tells("tool-plan-delta", R"({"tool_plan":{}})"),
     started_and({"error invalid_answer 200"})},
  }));
  CAPTURE(row.when);
  CHECK(events_of(cohere_dialect(), {row.body}) == row.events);
}
