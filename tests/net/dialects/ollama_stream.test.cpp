#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& ollama_dialect();
}

using namespace gateway;

namespace {

// The ids that are missing are made of what the answer says, by FNV-1a.
const Lines whole_answer{
  "start  qwen3:8b",
  "0/0 begins reasoning",
  "0/0 reasoning: Look ",
  "0/0 reasoning: it up.",
  "0/0 stops",
  "0/1 begins text",
  "0/1 text: Wie schön: ",
  "0/1 text: é",
  "0/1 stops",
  "0/2 begins tool_call call_1d1b4aea1ee0f2f4 lookup",
  "0/2 tool_call: {\"z\":\"sky\",\"a\":1}",
  "0/2 stops",
  "0/3 begins tool_call c2 now",
  "0/3 tool_call: {}",
  "0/3 stops",
  "0/4 begins tool_call call_3e4edaa2aaab59f1 now",
  "0/4 tool_call: {}",
  "0/4 stops",
  "usage in=20 cached=0 written=0 out=37 reasoning=0",
  "0 finishes tool_calls",
  "end"};

std::string says(const std::string& message, const std::string& more = "") {
  return R"({"message":{)" + message + R"(},"done":false)" + more + "}\n";
}

std::string done(const std::string& more = "") {
  return R"({"message":{"role":"assistant","content":""},"done":true)" + more + "}\n";
}

const std::string a = says(R"("content":"A")");
const Lines begun{"start  ", "0/0 begins text", "0/0 text: A"};

Lines begun_and(const Lines& more) {
  auto lines = begun;
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

} // namespace

TEST_CASE("a stream of Ollama's is read alike at every split", "[dialects][ollama]") {
  check_at_every_split(ollama_dialect(), read_fixture("ollama/stream.txt"), whole_answer);
}

TEST_CASE("a cut stream of Ollama's ends in an error", "[dialects][ollama]") {
  const auto body = read_fixture("ollama/stream.txt");
  check_every_cut(ollama_dialect(), body, body.size() - 1); // the line's end is no content
}

TEST_CASE("a spoilt stream of Ollama's does no harm", "[dialects][ollama]") {
  check_spoilt_streams(ollama_dialect(), read_fixture("ollama/stream.txt"));
}

TEST_CASE("odd streams of Ollama's are understood", "[dialects][ollama]") {
  struct Row {
    const char* when;
    std::string body;
    Lines events;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"nothing is wrong", a + done(), begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"the last line says something too",
     a + R"({"message":{"content":"B"},"done":true})",
     begun_and({"0/0 text: B", "0/0 stops", "0 finishes stop", "end"})},
    {"it is as long as it may be",
     a + done(R"(,"done_reason":"length","prompt_eval_count":1,"eval_count":2)"),
     begun_and(
       {"0/0 stops",
        "usage in=1 cached=0 written=0 out=2 reasoning=0",
        "0 finishes length",
        "end"})},
    {"the prompt's count is missing",
     a + done(R"(,"eval_count":2)"),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"lines are ended and parted oddly",
     "\r\n" + a + "\n \r\n" + done(),
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"only a model was loaded",
     done(R"(,"done_reason":"load")"),
     {"start  ", "0 finishes stop", "end"}},
    {"more comes behind the end",
     a + done() + a + R"({"error":"x"})",
     begun_and({"0/0 stops", "0 finishes stop", "end"})},
    {"the end is missing", a, begun_and({"error invalid_answer 200"})},
    {"the body is empty", "", {"error invalid_answer 200"}},
    {"the body is a page", "<html>\n</html>\n", {"error invalid_answer 200"}},
    {"a line is no object", a + "[]\n", begun_and({"error invalid_answer 200"})},
    {"a line is cut", a + R"({"message":{"con)", begun_and({"error invalid_answer 200"})},
    {"the model fails midway",
     a + "{\"error\":\"an error was encountered while running the model\"}\n" + done(),
     begun_and({"error server_error 200"})},
    {"the server is busy from the first",
     "{\"error\":\"server busy, please try again\"}\n",
     {"error overloaded 200"}},
    {"the prompt turns out too long",
     R"({"error":"the prompt exceeds the context window"})",
     {"error context_too_long 200"}},
    {"an error is no text", a + "{\"error\":{}}\n", begun_and({"error server_error 200"})},
    {"the thoughts come back",
     says(R"("thinking":"T")") + a + says(R"("thinking":"U")") + done(),
     {"start  ",
      "0/0 begins reasoning",
      "0/0 reasoning: T",
      "0/0 stops",
      "0/1 begins text",
      "0/1 text: A",
      "0/1 stops",
      "0/2 begins reasoning",
      "0/2 reasoning: U",
      "0/2 stops",
      "0 finishes stop",
      "end"}},
    {"logprobs come along",
     says(R"("content":"A")", R"(,"logprobs":[{"token":"A","logprob":-1}])") + done(),
     {"start  ",
      "0/0 begins text",
      R"(0/0 text: A {"content":[{"token":"A","logprob":-1,"bytes":[65],"top_logprobs":[]}],"refusal":null})",
      "0/0 stops",
      "0 finishes stop",
      "end"}},
  }));
  CAPTURE(row.when);
  CHECK(events_of(ollama_dialect(), {row.body}) == row.events);
}
