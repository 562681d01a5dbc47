#include "net/dialects/sse_lines.hpp"
#include "net/dialects/stream_relays.hpp"
#include "tests/net/dialects/event_text.hpp"
#include "tests/net/dialects/fixtures.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace gateway;

namespace {

std::string data(const std::string& json) {
  return "data: " + json + "\n\n";
}

/// A chunk that adds to one choice.
std::string chunk(const std::string& delta, const std::string& finish = "null") {
  return data(
    R"({"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":)"
    + delta + R"(,"finish_reason":)" + finish + "}]}");
}

std::string text(const std::string& words) {
  return chunk(R"({"content":")" + words + R"("})");
}

const std::string stop = chunk("{}", R"("stop")");
const std::string done = "data: [DONE]\n\n";
const std::string usage =
  data(R"({"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})");

/// A relay that was fed all of `stream`, and what it let pass.
struct Passed {
  explicit Passed(const std::string& stream, bool shows_usage = false)
      : relay(make_openai_relay(shows_usage)) {
    relay->feed(stream, out);
    opened = relay->opened();
    relay->finish(out);
  }
  std::unique_ptr<StreamRelay> relay;
  std::string out;
  bool opened = false; // before the end
};

} // namespace

TEST_CASE("comments and empty lines open nothing", "[dialects][relay]") {
  const auto relay = make_openai_relay(false);
  std::string out;
  relay->feed(
    ": keep-alive\n\n\n\r\n: OPENROUTER PROCESSING\n\nretry: 5\n\ndata: ping\n\ndata:\n\n", out);
  CHECK_FALSE(relay->opened());
  CHECK(out.empty());
  relay->feed(text("a"), out);
  CHECK(relay->opened());
  CHECK(out == text("a"));
  relay->feed(": keep-alive\n\n\n", out);
  CHECK(out == text("a") + ": keep-alive\n\n\n");
}

TEST_CASE("an event passes as soon as it is whole", "[dialects][relay]") {
  const auto relay = make_openai_relay(false);
  std::string out;
  const auto event = text("a");
  relay->feed(event.substr(0, event.size() - 1), out);
  CHECK(out.empty());
  relay->feed(event.substr(event.size() - 1), out);
  CHECK(out == event);
}

TEST_CASE("an error at the head is a failure before anything left", "[dialects][relay]") {
  struct Row {
    const char* when;
    std::string stream;
    FailureKind kind;
  };
  const auto row = GENERATE(
    Row{
      "an error event",
      data(R"({"error":{"message":"x","code":"rate_limit_exceeded"}})"),
      FailureKind::rate_limited},
    Row{
      "an error event behind comments",
      ": x\n\nevent: error\n" + data(R"({"error":{"message":"x","type":"insufficient_quota"}})"),
      FailureKind::quota_exhausted},
    Row{
      "an error in text",
      data(R"({"code":"The service is currently unavailable","error":"x"})"),
      FailureKind::overloaded},
    Row{
      "a wrapped error",
      data(R"({"base_resp":{"status_code":1008,"status_msg":"x"}})"),
      FailureKind::quota_exhausted},
    Row{
      "a flat error",
      data(R"({"object":"error","message":"x","type":"rate_limited","code":429})"),
      FailureKind::rate_limited},
    Row{"an error finish", chunk("{}", R"("error")"), FailureKind::server_error},
    Row{
      "a body that is one JSON error",
      R"({"error":{"code":503,"message":"overloaded"}})",
      FailureKind::overloaded},
    Row{
      "the same over several lines",
      "{\n \"error\": {\n\"message\":\"x\",\"code\":\"invalid_api_key\"}\n}\n",
      FailureKind::credentials},
    Row{
      "a body that is a whole answer",
      R"({"choices":[{"message":{"content":"x"}}]})",
      FailureKind::invalid_answer},
    Row{"HTML", "<html>\n\n</html>", FailureKind::invalid_answer},
    Row{"broken JSON", data(R"({"choices":[}})"), FailureKind::invalid_answer},
    Row{
      "invalid UTF-8",
      data("{\"choices\":[{\"delta\":{\"content\":\"\xFF\"}}]}"),
      FailureKind::invalid_answer},
    Row{"nothing", "", FailureKind::invalid_answer},
    Row{"only the end", done, FailureKind::invalid_answer},
    Row{"only comments", ": x\n\n: y\n\n", FailureKind::invalid_answer});
  CAPTURE(row.when);
  const Passed passed{row.stream};
  CHECK(passed.out.empty());
  CHECK_FALSE(passed.opened);
  CHECK_FALSE(passed.relay->complete());
  REQUIRE(passed.relay->failure());
  CHECK(failure_text(passed.relay->failure()->kind) == failure_text(row.kind));
}

TEST_CASE(
  "a stream that fails later lets all before it pass, and nothing behind", "[dialects][relay]") {
  struct Row {
    const char* when;
    std::string rest;
    FailureKind kind;
  };
  const auto row = GENERATE(
    Row{
      "an error event",
      data(R"({"error":{"message":"x","type":"server_error"}})") + text("b"),
      FailureKind::server_error},
    Row{
      "an error finish",
      chunk(R"({"content":""})", R"("error")") + stop,
      FailureKind::server_error},
    Row{"the end without a finish reason", "", FailureKind::invalid_answer},
    Row{"[DONE] without a finish reason", done + stop, FailureKind::invalid_answer},
    Row{"broken JSON", data("{\"choices\":[") + stop, FailureKind::invalid_answer},
    Row{"a bare error", "{\"error\":{\"code\":\"slow_down\"}}\n", FailureKind::rate_limited});
  CAPTURE(row.when);
  const Passed passed{text("a") + row.rest};
  CHECK(passed.opened);
  CHECK(passed.out == text("a"));
  CHECK_FALSE(passed.relay->complete());
  REQUIRE(passed.relay->failure());
  CHECK(failure_text(passed.relay->failure()->kind) == failure_text(row.kind));
}

TEST_CASE("every choice must come to an end", "[dialects][relay]") {
  const auto both = data(
    R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]})");
  const auto second = data(R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})");
  CHECK_FALSE(Passed{both + stop + done}.relay->complete());
  const Passed passed{both + stop + second + done};
  CHECK(passed.relay->complete());
  CHECK(passed.relay->finish_reason() == FinishReason::length);
}

TEST_CASE("usage is gathered, and shown only to who asked", "[dialects][relay]") {
  const auto stream = text("ab") + stop + usage + done;
  const Passed hidden{stream};
  CHECK(hidden.out == text("ab") + stop);
  CHECK(usage_text(hidden.relay->usage()) == "in=3 cached=0 written=0 out=2 reasoning=0");
  CHECK(hidden.relay->ending(hidden.relay->usage()) == done);

  const Passed shown{stream, true};
  CHECK(shown.out == text("ab") + stop);
  CHECK(shown.relay->ending(shown.relay->usage()) == usage + done); // the provider's own words

  const Passed untold{text("ab") + stop + done, true};
  CHECK_FALSE(untold.relay->usage().known);
  CHECK(untold.relay->output_bytes() == 2);
  Usage estimated;
  estimated.input = 3;
  estimated.output = 1;
  CHECK(
    untold.relay->ending(estimated)
    == data(
         R"({"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})")
      + done);
}

TEST_CASE("what a model writes is never taken for what the provider says", "[dialects][relay]") {
  const std::string words = GENERATE(
    R"(\"usage\":{\"prompt_tokens\":9})",
    R"(\"finish_reason\":\"stop\")",
    R"(\"error\":{\"message\":\"x\"})",
    R"(\\)",
    R"(\\\\)",
    R"(\"}],\"usage\":{}})",
    R"(data: [DONE])",
    R"(\n\ndata: [DONE]\n\n)",
    R"(\ud83d\ude00 \u00e9)");
  CAPTURE(words);
  // The second and the third come when the frame is learnt.
  const auto stream = text("a") + text(words) + text(words) + text("b") + stop;
  const Passed passed{stream};
  CHECK(passed.out == stream);
  CHECK(passed.relay->complete());
  CHECK_FALSE(passed.relay->usage().known);
  CHECK(passed.relay->output_bytes() == static_cast<std::int64_t>(2 + 2 * words.size()));
}

TEST_CASE(
  "what the provider says is seen in the frame of ordinary chunks, too", "[dialects][relay]") {
  const auto before = text("a") + text("b");
  struct Row {
    const char* when;
    std::string words; // as they stand between the quotes of the content
    bool fails;
    bool knows_usage;
  };
  const auto row = GENERATE(
    Row{
      "usage in the choice is nobody's",
      R"(x"},"usage":{"prompt_tokens":1},"delta":{"content":"y)",
      false,
      false},
    Row{
      "an error beside the choices",
      R"(x"}}],"error":{"message":"x"},"choices":[{"delta":{"content":"y)",
      true,
      false},
    Row{
      "usage beside the choices",
      R"(x"}}],"usage":{"prompt_tokens":1},"choices":[{"delta":{"content":"y)",
      false,
      true},
    Row{"a line that ends in a string", "x\ny", true, false},
    Row{"a string that goes on", R"(x\)", true, false});
  CAPTURE(row.when);
  const Passed passed{before + text(row.words) + stop};
  CHECK(passed.relay->failure().has_value() == row.fails);
  CHECK(passed.relay->usage().known == row.knows_usage);
}

TEST_CASE("padding against listeners passes, whatever stands in it", "[dialects][relay]") {
  const auto padded = [](const std::string& words, const std::string& padding) {
    return data(
      R"({"choices":[{"index":0,"delta":{"content":")" + words + R"("}}],"obfuscation":")" + padding
      + R"("})");
  };
  struct Row {
    const char* when;
    std::string padding; // as it stands between its quotes
    bool fails;
    bool knows_usage;
  };
  const auto row = GENERATE(
    Row{"none", "", false, false},
    Row{"letters", "aB3dE", false, false},
    Row{"an escape", R"(a\"b\\)", false, false},
    Row{"usage behind it", R"(a","usage":{"prompt_tokens":1},"x":"b)", false, true},
    Row{"an error behind it", R"(a","error":"x","obfuscation":"b)", true, false},
    Row{"a string that goes on", R"(a\)", true, false});
  CAPTURE(row.when);
  const auto before = padded("a", "x") + padded("b", "xyz");
  const Passed passed{before + padded("cd", row.padding) + stop};
  CHECK(passed.relay->failure().has_value() == row.fails);
  CHECK(passed.relay->usage().known == row.knows_usage);
  if (!row.fails) CHECK(passed.relay->output_bytes() == 4);
  if (!row.fails && !row.knows_usage)
    CHECK(passed.out == before + padded("cd", row.padding) + stop);
}

TEST_CASE("a finish reason that clients do not know is replaced", "[dialects][relay]") {
  struct Row {
    const char* said;
    const char* passed;
    FinishReason finish;
  };
  const auto row = GENERATE(
    Row{"stop", "stop", FinishReason::stop},
    Row{"function_call", "function_call", FinishReason::tool_calls},
    Row{"model_length", "length", FinishReason::length},
    Row{"sensitive", "content_filter", FinishReason::content_filter},
    Row{"abort", "stop", FinishReason::stop});
  CAPTURE(row.said);
  const Passed passed{text("a") + chunk("{}", "\"" + std::string{row.said} + "\"")};
  CHECK(passed.out == text("a") + chunk("{}", "\"" + std::string{row.passed} + "\""));
  CHECK(passed.relay->finish_reason() == row.finish);
}

TEST_CASE("an event without end ends the stream", "[dialects][relay]") {
  const auto relay = make_openai_relay(false);
  std::string out;
  const std::string piece(1024 * 1024, 'a');
  relay->feed("data: {\"x\":\"", out);
  for (std::size_t fed = 0; fed < sse_event_bytes_max && !relay->failure(); fed += piece.size())
    relay->feed(piece, out);
  REQUIRE(relay->failure());
  CHECK(relay->failure()->kind == FailureKind::invalid_answer);
  relay->feed("\"}\n\n" + text("a"), out);
  relay->finish(out);
  CHECK(out.empty());
}

TEST_CASE("a spoilt stream passes the same bytes wherever it is cut", "[dialects][relay]") {
  const auto whole =
    read_fixture("openai/streams/reasoning.sse") + read_fixture("openai/streams/tools.sse");
  std::mt19937 random{20261124};
  const auto below = [&](std::size_t bound) { return random() % bound; };
  constexpr std::string_view bytes = "{}[]\",:\\\n\r\xFF dta";
  for (int round = 0; round < 2'000; ++round) {
    auto stream = whole;
    for (auto changes = 1 + below(4); changes > 0; --changes)
      stream[below(stream.size())] = bytes[below(bytes.size())];
    const Passed at_once{stream};
    const auto relay = make_openai_relay(false);
    std::string out;
    for (std::size_t at = 0; at < stream.size();) {
      const auto size = std::min(1 + below(400), stream.size() - at);
      relay->feed(std::string_view{stream}.substr(at, size), out);
      at += size;
    }
    relay->finish(out);
    if (
      out == at_once.out && relay->complete() == at_once.relay->complete()
      && relay->usage() == at_once.relay->usage())
      continue;
    CAPTURE(stream);
    FAIL("passed otherwise");
  }
}
