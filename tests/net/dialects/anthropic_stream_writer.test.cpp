#include "net/dialects/sse_lines.hpp"
#include "tests/net/dialects/messages_client.hpp"
#include "tests/net/dialects/messages_door.hpp"

using namespace gateway;
using nlohmann::json;
using Kind = StreamEvent::Kind;

namespace {

StreamEvent event(Kind kind, std::int64_t block = 0, std::string text = {}) {
  StreamEvent made;
  made.kind = kind;
  made.block = block;
  made.text = std::move(text);
  return made;
}

StreamEvent begins(std::int64_t block, Block::Kind kind, std::string id = {}) {
  auto made = event(Kind::block_start, block);
  made.block_kind = kind;
  made.id = std::move(id);
  made.name = made.id.empty() ? "" : "f";
  return made;
}

StreamEvent finishes(FinishReason reason) {
  auto made = event(Kind::finish);
  made.finish = reason;
  return made;
}

/// A writer and what it wrote.
struct Written {
  explicit Written(std::string_view dialect = "openai")
      : talk(R"({"model":"m","max_tokens":5,"messages":[{}],"stream":true})"),
        writer(anthropic_format().stream_writer(dialect, talk.envelope)) {
    auto start = event(Kind::start);
    start.id = "a1";
    start.name = "m1";
    add({start});
  }
  void add(const std::vector<StreamEvent>& events) {
    for (const auto& one : events) REQUIRE(writer->write(one, out));
  }
  json message(const Usage& usage = {}) {
    MessagesClient client;
    client.read(out + writer->ending(usage));
    REQUIRE(client.done());
    return client.message();
  }

  MessagesTalk talk;
  std::unique_ptr<StreamWriter> writer;
  std::string out;
};

using B = Block::Kind;

} // namespace

TEST_CASE("a text leaves as it comes, in Anthropic's events", "[dialects][messages][stream]") {
  Written written;
  CHECK(
    written.out
    == "event: message_start\ndata: "
       R"({"type":"message_start","message":{"id":"msg_a1","type":"message","role":"assistant","model":"m1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}})"
       "\n\n");
  written.out.clear();
  written.add({begins(0, B::text), event(Kind::block_delta, 0, "\"a\"")});
  CHECK(
    written.out
    == "event: content_block_start\ndata: "
       R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
       "\n\nevent: content_block_delta\ndata: "
       R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\"a\""}})"
       "\n\n");
  written.out.clear();
  written.add({event(Kind::block_stop, 0), finishes(FinishReason::length)});
  CHECK(
    written.out
    == "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n");
  const Usage usage{10, 4, 1, 0, 7, 2, true, false};
  CHECK(
    written.writer->ending(usage)
    == "event: message_delta\ndata: "
       R"({"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"input_tokens":5,"cache_creation_input_tokens":1,"cache_read_input_tokens":4,"output_tokens":7,"output_tokens_details":{"thinking_tokens":2}}})"
       "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

TEST_CASE(
  "calls that come at once are written one after the other", "[dialects][messages][stream]") {
  Written written;
  written.add(
    {begins(0, B::tool_call, "c1"),
     event(Kind::block_delta, 0, R"({"a":)"),
     begins(1, B::tool_call, "c2"),
     event(Kind::block_delta, 1, R"({"b":)")});
  CHECK(written.out.find("c2") == std::string::npos);
  written.add(
    {event(Kind::block_delta, 0, "1}"),
     begins(2, B::text),
     event(Kind::block_delta, 2, "late"),
     event(Kind::block_delta, 1, "2}"),
     event(Kind::block_stop, 1),
     event(Kind::block_stop, 0),
     event(Kind::block_stop, 2),
     finishes(FinishReason::tool_calls)});
  const auto message = written.message();
  CHECK(message["stop_reason"] == "tool_use");
  CHECK(
    message["content"]
    == json::parse(
      R"([{"type":"tool_use","id":"c1","name":"f","input":{"a":1}},{"type":"tool_use","id":"c2","name":"f","input":{"b":2}},{"type":"text","text":"late"}])"));
}

TEST_CASE("what waits for its turn is bounded", "[dialects][messages][stream]") {
  Written written;
  written.add({begins(0, B::tool_call, "c1"), begins(1, B::tool_call, "c2")});
  const auto piece = event(Kind::block_delta, 1, std::string(1024 * 1024, 'a'));
  std::size_t taken = 0;
  while (written.writer->write(piece, written.out)) REQUIRE(++taken <= 16);
  CHECK(taken == sse_event_bytes_max / piece.text.size());

  Written many;
  std::int64_t begun = 0;
  while (many.writer->write(begins(begun, B::tool_call, "c"), many.out)) REQUIRE(++begun <= 2'000);
  CHECK(begun == 1'025); // the one that is written and those behind it
}

TEST_CASE(
  "a call and its signature stand together, the signature first", "[dialects][messages][stream]") {
  Written written{"gemini"};
  written.add(
    {begins(0, B::reasoning),
     event(Kind::block_delta, 0, "hm"),
     event(Kind::block_stop, 0),
     begins(1, B::tool_call, "c1"),
     event(Kind::signature, 1, "c2ln"),
     event(Kind::block_delta, 1, "{}"),
     event(Kind::block_stop, 1),
     finishes(FinishReason::tool_calls)});
  CHECK(
    written.message()["content"]
    == json::parse(
      R"([{"type":"thinking","thinking":"hm","signature":"llm-gateway:gemini:"},{"type":"redacted_thinking","data":"llm-gateway:gemini:c2ln"},{"type":"tool_use","id":"c1","name":"f","input":{}}])"));
}

TEST_CASE("a stream says why it ended as clients know it", "[dialects][messages][stream]") {
  struct Row {
    const char* when;
    std::vector<StreamEvent> events;
    const char* reason;
    std::size_t blocks;
  };
  const auto row = GENERATE(
    Row{"nothing was said", {finishes(FinishReason::stop)}, "end_turn", 0},
    Row{
      "an empty text is none",
      {begins(0, B::text), event(Kind::block_stop, 0), finishes(FinishReason::stop)},
      "end_turn",
      0},
    Row{
      "a call whose provider says stop",
      {begins(0, B::tool_call, "c1"), event(Kind::block_stop, 0), finishes(FinishReason::stop)},
      "tool_use",
      1},
    Row{
      "a block that was left open",
      {begins(0, B::text), event(Kind::block_delta, 0, "a"), finishes(FinishReason::stop)},
      "end_turn",
      1},
    Row{
      "a refusal",
      {begins(0, B::refusal), event(Kind::block_delta, 0, "No."), finishes(FinishReason::stop)},
      "refusal",
      1},
    Row{"a filter", {finishes(FinishReason::content_filter)}, "refusal", 0});
  CAPTURE(row.when);
  Written written;
  written.add(row.events);
  const auto message = written.message();
  CHECK(message["stop_reason"] == row.reason);
  CHECK(message["content"].size() == row.blocks);
}

TEST_CASE(
  "of several choices a client of Anthropic's gets the first", "[dialects][messages][stream]") {
  Written written;
  auto other = begins(0, B::text);
  other.choice = 1;
  written.add({other, finishes(FinishReason::stop)});
  CHECK(written.message()["content"].empty());
}
