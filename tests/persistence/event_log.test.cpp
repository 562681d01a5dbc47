#include "persistence/event_log.hpp"

#include "persistence/event_line.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

namespace gateway {
namespace {

using testing::at;
using testing::FaultyFiles;
using testing::FileCall;
using testing::TemporaryFolder;

struct Fixture {
  TemporaryFolder folder;
  FaultyFiles files;
  EventLog log{files, folder.path()};

  void append(const std::string& text, WallTime now, EventKind kind = EventKind::node) {
    EventRecord event;
    event.at = now;
    event.kind = kind;
    event.text = text;
    REQUIRE(log.append(event, now));
  }
  EventPage find(const EventQuery& query = {}) {
    auto found = log.find(query);
    REQUIRE(found);
    return *std::move(found);
  }
  std::string file(const std::string& day) { return folder / ("events/" + day + ".jsonl"); }
};

std::vector<std::string> texts_of(const EventPage& page) {
  std::vector<std::string> texts;
  for (const auto& item : page.items) texts.push_back(item.event.text);
  return texts;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("an event is read as it was written", "[persistence][events]") {
  Fixture events;
  EventRecord event;
  event.at = at(10);
  event.node = "gw-1";
  event.kind = EventKind::sign_out;
  event.by = "ops";
  event.role = "operator";
  event.text = "signed \"out\"\nat last";
  event.ref = "s1";
  event.client = "10.0.0.1";
  event.until = at(22);
  REQUIRE(events.log.append(event, at(10)));
  const auto page = events.find();
  REQUIRE(page.items.size() == 1);
  const auto& read = page.items[0].event;
  CHECK(read.at == event.at);
  CHECK(read.node == event.node);
  CHECK(read.kind == event.kind);
  CHECK(read.by == event.by);
  CHECK(read.role == event.role);
  CHECK(read.text == event.text);
  CHECK(read.ref == event.ref);
  CHECK(read.client == event.client);
  CHECK(read.until == event.until);
  CHECK_FALSE(page.next);
}

TEST_CASE("every kind of event has a name that is read back", "[persistence][events]") {
  for (const auto kind :
       {EventKind::sign_in,
        EventKind::sign_in_refused,
        EventKind::sign_out,
        EventKind::config,
        EventKind::provider,
        EventKind::cooldown,
        EventKind::node})
    CHECK(read_event_kind(event_kind_text(kind)) == kind);
  CHECK_FALSE(read_event_kind("other"));
}

TEST_CASE("events are in the file of the day they are written on", "[persistence][events]") {
  Fixture events;
  events.append("a", at(23, 59));
  events.append("b", at(0, 0, 0, 24));
  CHECK(
    testing::names_in(events.folder / "events") == Texts{"2026-11-23.jsonl", "2026-11-24.jsonl"});
  CHECK(texts_of(events.find()) == Texts{"b", "a"});
}

TEST_CASE("pages go on where the last one ended, whatever was written since", "[persistence]") {
  Fixture events;
  for (const auto* text : {"a", "b", "c"}) events.append(text, at(10));
  for (const auto* text : {"d", "e"}) events.append(text, at(10, 0, 0, 24));
  EventQuery query;
  query.limit = 2;
  auto page = events.find(query);
  CHECK(texts_of(page) == Texts{"e", "d"});
  REQUIRE(page.next);
  events.append("f", at(11, 0, 0, 24));
  query.before = read_place(place_text(*page.next));
  page = events.find(query);
  CHECK(texts_of(page) == Texts{"c", "b"});
  query.before = page.next;
  page = events.find(query);
  CHECK(texts_of(page) == Texts{"a"});
  CHECK_FALSE(page.next);
  const auto count = events.log.count(query);
  REQUIRE(count);
  CHECK(count->value == 6);
  CHECK(count->exact);
}

TEST_CASE("a query takes what is about one thing", "[persistence][events]") {
  Fixture events;
  for (const auto* ref : {"groq", "openai", "groq"}) {
    EventRecord event;
    event.at = at(10);
    event.kind = EventKind::cooldown;
    event.text = ref;
    event.ref = ref;
    REQUIRE(events.log.append(event, at(10)));
  }
  EventQuery query;
  query.ref = "openai";
  CHECK(texts_of(events.find(query)) == Texts{"openai"});
  CHECK(events.log.count(query)->value == 1);
}

TEST_CASE("a query takes the kinds and the range it names", "[persistence][events]") {
  Fixture events;
  events.append("a", at(10), EventKind::config);
  events.append("b", at(11), EventKind::provider);
  events.append("c", at(12), EventKind::config);
  events.append("d", at(10, 0, 0, 24), EventKind::config);
  EventQuery query;
  query.kinds = {EventKind::config};
  CHECK(texts_of(events.find(query)) == Texts{"d", "c", "a"});
  query.from = at(11);
  query.to = at(10, 0, 0, 24);
  CHECK(texts_of(events.find(query)) == Texts{"c"});
  CHECK(events.log.count(query)->value == 1);
  const auto newest = events.log.newest(EventKind::provider);
  REQUIRE((newest && *newest));
  CHECK((*newest)->text == "b");
  CHECK_FALSE(*events.log.newest(EventKind::cooldown));
}

TEST_CASE("a torn last line is cut off and nothing else", "[persistence][events]") {
  Fixture events;
  events.append("a", at(10));
  events.append("b", at(10));
  const auto whole = testing::text_of(events.file("2026-11-23"));
  const auto second = whole.find('\n') + 1;
  for (auto length = second + 1; length < whole.size(); ++length) {
    testing::write_text(events.file("2026-11-23"), whole.substr(0, length));
    EventLog next_life{events.files, events.folder.path()};
    EventRecord event;
    event.at = at(11);
    event.text = "c";
    REQUIRE(next_life.append(event, at(11)));
    REQUIRE(texts_of(events.find()) == Texts{"c", "a"});
  }
}

TEST_CASE("a damaged line in the middle hides no other", "[persistence][events]") {
  Fixture events;
  for (const auto* text : {"a", "b", "c"}) events.append(text, at(10));
  auto text = testing::text_of(events.file("2026-11-23"));
  text[text.find("\"b\"") + 1] = 'x';
  testing::write_text(events.file("2026-11-23"), text);
  CHECK(texts_of(events.find()) == Texts{"c", "a"});
}

TEST_CASE("what could not be written leaves nothing and later events stand", "[persistence]") {
  Fixture events;
  events.append("a", at(10));
  EventRecord lost;
  lost.at = at(10);
  lost.text = "lost";
  SECTION("no space for the whole line") {
    events.files.short_write = 10;
  }
  SECTION("the disk does not sync") {
    events.files.fails = [](FileCall call, std::uint64_t) {
      return call == FileCall::sync ? std::optional{EIO} : std::nullopt;
    };
  }
  CHECK_FALSE(events.log.append(lost, at(10)));
  events.files.fails = nullptr;
  events.append("b", at(10));
  CHECK(texts_of(events.find()) == Texts{"b", "a"});
}

TEST_CASE("an acknowledged event survives the loss of power", "[persistence][events]") {
  Fixture events;
  events.append("a", at(10));
  events.files.lose_power();
  CHECK(texts_of(events.find()) == Texts{"a"});
}

TEST_CASE("days beyond the bound are removed", "[persistence][events]") {
  Fixture events;
  const auto today = at(10);
  const auto old = today - std::chrono::days{event_days_max + 1};
  events.append("old", old);
  events.append("kept", today - std::chrono::days{event_days_max - 1});
  events.append("new", today);
  REQUIRE(events.log.trim(today));
  CHECK(texts_of(events.find()) == Texts{"new", "kept"});
}

TEST_CASE("a text too long is cut at a character", "[persistence][events]") {
  EventRecord event;
  event.text.assign(event_text_bytes_max - 1, 'a');
  event.text += "ü";
  std::string line;
  append_event_line(line, event);
  const auto read = read_event_line(line.substr(0, line.size() - 1));
  REQUIRE(read);
  CHECK(read->text == std::string(event_text_bytes_max - 1, 'a'));
}

TEST_CASE("a place is read as it is written, and nothing else is", "[persistence][events]") {
  const EventPlace place{day_of(at(1)), 4711};
  CHECK(place_text(place) == "2026-11-23.4711");
  CHECK(read_place("2026-11-23.4711") == place);
  for (const auto* wrong : {"", "2026-11-23", "2026-11-23.", "2026-11-23.x", "2026-13-01.1", ".1"})
    CHECK_FALSE(read_place(wrong));
}

} // namespace gateway
