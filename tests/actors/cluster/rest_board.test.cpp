#include "actors/cluster/rest_board.hpp"

#include "actors/cluster/link_flow.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr Instant noon{12h};
const Rest ten_seconds{"large", FailureKind::rate_limited, 10s};
const Rest back{"large", FailureKind::rate_limited, 0ms};

} // namespace

TEST_CASE("a rest is told as long as it lasts, with what is left of it", "[cluster][rests]") {
  RestBoard board;
  CHECK(decode_rests(board.message(noon))->empty());
  board.told("provider/p", {ten_seconds}, noon);
  CHECK(*decode_rests(board.message(noon)) == RestsByStop{{"provider/p", {ten_seconds}}});
  const Rest later{"large", FailureKind::rate_limited, 3s};
  CHECK(*decode_rests(board.message(noon + 7s)) == RestsByStop{{"provider/p", {later}}});
  CHECK(decode_rests(board.message(noon + 10s))->empty());
}

TEST_CASE("that a rest is over is told for some seconds", "[cluster][rests]") {
  RestBoard board;
  board.told("provider/p", {ten_seconds}, noon);
  board.told("provider/p", {back}, noon + 2s);
  CHECK(*decode_rests(board.message(noon + 6s)) == RestsByStop{{"provider/p", {back}}});
  CHECK(decode_rests(board.message(noon + 7s))->empty());
}

TEST_CASE("what a stop says stands instead of what it said before", "[cluster][rests]") {
  RestBoard board;
  const Rest whole{"", FailureKind::quota_exhausted, 1h};
  board.told("provider/p", {ten_seconds}, noon);
  board.told("provider/q", {whole}, noon);
  board.told("provider/p", {}, noon);
  CHECK(*decode_rests(board.message(noon)) == RestsByStop{{"provider/q", {whole}}});
}

TEST_CASE("what was said already is no news", "[cluster][rests]") {
  RestBoard board;
  CHECK_FALSE(board.told("provider/p", {}, noon));
  CHECK(board.told("provider/p", {ten_seconds}, noon));
  const Rest later{"large", FailureKind::rate_limited, 9s};
  CHECK_FALSE(board.told("provider/p", {later}, noon + 1s));
  CHECK(board.told("provider/p", {ten_seconds}, noon + 1s)); // it lasts longer
  CHECK(board.told("provider/p", {back}, noon + 2s));
  CHECK_FALSE(board.told("provider/p", {back}, noon + 3s));
  CHECK(decode_rests(board.message(noon + 7s))->empty());
  CHECK(board.told("provider/p", {}, noon + 3s) == false);
}

TEST_CASE("a stop that a peer names no more is told so once", "[cluster][rests]") {
  RestBoard board;
  const RestsByStop both{{"provider/p", {ten_seconds}}, {"provider/q", {ten_seconds}}};
  CHECK(board.heard("gw-2", both) == both);
  CHECK(board.heard("gw-3", {}).empty());
  CHECK(
    board.heard("gw-2", {{"provider/q", {ten_seconds}}})
    == RestsByStop{{"provider/p", {}}, {"provider/q", {ten_seconds}}});
  CHECK(board.heard("gw-2", {}) == RestsByStop{{"provider/q", {}}});
  CHECK(board.heard("gw-2", {}).empty());
}

TEST_CASE("a message about cooldowns is never longer than a frame", "[cluster][rests]") {
  RestBoard board;
  std::vector<Rest> many;
  for (int i = 0; i < 2'000; ++i)
    many.push_back({"model-" + std::to_string(i) + std::string(60, 'x'), ten_seconds.reason, 10s});
  many.push_back({std::string(1'000, 'x'), ten_seconds.reason, 10s});
  board.told("provider/p", many, noon);
  const auto message = board.message(noon);
  CHECK(message.size() <= frame_bytes_max);
  CHECK(decode_rests(message)->at("provider/p").size() > 500);
}

TEST_CASE("a malformed message about cooldowns is refused", "[cluster][rests]") {
  const auto good = encode_rests({{"provider/p", {ten_seconds}}});
  for (std::size_t length = 2; length < good.size(); ++length)
    CHECK_FALSE(decode_rests(good.substr(0, length)));
  CHECK_FALSE(decode_rests(""));
  CHECK_FALSE(decode_rests("\x02" + good.substr(1)));
}

TEST_CASE("a reason of a newer release is left out", "[cluster][rests]") {
  auto bytes = encode_rests({{"p", {{"m", FailureKind::rate_limited, 1ms}}}});
  REQUIRE(bytes.size() == 7);
  bytes[5] = 9;
  CHECK(decode_rests(bytes)->empty());
}
