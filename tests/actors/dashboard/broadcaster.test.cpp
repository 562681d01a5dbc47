#include "actors/dashboard/broadcaster.hpp"

#include "tests/actors/dashboard/studio.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace gateway;

TEST_CASE("a snapshot and the ticks behind it count everything once", "[dashboard][pure]") {
  Studio studio;
  studio.count(3);
  studio.turn();
  studio.count(4); // looked at, for a page of GET /providers say, and told in no tick yet
  StudioBrowser browser{studio, ""};
  browser.connect();
  CHECK(browser.requests == 7);
  studio.count(5);
  studio.turn();
  browser.read();
  CHECK(browser.requests == 12);
}

TEST_CASE("a turn in which nothing happened tells nothing", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser browser{studio, ""};
  browser.connect();
  studio.turn();
  browser.read();
  browser.ticks = 0;
  studio.turn();
  browser.read();
  CHECK(browser.ticks == 0);
}

TEST_CASE("who comes soon after another is given the same snapshot", "[dashboard][pure]") {
  Studio studio;
  const auto topics = *read_topics("");
  LiveNotice notice;
  const auto first = studio.broadcaster.open(topics, {}, studio.now(), notice);
  studio.tell(notice);
  studio.count(3);
  studio.turn();
  studio.pass(1'999ms);
  StudioBrowser second{studio, ""};
  second.connect();
  CHECK(second.requests == 0);
  second.read();
  CHECK(second.requests == 3); // by the tick behind the snapshot
  studio.pass(1ms);
  const auto third = studio.broadcaster.open(topics, {}, studio.now(), notice);
  CHECK(third.snapshot != first.snapshot);
  CHECK(third.position > first.position);
}

TEST_CASE("a stream goes on where it was cut, while somebody may come back", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser browser{studio, ""};
  browser.connect();
  CHECK_FALSE(browser.resumed);
  browser.leave();
  for (int i = 0; i < 20; ++i) {
    studio.pass(1s);
    studio.count(1);
    studio.turn();
  }
  browser.connect();
  CHECK(browser.resumed);
  browser.read();
  CHECK(browser.requests == 20);
}

TEST_CASE("a stream that was away too long begins with a snapshot", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser browser{studio, ""};
  browser.connect();
  browser.leave();
  for (int i = 0; i < 40; ++i) {
    studio.pass(1s);
    studio.count(1);
    studio.turn();
  }
  // Nobody was there for the last ten seconds: nothing of them is in the ring.
  browser.connect();
  CHECK_FALSE(browser.resumed);
  CHECK(browser.requests == 40);
  studio.count(2);
  studio.turn();
  browser.read();
  CHECK(browser.requests == 42);
}

TEST_CASE("a stream does not go on over what nobody was told", "[dashboard][pure]") {
  const bool notice_is_late = GENERATE(false, true);
  const bool somebody_came_first = GENERATE(false, true);
  Studio studio;
  studio.turn();
  StudioBrowser browser{studio, ""};
  browser.connect();
  browser.leave();
  studio.pass(31s); // nothing happened: all that was ever told is in the ring
  const auto asleep = studio.broadcaster.turn(studio.now());
  if (!notice_is_late) studio.tell(asleep);
  studio.count(5);
  studio.broadcaster.turn(studio.now());
  StudioBrowser other{studio, ""};
  if (somebody_came_first) other.connect();
  browser.connect();
  CHECK_FALSE(browser.resumed);
  CHECK(browser.requests == 5);
  studio.count(2);
  studio.turn();
  browser.read();
  CHECK(browser.requests == 7);
}

TEST_CASE("a reader slower than the ring begins anew in the middle of its stream", "[dashboard]") {
  Studio studio;
  StudioBrowser browser{studio, ""};
  browser.connect();
  for (int i = 0; i < 40; ++i) {
    studio.pass(1s);
    studio.count(1);
    studio.turn();
  }
  browser.read();
  CHECK(browser.began_anew == 1);
  CHECK(browser.requests == 40);
}

TEST_CASE("whatever is cut, slow or late, everything is counted once", "[dashboard][pure]") {
  const auto seed = GENERATE(range(1u, 31u));
  CAPTURE(seed);
  std::minstd_rand random{seed};
  const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };
  Studio studio;
  std::vector<std::unique_ptr<StudioBrowser>> browsers;
  for (const auto* topics : {"", "tick", "tick,request,share:groq", "tick,attention"})
    browsers.push_back(std::make_unique<StudioBrowser>(studio, topics));
  for (int step = 0; step < 600; ++step) {
    studio.pass(Milliseconds{250});
    if (chance(100)) studio.pass(Milliseconds{1'000 * (random() % 40)});
    studio.count(static_cast<int>(random() % 4));
    if (!chance(5)) studio.turn(); // else only somebody looked
    for (auto& browser : browsers) {
      if (!browser->connected && chance(20)) browser->connect();
      if (chance(30)) browser->leave();
      if (chance(3)) browser->read();
      if (chance(25)) browser->read(random() % 300); // cut in the middle
    }
  }
  studio.turn();
  for (auto& browser : browsers) {
    if (!browser->connected) browser->connect();
    for (int i = 0; i < 10; ++i) browser->read();
    CHECK(browser->requests == studio.total);
  }
}
