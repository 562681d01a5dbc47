#include "actors/cluster/peer.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

PairMessage ping(std::int64_t sent, Nanoseconds echo) {
  PairMessage message;
  message.lives = {1, 1};
  message.sent = sent;
  message.echo = echo.count();
  return message;
}

} // namespace

TEST_CASE("a member is alive while it is heard and hears", "[cluster][peer]") {
  Peer peer{SharingTimes{}};
  peer.begin_life(1);
  CHECK(peer.hear(ping(5, 0s), true, Instant{10s}));
  peer.tick(Instant{10s});
  CHECK_FALSE(peer.is_alive()); // it has echoed nothing
  peer.hear(ping(6, 10s), true, Instant{10'100ms});
  CHECK(peer.tick(Instant{10'100ms}));
  CHECK(peer.is_alive());
  CHECK(peer.may_be_given(Instant{10'900ms}));
  CHECK_FALSE(peer.may_be_given(Instant{11'000ms}));
  CHECK_FALSE(peer.tick(Instant{11'900ms}));
  CHECK(peer.tick(Instant{12s})); // what it echoed is two seconds old
  CHECK_FALSE(peer.is_alive());
}

TEST_CASE("an echo for another life of mine proves nothing", "[cluster][peer]") {
  Peer peer{SharingTimes{}};
  peer.begin_life(1);
  peer.hear(ping(5, 10s), false, Instant{10s});
  peer.tick(Instant{10s});
  CHECK_FALSE(peer.is_alive());
}

TEST_CASE("of a message that was overtaken only the counters count", "[cluster][peer]") {
  Peer peer{SharingTimes{}};
  peer.begin_life(1);
  auto newest = ping(7, 10s);
  newest.is_leaving = true;
  CHECK(peer.hear(newest, true, Instant{10s}));
  CHECK_FALSE(peer.hear(ping(6, 10s), true, Instant{11s}));
  CHECK(peer.is_leaving());
  CHECK(peer.newest_sent() == 7);
}

TEST_CASE("nothing is given to one that has lost its book or leaves", "[cluster][peer]") {
  for (const bool is_lost : {true, false}) {
    Peer peer{SharingTimes{}};
    peer.begin_life(1);
    auto message = ping(7, 10s);
    message.is_lost = is_lost;
    message.is_leaving = !is_lost;
    peer.hear(message, true, Instant{10s});
    peer.tick(Instant{10s});
    CHECK(peer.is_alive());
    CHECK_FALSE(peer.may_broker());
    CHECK_FALSE(peer.may_be_given(Instant{10s}));
  }
}

TEST_CASE("a newer life of a member begins as one that was never heard", "[cluster][peer]") {
  Peer peer{SharingTimes{}};
  peer.begin_life(1);
  peer.hear(ping(1'000, 10s), true, Instant{10s});
  peer.tick(Instant{10s});
  peer.begin_life(2);
  CHECK(peer.epoch() == 2);
  CHECK_FALSE(peer.is_alive());
  CHECK(peer.hear(ping(1, 0s), true, Instant{10s})); // its clock began anew
}
