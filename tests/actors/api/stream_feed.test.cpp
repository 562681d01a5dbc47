#include "actors/api/stream_feed.hpp"

#include "net/base/co.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

using namespace gateway;

namespace {

// A thread's loop with browsers on it, run by the test itself. It stops when all have heard of
// `sequence`.
class Crowd final : TurnWork {
public:
  explicit Crowd(std::size_t count) {
    unit_.set_turn(this);
    for (std::size_t i = 0; i < count; ++i) listen();
  }

  void listen() { start(follow()); }

  void tell(std::uint64_t sequence) {
    LiveEvent event;
    event.sequence = sequence;
    event.kind = LiveEvent::Kind::node;
    LiveNotice notice;
    notice.epoch = "e";
    notice.events.push_back(std::make_shared<const LiveEvent>(std::move(event)));
    thread_.post([this, notice] { feed_.take(notice); });
  }

  void run_until_all_heard(std::uint64_t sequence) {
    awaited_ = sequence;
    unit_.run();
  }

  void close() {
    thread_.post([this] { feed_.close(); });
    unit_.run();
  }

  std::size_t woken_in_a_turn_max = 0;
  std::size_t woken = 0;
  std::list<std::uint64_t> heard; // by each browser that listens

private:
  Co<void> follow() {
    const auto mine = heard.insert(heard.end(), 0);
    StreamFeed::Reader reader{feed_, feed_.channel({}, "e"), false, -1};
    while (!feed_.is_closed()) {
      co_await reader.wait_until(BootClock::now() + 1h);
      ++woken;
      ++woken_this_turn_;
      *mine = reader.ring().newest();
    }
    heard.erase(mine);
  }

  bool pending() const noexcept override { return woken_this_turn_ > 0; }
  bool has_company() const noexcept override { return false; }
  void flush() override {
    woken_in_a_turn_max = std::max(woken_in_a_turn_max, std::exchange(woken_this_turn_, 0));
    if (std::ranges::all_of(heard, [&](auto newest) { return newest >= awaited_; })) unit_.stop();
  }

  IoThread thread_{0};
  Unit unit_{thread_};
  StreamFeed feed_{unit_};
  std::size_t woken_this_turn_ = 0;
  std::uint64_t awaited_ = 0;
};

} // namespace

TEST_CASE("a turn of the loop writes to a few of many browsers, and all hear of it", "[api]") {
  Crowd crowd{200};
  crowd.tell(1);
  crowd.run_until_all_heard(1);
  CHECK(crowd.woken == 200);
  CHECK(crowd.woken_in_a_turn_max == PacedLine<StreamFeed::Reader>::at_once);
  crowd.close();
  CHECK(crowd.heard.empty());
}

TEST_CASE("who waits for his turn when more is told is woken once for both", "[api]") {
  Crowd crowd{100};
  crowd.tell(1);
  crowd.tell(2);
  crowd.run_until_all_heard(2);
  CHECK(crowd.woken <= 104); // the first few may have been woken between the two
  crowd.close();
}

TEST_CASE("a place in the stream holds for one scope, as long as that is told of", "[api]") {
  IoThread thread{0};
  Unit unit{thread};
  StreamFeed feed{unit};
  const ViewScope here{{"gw-1"}};
  const ViewScope there{{"gw-2"}};
  const auto tell = [&](const ViewScope& scope, const std::string& epoch, bool is_last) {
    LiveNotice notice;
    notice.scope = scope;
    notice.epoch = epoch;
    notice.begins = 5;
    notice.is_last = is_last;
    feed.take(notice);
  };
  tell(here, "e", false);
  tell(there, "f", false);
  CHECK(feed.covers(here, {"e", 5}));
  CHECK_FALSE(feed.covers(there, {"e", 5}));
  CHECK_FALSE(feed.covers({}, {"e", 5}));
  tell(here, "e", true);
  CHECK_FALSE(feed.covers(here, {"e", 5}));
  CHECK(feed.covers(there, {"f", 5}));
}

TEST_CASE("an answer ahead of the notices begins the next epoch", "[api]") {
  IoThread thread{0};
  Unit unit{thread};
  StreamFeed feed{unit};
  LiveNotice notice;
  notice.epoch = "old";
  feed.take(notice);
  const auto channel = feed.channel({}, "new");
  notice.begins = 9;
  feed.take(notice);
  notice.is_last = true;
  feed.take(notice);
  CHECK(feed.channel({}, "new") == channel);
  CHECK(channel->ring.newest() == 0);
}
