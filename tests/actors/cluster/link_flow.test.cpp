#include "actors/cluster/link_flow.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace gateway;

namespace {

std::vector<std::string> take_all(LinkFlow& flow) {
  std::vector<std::string> sent;
  while (auto frame = flow.take()) sent.push_back(frame->bytes);
  return sent;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("of state that waits only the newest is sent", "[cluster][link_flow]") {
  LinkFlow flow;
  CHECK(flow.offer(FrameKind::pair, "old"));
  CHECK(flow.offer(FrameKind::member, "whom I see"));
  CHECK(flow.offer(FrameKind::pair, "new"));
  CHECK(take_all(flow) == Texts{"whom I see", "new"});
}

TEST_CASE("what is no state is sent in order, behind the state", "[cluster][link_flow]") {
  LinkFlow flow;
  for (const auto* text : {"1", "2", "3"}) CHECK(flow.offer(FrameKind::log, text));
  CHECK(flow.offer(FrameKind::pair, "state"));
  CHECK(take_all(flow) == Texts{"state", "1", "2", "3"});
}

TEST_CASE("a peer that says nothing is sent a window and no more", "[cluster][link_flow]") {
  LinkFlow flow;
  for (std::size_t i = 0; i < LinkFlow::window + 10; ++i) CHECK(flow.offer(FrameKind::log, "x"));
  CHECK(take_all(flow).size() == LinkFlow::window);
  CHECK(flow.acknowledged(4));
  CHECK(take_all(flow).size() == 4);
  CHECK(flow.acknowledged(2)); // an older word
  CHECK(take_all(flow).empty());
}

TEST_CASE("what there is no room for is dropped and counted", "[cluster][link_flow]") {
  LinkFlow flow;
  for (std::size_t i = 0; i < LinkFlow::waiting_max; ++i) CHECK(flow.offer(FrameKind::log, "x"));
  CHECK_FALSE(flow.offer(FrameKind::log, "one too many"));
  CHECK(flow.offer(FrameKind::pair, "state has a place of its own"));
  CHECK_FALSE(flow.offer(FrameKind::pair, std::string(frame_bytes_max + 1, 'x')));
  CHECK(flow.offer(FrameKind::pair, std::string(frame_bytes_max, 'x')));
  CHECK(flow.dropped() == 2);
}

TEST_CASE("a peer that acknowledges what it was never sent is no peer", "[cluster][link_flow]") {
  LinkFlow flow;
  CHECK_FALSE(flow.acknowledged(1));
  flow.offer(FrameKind::log, "x");
  take_all(flow);
  CHECK(flow.acknowledged(1));
  CHECK_FALSE(flow.acknowledged(2));
}

TEST_CASE("frames come in order, each once, and no more than a window", "[cluster][link_flow]") {
  LinkFlow flow;
  CHECK_FALSE(LinkFlow{}.heard(0));
  CHECK_FALSE(LinkFlow{}.heard(2));
  for (std::uint64_t number = 1; number <= LinkFlow::window; ++number) CHECK(flow.heard(number));
  CHECK(flow.owes_word());
  CHECK_FALSE(flow.heard(LinkFlow::window + 1));
}

TEST_CASE("two flows, each the other's peer, pass everything on", "[cluster][link_flow]") {
  LinkFlow sender;
  LinkFlow receiver;
  std::vector<std::string> arrived;
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(sender.offer(FrameKind::log, std::to_string(i)));
    while (auto frame = sender.take()) {
      REQUIRE(receiver.heard(frame->number));
      arrived.push_back(frame->bytes);
      if (receiver.owes_word()) REQUIRE(sender.acknowledged(receiver.tell_heard()));
    }
  }
  CHECK(arrived.size() == 1'000);
  CHECK(arrived.back() == "999");
}
