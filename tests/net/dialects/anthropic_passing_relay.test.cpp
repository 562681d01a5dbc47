#include "net/dialects/sse_lines.hpp"
#include "tests/net/dialects/event_text.hpp"
#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/messages_door.hpp"
#include "tests/net/dialects/stream_checks.hpp"

using namespace gateway;

namespace {

const std::string asked =
  R"({"model":"m","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"a"}]})";

std::string event(const std::string& type, const std::string& more = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + more + "}\n\n";
}

std::string text(const std::string& words) {
  return event(
    "content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":")" + words + "\"}");
}

const std::string start = event(
  "message_start",
  R"(,"message":{"id":"msg_1","model":"m","usage":{"input_tokens":7,"output_tokens":1}})");
const std::string block =
  event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})");
const std::string delta =
  event("message_delta", R"(,"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3})");
const std::string stop = event("message_stop");

/// A stream that passed in these pieces.
struct Passed {
  explicit Passed(const std::vector<std::string_view>& pieces) : talk(asked) {
    relay = talk.conversation.relay(*find_dialect("anthropic"), talk.target);
    for (const auto piece : pieces) relay->feed(piece, out);
    relay->finish(out);
  }
  explicit Passed(std::string_view whole) : Passed(std::vector{whole}) {}

  MessagesTalk talk;
  std::unique_ptr<StreamRelay> relay;
  std::string out;
};

} // namespace

TEST_CASE("events pass as they are, and the last ones wait", "[dialects][messages][relay]") {
  const auto unknown = event("new_thing", R"(,"x":[1])")
    + event("content_block_start", R"(,"index":1,"content_block":{"type":"server_tool_use"})");
  const auto before = start + block + ": comment\n\n" + event("ping") + text("hi") + unknown;
  Passed passed{before + delta + event("ping") + stop};
  CHECK(passed.out == before);
  CHECK(passed.relay->complete());
  CHECK(passed.relay->finish_reason() == FinishReason::stop);
  CHECK(usage_text(passed.relay->usage()) == "in=7 cached=0 written=0 out=3 reasoning=0");
  CHECK(passed.relay->output_bytes() == 2);
  CHECK(passed.relay->ending(passed.relay->usage()) == delta + event("ping") + stop);
}

TEST_CASE("a stream passes the same wherever it is cut", "[dialects][messages][relay]") {
  const std::string unix_lines = read_fixture("anthropic/contract/stream.txt");
  std::string dos_lines;
  for (const auto c : unix_lines) dos_lines += c == '\n' ? std::string{"\r\n"} : std::string{c};
  for (const std::string_view whole : {unix_lines, dos_lines}) {
    const auto begin = whole.find("event: message_start");
    const auto end = whole.find("event: message_delta");
    const auto check = [&](const std::vector<std::string_view>& pieces) {
      Passed passed{pieces};
      REQUIRE(passed.relay->complete());
      REQUIRE(passed.relay->finish_reason() == FinishReason::tool_calls);
      REQUIRE(passed.relay->usage().output == 25);
      // What stands before the first event may come with it, or not.
      REQUIRE(passed.out.ends_with(whole.substr(begin, end - begin)));
      REQUIRE(passed.relay->ending({}) == whole.substr(end));
    };
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < whole.size(); ++at) bytes.push_back(whole.substr(at, 1));
    check(bytes);
    for (std::size_t at = 0; at < whole.size(); at += testing::stride)
      check({whole.substr(0, at), whole.substr(at)});
  }
}

TEST_CASE(
  "what is no whole stream fails, and its error is not passed", "[dialects][messages][relay]") {
  const auto error = event("error", R"(,"error":{"type":"overloaded_error","message":"SECRET"})");
  struct Row {
    const char* when;
    std::string stream;
    FailureKind kind;
    bool opened;
  };
  const auto row = GENERATE_COPY(
    Row{"an error at its head", error, FailureKind::overloaded, false},
    Row{"an error within", start + text("a") + error, FailureKind::overloaded, true},
    Row{"JSON that breaks", start + "data: {\"a\":\n\n", FailureKind::invalid_answer, true},
    Row{"no end", start + block + text("a"), FailureKind::invalid_answer, true},
    Row{"no reason", start + stop, FailureKind::invalid_answer, true},
    Row{"a reason and no end", start + delta, FailureKind::invalid_answer, true},
    Row{"nothing", "", FailureKind::invalid_answer, false},
    Row{"a page", "<html></html>", FailureKind::invalid_answer, false},
    Row{
      "an error that is no event",
      R"({"type":"error","error":{"type":"rate_limit_error","message":"x"}})",
      FailureKind::rate_limited,
      false});
  CAPTURE(row.when);
  Passed passed{row.stream};
  CHECK_FALSE(passed.relay->complete());
  CHECK(passed.relay->opened() == row.opened);
  REQUIRE(passed.relay->failure());
  CHECK(failure_text(passed.relay->failure()->kind) == failure_text(row.kind));
  CHECK(passed.out.find("SECRET") == std::string::npos);
  if (!row.opened) CHECK(passed.out.empty());
}

TEST_CASE("a last event without its empty line counts", "[dialects][messages][relay]") {
  const auto whole = start + block + text("a") + delta + stop;
  Passed passed{std::string_view{whole}.substr(0, whole.size() - 2)};
  CHECK(passed.relay->complete());
}

TEST_CASE("an event of Anthropic's without end ends the stream", "[dialects][messages][relay]") {
  MessagesTalk talk{asked};
  const auto relay = talk.conversation.relay(*find_dialect("anthropic"), talk.target);
  std::string out;
  const std::string piece(1024 * 1024, 'a');
  relay->feed(start + "data: {\"x\":\"", out);
  for (std::size_t fed = 0; fed < sse_event_bytes_max && !relay->failure(); fed += piece.size())
    relay->feed(piece, out);
  REQUIRE(relay->failure());
  CHECK(out == start);
}
