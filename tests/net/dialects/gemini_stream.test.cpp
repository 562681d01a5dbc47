#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& gemini_dialect();
}

using namespace gateway;

namespace {

// The id of the second call is made of what the answer says, by FNV-1a.
const Lines whole_answer{
  "start chatcmpl-r1 gemini-3.8-flash",
  "0/0 begins reasoning",
  "0/0 reasoning: Look ",
  "usage in=20 cached=5 written=0 out=0 reasoning=0",
  "0/0 reasoning: it up.",
  "0/0 stops",
  "0/1 begins text",
  "0/1 text: Wie schön: ",
  "0/1 text: é",
  "usage in=20 cached=5 written=0 out=34 reasoning=30",
  "0/1 stops",
  "0/2 begins tool_call c1 lookup",
  "0/2 signed QUJD",
  "0/2 tool_call: {\"z\":\"sky\",\"a\":1}",
  "0/2 stops",
  "0/3 begins tool_call call_73578d20bf65c936 now",
  "0/3 tool_call: {}",
  "0/3 stops",
  "usage in=22 cached=5 written=0 out=37 reasoning=30",
  "0 finishes tool_calls",
  "end"};

std::string sse(std::string_view json) {
  return "data: " + std::string{json} + "\r\n\r\n";
}

std::string says(const std::string& parts, const std::string& more = "") {
  return sse(R"({"candidates":[{"content":{"parts":[)" + parts + "]}" + more + "}]}");
}

const std::string a = says(R"({"text":"A"})");
const std::string stop = says("", R"(,"finishReason":"STOP")");
const Lines begun{"start  ", "0/0 begins text", "0/0 text: A"};

Lines begun_and(const Lines& more) {
  auto lines = begun;
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

} // namespace

TEST_CASE("a stream of Gemini's is read alike at every split", "[dialects][gemini]") {
  check_at_every_split(gemini_dialect(), read_fixture("gemini/stream.txt"), whole_answer);
}

TEST_CASE("a cut stream of Gemini's ends in an error", "[dialects][gemini]") {
  const auto body = read_fixture("gemini/stream.txt");
  check_every_cut(gemini_dialect(), body, body.size() - 2); // two line ends are no content
}

TEST_CASE("a spoilt stream of Gemini's does no harm", "[dialects][gemini]") {
  check_spoilt_streams(gemini_dialect(), read_fixture("gemini/stream.txt"));
}

TEST_CASE("odd streams of Gemini's are understood", "[dialects][gemini]") {
  struct Row {
    const char* when;
    std::string body;
    Lines events;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"the reason comes alone", a + stop, begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"the reason comes before the rest",
     stop + a,
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"no reason was given", a, begun_and({"0/0 stops", "error invalid_answer 200"})},
    {"the body is empty", "", {"error invalid_answer 200"}},
    {"nothing was said", sse("{}"), {"start  ", "error invalid_answer 200"}},
    {"the prompt is blocked",
     sse(R"({"promptFeedback":{"blockReason":"SAFETY"}})"),
     {"start  ", "0 finishes content_filter", "end"}},
    {"a broken call is all there is",
     says("", R"(,"finishReason":"MALFORMED_FUNCTION_CALL")"),
     {"start  ", "error invalid_answer 200"}},
    {"a broken call ends what was said",
     a + says("", R"(,"finishReason":"MALFORMED_FUNCTION_CALL")"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"the provider fails midway",
     a + sse(R"({"error":{"code":503,"message":"x","status":"UNAVAILABLE"}})") + a,
     begun_and({"error overloaded 200"})},
    {"an error comes bare, on many lines",
     a + "{\n  \"error\": {\n    \"code\": 429,\n    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n",
     begun_and({"error rate_limited 200"})},
    {"an error comes bare, in an array, instead of a stream",
     R"([{"error":{"code":500,"status":"INTERNAL"}}])",
     {"error server_error 200"}},
    {"an error comes in an array within the stream",
     sse(R"([{"error":{"code":500,"status":"INTERNAL"}}])"),
     {"error server_error 200"}},
    {"an event is no JSON", a + sse("{"), begun_and({"error invalid_answer 200"})},
    {"an event is a scalar", a + sse("7"), begun_and({"error invalid_answer 200"})},
    {"an index is beyond all choices",
     sse(R"({"candidates":[{"index":8}]})"),
     {"start  ", "error invalid_answer 200"}},
    {"logprobs come along",
     sse(R"({"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP",)"
         R"("logprobsResult":{"chosenCandidates":[{"token":"A","logProbability":-1}]}}]})"),
     {"start  ",
      "0/0 begins text",
      R"(0/0 text: A {"content":[{"token":"A","logprob":-1,"bytes":[65],"top_logprobs":[]}],"refusal":null})",
      "0/0 stops",
      "0 finishes stop",
      "end"}},
    {"two choices come by turns",
     sse(
       R"({"candidates":[{"index":0,"content":{"parts":[{"text":"A"}]}},{"index":1,"content":{"parts":[{"text":"B"}]}}]})")
       + sse(
         R"({"candidates":[{"index":1,"finishReason":"MAX_TOKENS"},{"index":0,"finishReason":"STOP"}]})"),
     {"start  ",
      "0/0 begins text",
      "0/0 text: A",
      "1/0 begins text",
      "1/0 text: B",
      "0/0 stops",
      "1/0 stops",
      "0 finishes stop",
      "1 finishes length",
      "end"}},
    {"one of two choices is cut",
     sse(
       R"({"candidates":[{"index":0,"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"B"}]}}]})"),
     {"start  ", "1/0 begins text", "1/0 text: B", "1/0 stops", "error invalid_answer 200"}},
    {"an image passes by",
     a + says(R"({"inlineData":{"mimeType":"image/png","data":"AA=="}})") + a + stop,
     begun_and({"0/0 text: A", "0/0 stops", "0 finishes stop", "end"})},
  }));
  CAPTURE(row.when);
  CHECK(events_of(gemini_dialect(), {row.body}) == row.events);
}
