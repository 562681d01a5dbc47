#include "tests/actors/cluster/sim_node.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace gateway;

namespace {

struct Letter {
  std::uint32_t from;
  std::uint32_t to;
  std::string bytes;
};

/// Two members whose messages the test delivers, or keeps for later.
struct Post {
  Post() {
    quota.spec = per_minute(30);
    quota.inits = {{0, 30}, {1, 0}};
    for (auto& node : nodes) node.start(quota, now);
  }

  void work(SimNode& node) {
    node.work(
      now,
      [](const SimCall&) {},
      [&](std::uint32_t to, const std::string& bytes) {
        sent.push_back({node.number(), to, bytes});
      });
  }
  void deliver(const Letter& letter) {
    nodes[letter.to].hear(letter.from, letter.bytes, now);
    work(nodes[letter.to]);
  }
  void pass(Nanoseconds time, bool is_delivered = true) {
    for (const auto end = now + time; now < end; now += 100ms) {
      for (auto& node : nodes) work(node);
      while (is_delivered && !sent.empty()) {
        const auto letter = sent.front();
        sent.erase(sent.begin());
        deliver(letter);
      }
    }
  }
  std::int64_t permits() {
    std::int64_t sum = 0;
    for (auto& node : nodes) {
      const auto state = node.book().share();
      sum += state.hold;
      for (const auto& pair : state.pairs) sum += pair.given - pair.received;
    }
    return sum;
  }

  Nanoseconds now{0};
  SimNode::Quota quota;
  SimNode nodes[2] = {{0, 1'000, 1, {}}, {1, 2'000, 1, {}}};
  std::vector<Letter> sent;
};

} // namespace

TEST_CASE("what an older life gave and never arrived is not received later", "[cluster][lives]") {
  Post post;
  post.pass(5s);
  // The first gives, and its machine goes before a word of it arrives.
  ShareOrder give;
  give.kind = ShareOrder::Kind::give;
  give.member = 1;
  give.amount = 30;
  give.part = Part::pool;
  post.nodes[0].book().carry_out(give, post.nodes[0].local(post.now));
  give.part = Part::own;
  post.nodes[0].book().carry_out(give, post.nodes[0].local(post.now));
  post.pass(500ms, false);
  const auto late = post.sent;
  post.sent.clear();
  REQUIRE(post.nodes[0].book().hold() == 0);
  REQUIRE(post.nodes[1].book().hold() < 30);
  post.nodes[0].crash(post.now);
  post.nodes[0].start(post.quota, post.now);
  post.pass(3s);
  REQUIRE_FALSE(post.nodes[0].memory().is_lost());
  CHECK(post.permits() == 30);
  CHECK(post.nodes[0].book().hold() == 30 - post.nodes[1].book().hold());
  for (const auto& letter : late) post.deliver(letter);
  post.pass(1s);
  CHECK(post.permits() == 30);
  CHECK_FALSE(post.nodes[0].sharing().is_contradicted());
  CHECK_FALSE(post.nodes[1].sharing().is_contradicted());
}

TEST_CASE(
  "what was heard of an older life and is not booked yet is forgotten", "[cluster][lives]") {
  SharedQuota quota{30};
  const Neighbours others{1, 1, 2, false, [](std::uint32_t) { return true; }};
  PairMessage::Entry entry;
  entry.given = 10;
  quota.hear(0, entry, true, Instant{1s});
  SECTION("it is received otherwise") {
    quota.note({}, {}, Instant{1s});
    const auto orders = quota.orders(others, Instant{1s});
    REQUIRE(orders.size() == 1);
    CHECK(orders.front().kind == ShareOrder::Kind::receive);
    CHECK(orders.front().amount == 10);
    // Until the book has answered nothing more is asked of it.
    quota.note({}, {}, Instant{1s});
    CHECK(quota.orders(others, Instant{1s}).empty());
    CHECK(quota.is_waiting());
  }
  SECTION("it is forgotten") {
    quota.forget(0);
    quota.note({}, {}, Instant{1s});
    CHECK(quota.orders(others, Instant{1s}).empty());
  }
}

TEST_CASE("a member that asks for what its book held is owed nothing before", "[cluster][lives]") {
  BookRoom room;
  TestClock clock;
  QuotaSharing sharing{1, room.open(clock), {}, clock.at};
  sharing.set_members({{0}, {1}}, 2);
  sharing.set_quota(7, 30, {{0, 30}, {1, 0}});
  PairMessage gave;
  gave.lives = {1, 1};
  gave.sent = 5;
  gave.entries.push_back({});
  gave.entries.back().quota = 7;
  gave.entries.back().given = 10;
  sharing.hear(0, gave, clock.at);
  BookLost lost;
  lost.lives = {2, 1};
  lost.about = {{0, 2}};
  sharing.hear(0, lost, clock.at);
  sharing.note(7, {}, {}, clock.at);
  CHECK(sharing.take_orders(clock.at).empty());
  bool has_told = false;
  for (const auto& outgoing : sharing.take_messages(clock.at))
    if (const auto* const told = std::get_if<BookTold>(&outgoing.message))
      has_told = told->counters.empty() && told->about == lost.about;
  CHECK(has_told);
  sharing.hear(0, gave, clock.at); // once more, late
  CHECK(sharing.take_orders(clock.at).empty());
}

TEST_CASE("a member says that its book is lost until all its books were told", "[cluster][lives]") {
  BookRoom room;
  TestClock clock;
  room.identity.known = true;
  room.identity.epoch = 1;
  auto opened = PermitMemory::open({room.folder.path(), 16}, room.identity, {}, clock.now());
  REQUIRE(opened);
  const auto memory = *opened;
  memory->set_shared();
  memory->begin_epoch(2);
  QuotaSharing sharing{1, memory, {}, clock.at};
  sharing.set_members({{0}, {1}}, 2);
  sharing.set_quota(7, 30, {{0, 30}, {1, 0}});
  BookTold told;
  told.lives = {1, 2};
  told.about = {{1, 2}};
  told.silent = {0ms};
  sharing.hear(0, told, clock.at);
  REQUIRE(sharing.take_recovered());
  sharing.note(7, {}, {}, clock.at);
  const auto says_lost = [&] {
    clock.pass(1s);
    for (const auto& outgoing : sharing.take_messages(clock.at))
      if (const auto* const pair = std::get_if<PairMessage>(&outgoing.message))
        return pair->is_lost;
    return false;
  };
  // Were it killed now, what it said of its counters would be over.
  CHECK(says_lost());
  memory->found();
  CHECK_FALSE(says_lost());
}
