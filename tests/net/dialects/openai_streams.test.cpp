#include "net/dialects/openai.hpp"
#include "net/dialects/stream_relays.hpp"
#include "tests/net/dialects/event_text.hpp"
#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"
#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace gateway;

/// Each stream of fixtures/dialects/openai/streams has what must become of it beside it: `.events`
/// as the reader tells them, `.passed` as the same dialect passes it on, `.translated` as it is
/// written anew.
namespace {

/// The one thing that differs from run to run.
std::string without_clock(std::string text) {
  constexpr std::string_view created = "\"created\":";
  for (auto at = text.find(created); at != text.npos; at = text.find(created, at)) {
    at += created.size();
    text.replace(at, text.find(',', at) - at, "0");
  }
  return text;
}

std::string read_as_events(const std::vector<std::string_view>& pieces) {
  const auto reader = openai_event_reader({});
  std::vector<StreamEvent> events;
  for (const auto piece : pieces) reader->feed(piece, events);
  reader->finish(events);
  return events_text(events);
}

std::string pass(const std::vector<std::string_view>& pieces) {
  const auto relay = make_openai_relay(true);
  std::string out;
  for (const auto piece : pieces) relay->feed(piece, out);
  relay->finish(out);
  return out + "====\n" + relay->ending(relay->usage()) + "==== " + usage_text(relay->usage())
    + " finish=" + std::to_string(static_cast<int>(relay->finish_reason())) + " bytes="
    + std::to_string(relay->output_bytes()) + (relay->complete() ? " complete\n" : " cut\n");
}

std::string translate(const std::vector<std::string_view>& pieces) {
  const auto relay =
    make_translating_relay(openai_dialect(), {}, make_openai_stream_writer("openai", false));
  std::string out;
  for (const auto piece : pieces) relay->feed(piece, out);
  relay->finish(out);
  CHECK(relay->complete());
  return without_clock(out);
}

void check_every_split(
  const std::string& stream,
  const std::string& expected,
  const std::function<std::string(const std::vector<std::string_view>&)>& read) {
  const std::string_view whole{stream};
  CHECK(read({whole}) == expected);
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < whole.size(); ++at) bytes.push_back(whole.substr(at, 1));
  for (std::size_t cut = 0; cut < whole.size(); cut += testing::stride) {
    if (read({whole.substr(0, cut), whole.substr(cut)}) == expected) continue;
    CAPTURE(cut);
    CHECK(read({whole.substr(0, cut), whole.substr(cut)}) == expected);
  }
  CHECK(read(bytes) == expected);
}

} // namespace

TEST_CASE("a stream means the same wherever it is cut", "[dialects][openai][stream]") {
  const std::string name = GENERATE(
    "text",
    "tools",
    "sloppy_tools",
    "same_index",
    "reasoning",
    "groq",
    "openrouter",
    "mistral",
    "two_choices",
    "crlf",
    "usage_everywhere");
  CAPTURE(name);
  const auto path = "openai/streams/" + name;
  const auto stream = read_fixture(path + ".sse");
  check_every_split(stream, read_fixture(path + ".events"), read_as_events);
  check_every_split(stream, read_fixture(path + ".passed"), pass);
  check_every_split(stream, read_fixture(path + ".translated"), translate);
}

TEST_CASE(
  "a stream that was cut off is never taken for a whole one", "[dialects][openai][stream]") {
  const auto stream = read_fixture("openai/streams/text.sse");
  const auto finish = stream.find(R"("finish_reason":"stop")");
  const auto last_byte = stream.find("}\n", finish); // of the chunk with the finish reason
  for (std::size_t length = 0; length < stream.size(); ++length) {
    CAPTURE(length);
    const std::string part = stream.substr(0, length);
    const auto relay = make_openai_relay(false);
    std::string out;
    relay->feed(part, out);
    relay->finish(out);
    const auto reader = openai_event_reader({});
    std::vector<StreamEvent> events;
    reader->feed(part, events);
    reader->finish(events);
    const bool has_all = length > last_byte;
    CHECK(relay->complete() == has_all);
    CHECK(relay->failure().has_value() == !has_all);
    CHECK((events.back().kind == StreamEvent::Kind::end) == relay->complete());
  }
}

TEST_CASE("a spoilt stream ends in one error or one end", "[dialects][openai][stream]") {
  const std::string name = GENERATE("sloppy_tools", "mistral", "two_choices");
  check_spoilt_streams(openai_dialect(), read_fixture("openai/streams/" + name + ".sse"));
}
