#include "persistence/event_merge.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <random>

namespace gateway {
namespace {

using testing::at;
using testing::TemporaryFolder;

struct Node {
  TemporaryFolder data;
  EventLog log{real_files(), data.path()};
};

/// Nodes that each write their own events.
struct Nodes {
  std::map<std::string, std::unique_ptr<Node>> all;
  std::vector<std::string> written; // texts, the oldest first

  Nodes() {
    for (const auto* name : {"gw-1", "gw-2", "gw-3"}) all[name] = std::make_unique<Node>();
  }
  void write(const std::string& node, WallTime when) {
    EventRecord event;
    event.at = when;
    event.node = node;
    event.text = "event " + std::to_string(written.size());
    written.push_back(event.text);
    REQUIRE(all[node]->log.append(event, when));
  }
  MergedEvents page(std::size_t limit, const std::optional<MergedEventsCursor>& behind) {
    std::map<std::string, EventsOfNode> pages;
    for (const auto& [name, node] : all) {
      EventQuery query;
      query.limit = limit;
      if (behind) {
        const auto at = behind->places.find(name);
        if (at == behind->places.end() || !at->second) continue;
        query.before = at->second;
      }
      const auto asked = decode_event_query(encode_event_query(query));
      REQUIRE(asked);
      auto found = node->log.find(*asked);
      auto count = node->log.count(*asked);
      REQUIRE(found);
      REQUIRE(count);
      auto said = decode_events(encode_events({*std::move(found), *count}));
      REQUIRE(said);
      pages.emplace(name, *std::move(said));
    }
    return merge_events(std::move(pages), limit, behind);
  }
};

} // namespace

TEST_CASE("events of several nodes are one list, each once", "[persistence][events]") {
  Nodes nodes;
  std::mt19937 chance{2};
  for (int i = 0; i < 25; ++i) nodes.write("gw-" + std::to_string(1 + chance() % 2), at(1, i));
  const auto limit = GENERATE(as<std::size_t>{}, 1, 4, 25, 100);
  std::vector<std::string> texts;
  std::optional<MergedEventsCursor> behind;
  for (int round = 0; round < 100; ++round) {
    const auto page = nodes.page(limit, behind);
    for (const auto& item : page.items) texts.push_back(item.event.text);
    CHECK(page.count.value == 25);
    if (!page.next) break;
    behind = read_merged_events_cursor(merged_cursor_text(*page.next));
    REQUIRE(behind == page.next);
  }
  CHECK(texts == std::vector<std::string>{nodes.written.rbegin(), nodes.written.rend()});
}

TEST_CASE("no text of a stranger is taken for a cursor of events", "[persistence][events]") {
  for (const auto* text : {"", "x", "1", "1,", "1,~end", "1,gw-1~", "1,gw-1~x", "2026-11-23.4711"})
    CHECK_FALSE(read_merged_events_cursor(text));
  CHECK(read_merged_events_cursor("12x,gw-1~end,gw-2~2026-11-23.4711"));
}

TEST_CASE("what nodes say of events is read back as it was", "[persistence][events]") {
  EventQuery query;
  query.from = at(1);
  query.kinds = {EventKind::config, EventKind::node};
  query.ref = "4";
  query.nodes = {"gw-1"};
  query.before = EventPlace{day_of(at(0)), 47};
  query.limit = 7;
  const auto bytes = encode_event_query(query);
  const auto read = decode_event_query(bytes);
  REQUIRE(read);
  CHECK(read->from == query.from);
  CHECK_FALSE(read->to);
  CHECK(read->kinds == query.kinds);
  CHECK(read->ref == "4");
  CHECK(read->nodes == query.nodes);
  CHECK(read->before == query.before);
  CHECK(read->limit == 7);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    CHECK_FALSE(decode_event_query(bytes.substr(0, cut)));
  CHECK_FALSE(decode_events("x"));
}

} // namespace gateway
