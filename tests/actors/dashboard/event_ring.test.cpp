#include "actors/dashboard/event_ring.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;

namespace {

const auto begin = Instant{} + 1h;

std::shared_ptr<const LiveEvent> tick_event(std::uint64_t sequence, std::int64_t requests) {
  auto tick = std::make_shared<LiveTick>();
  tick->totals[0] = requests;
  LiveEvent event;
  event.sequence = sequence;
  std::string json;
  append_tick_json(json, *tick);
  event.text = event_text("tick", json);
  event.tick = tick;
  return std::make_shared<const LiveEvent>(std::move(event));
}

std::shared_ptr<const LiveEvent>
other_event(std::uint64_t sequence, std::size_t bytes = 2, std::string about = "") {
  LiveEvent event;
  event.sequence = sequence;
  event.kind = about.empty() ? LiveEvent::Kind::attention : LiveEvent::Kind::share;
  event.about = std::move(about);
  event.text = event_text("attention", std::string(bytes, '1'));
  return std::make_shared<const LiveEvent>(std::move(event));
}

LiveNotice notice_of(std::vector<std::shared_ptr<const LiveEvent>> events) {
  LiveNotice notice;
  notice.events = std::move(events);
  return notice;
}

const StreamTopics& overview() {
  static const auto topics = *read_topics("");
  return topics;
}

} // namespace

TEST_CASE("a reader that keeps pace gets each event with its id", "[dashboard][pure]") {
  EventRing ring{"e"};
  ring.add(notice_of({other_event(1), tick_event(2, 5)}), begin);
  auto batch = ring.take(0, overview());
  CHECK(batch.position == 2);
  CHECK(
    batch.text
    == "event: attention\ndata: 11\n\nid: e.2\nevent: tick\ndata: "
       R"({"t":0,"tot":[5,0,0,0,0,0],"ttft":[null,null,null]})"
       "\n\n");
  CHECK(ring.take(2, overview()).text.empty());
  ring.add(notice_of({other_event(3)}), begin);
  batch = ring.take(2, overview());
  CHECK(batch.text == "id: e.3\nevent: attention\ndata: 11\n\n");
}

TEST_CASE("a slow reader gets ticks merged behind everything else", "[dashboard][pure]") {
  EventRing ring{"e"};
  ring.add(notice_of({tick_event(1, 5), other_event(2), tick_event(3, 6)}), begin);
  ring.add(notice_of({other_event(4), tick_event(5, 7), other_event(6)}), begin);
  const auto batch = ring.take(0, overview());
  CHECK(batch.position == 6);
  CHECK(
    batch.text
    == "event: attention\ndata: 11\n\nevent: attention\ndata: 11\n\nevent: attention\ndata: 11\n\n"
       "id: e.6\nevent: tick\ndata: "
       R"({"t":0,"tot":[18,0,0,0,0,0],"ttft":[null,null,null],"merged":3})"
       "\n\n");
}

TEST_CASE("what is not wanted is passed over", "[dashboard][pure]") {
  EventRing ring{"e"};
  ring.add(notice_of({tick_event(1, 5), other_event(2, 2, "groq"), other_event(3)}), begin);
  const auto shares = *read_topics("share:openai");
  auto batch = ring.take(0, shares);
  CHECK(batch.text.empty());
  CHECK(batch.position == 3);
  batch = ring.take(0, *read_topics("share:groq"));
  CHECK(batch.text.starts_with("id: e.3\nevent: attention"));
}

TEST_CASE("a batch is bounded, and the next one goes on behind it", "[dashboard][pure]") {
  EventRing ring{"e"};
  std::vector<std::shared_ptr<const LiveEvent>> events;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    events.push_back(other_event(2 * i - 1, EventRing::batch_bytes_max / 4));
    events.push_back(tick_event(2 * i, 1));
  }
  ring.add(notice_of(events), begin);
  std::uint64_t position = 0;
  std::int64_t requests = 0;
  int batches = 0;
  while (position < 20) {
    const auto batch = ring.take(position, overview());
    CHECK(batch.text.size() < EventRing::batch_bytes_max + 1'000);
    REQUIRE(batch.position > position);
    position = batch.position;
    ++batches;
    const auto at = batch.text.find("\"tot\":[") + 7;
    requests += std::stoi(batch.text.substr(at));
  }
  CHECK(batches > 2);
  CHECK(requests == 10);
}

TEST_CASE("merged ticks together hold a bounded number of rows", "[dashboard][pure]") {
  EventRing ring{"e"};
  std::vector<std::shared_ptr<const LiveEvent>> events;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    auto tick = std::make_shared<LiveTick>();
    tick->totals[0] = 1;
    for (std::uint32_t id = 0; id < 600; ++id)
      tick->tables[3].rows.push_back({static_cast<std::uint32_t>(600 * i) + id, {}});
    LiveEvent event;
    event.sequence = i;
    event.tick = tick;
    events.push_back(std::make_shared<const LiveEvent>(std::move(event)));
  }
  ring.add(notice_of(events), begin);
  CHECK(ring.take(0, overview()).position == 4);
  CHECK(ring.take(4, overview()).position == 8);
}

TEST_CASE("a ring keeps thirty seconds", "[dashboard][pure]") {
  EventRing ring{"e"};
  ring.add(notice_of({tick_event(1, 1)}), begin);
  ring.add(notice_of({tick_event(2, 1)}), begin + 20s);
  CHECK(ring.covers({"e", 0}));
  ring.add(notice_of({tick_event(3, 1)}), begin + 31s);
  CHECK_FALSE(ring.covers({"e", 0}));
  CHECK(ring.has_missed(0));
  CHECK(ring.covers({"e", 1}));
  CHECK(ring.covers({"e", 3}));
  CHECK_FALSE(ring.covers({"e", 4}));
  CHECK_FALSE(ring.covers({"f", 3})); // of another epoch
  CHECK_FALSE(ring.has_missed(4));
  CHECK(ring.take(4, overview()).position == 4); // the answer came before the notice
}

TEST_CASE("a ring is bounded in events", "[dashboard][pure]") {
  EventRing ring{"e"};
  for (std::uint64_t i = 1; i <= EventRing::events_max + 7; ++i)
    ring.add(notice_of({other_event(i)}), begin);
  CHECK_FALSE(ring.covers({"e", 6}));
  CHECK(ring.covers({"e", 7}));
}

TEST_CASE("no stream goes on over a time in which nobody listened", "[dashboard][pure]") {
  EventRing ring{"e"};
  ring.add(notice_of({tick_event(1, 1), tick_event(2, 1)}), begin);
  auto anew = notice_of({tick_event(4, 1)});
  anew.begins = 3;
  ring.add(anew, begin + 1s);
  CHECK_FALSE(ring.covers({"e", 2}));
  CHECK(ring.covers({"e", 3}));
  CHECK(ring.take(3, overview()).position == 4);
}

TEST_CASE("positions are read back, and strangers' are not", "[dashboard][pure]") {
  const auto position = read_position("a1b2.17");
  REQUIRE(position);
  CHECK(position->epoch == "a1b2");
  CHECK(position->sequence == 17);
  CHECK(id_line("a1b2", 17) == "id: a1b2.17\n");
  for (const auto* id : {"", "17", "a.", "a.x", "a.1x", "a.-1", "a.99999999999999999999"}) {
    CAPTURE(id);
    CHECK_FALSE(read_position(id));
  }
}
