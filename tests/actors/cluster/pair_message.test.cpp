#include "actors/cluster/pair_message.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace gateway;

namespace {

PairMessage::Entry entry(std::uint32_t quota, std::int64_t given, std::int64_t received) {
  PairMessage::Entry made;
  made.quota = quota;
  made.given = given;
  made.received = received;
  return made;
}

PairMessage rich_message() {
  PairMessage message;
  message.lives = {3, 1ULL << 40};
  message.sent = 1'234'567'890'123'456'789;
  message.echo = 17;
  message.is_leaving = true;
  message.hears = {0, 63, 4'000'000'000};
  message.entries.push_back(entry(1, 5, 0));
  message.entries.push_back(entry(4'000'000'000, std::int64_t{1} << 54, 1));
  message.entries.back().wait = 61'000ms;
  message.entries.push_back(entry(2, 0, 9));
  message.entries.back().report = PairMessage::Report{-4, 12, 600, 5, {1, 8'000}};
  message.entries.push_back(entry(3, 0, 0));
  message.entries.back().target = PairMessage::Target{77, true, true};
  return message;
}

} // namespace

TEST_CASE("a message between nodes arrives as it was sent", "[cluster][wire]") {
  const auto message = rich_message();
  const auto read = decode_pair_message(encode(message));
  REQUIRE(read);
  CHECK(*read == message);
  CHECK(*decode_pair_message(encode(PairMessage{})) == PairMessage{});
}

TEST_CASE("a ping without news is short, and so is an entry", "[cluster][wire]") {
  PairMessage message;
  message.lives = {1, 1};
  message.sent = message.echo = 100'000'000'000'000;
  const auto empty = encode(message).size();
  CHECK(empty <= 60);
  message.entries.push_back(entry(12, 1'000, 990));
  message.entries.back().report = PairMessage::Report{120, 3, 140, 0, {}};
  CHECK(encode(message).size() - empty <= 20);
}

TEST_CASE("the largest message is within its bound", "[cluster][wire]") {
  PairMessage message;
  for (std::uint32_t i = 0; i < PairMessage::entries_max; ++i) {
    constexpr auto most = std::int64_t{1} << 54;
    message.entries.push_back(entry(0xffffffff - i, most, most));
    message.entries.back().wait = Milliseconds{2'000'000'000};
    message.entries.back().report = PairMessage::Report{-most, most, most, most, {}};
    message.entries.back().target = PairMessage::Target{most, true, false};
  }
  const auto bytes = encode(message);
  CHECK(bytes.size() <= PairMessage::bytes_max);
  CHECK(decode_pair_message(bytes));
}

TEST_CASE("a message that is cut, too long or of another kind is refused", "[cluster][wire]") {
  const auto bytes = encode(rich_message());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(decode_pair_message(bytes.substr(0, length)));
  CHECK_FALSE(decode_pair_message(bytes + '\0'));
  CHECK_FALSE(decode_pair_message(std::string(PairMessage::bytes_max + 1, '\1')));
  for (std::size_t at = 0; at < 2; ++at) {
    auto other = bytes;
    other[at] = '\x7f';
    CHECK_FALSE(decode_pair_message(other));
  }
}

TEST_CASE("a message says nothing impossible", "[cluster][wire]") {
  const auto is_read = [](const auto& change) {
    PairMessage message;
    message.entries.push_back(entry(1, 1, 1));
    change(message, message.entries.back());
    return static_cast<bool>(decode_pair_message(encode(message)));
  };
  CHECK(is_read([](auto&, auto&) {}));
  CHECK_FALSE(is_read([](auto&, auto& one) { one.given = -1; }));
  CHECK_FALSE(is_read([](auto&, auto& one) { one.given = (std::int64_t{1} << 54) + 1; }));
  CHECK_FALSE(is_read([](auto&, auto& one) { one.received = -1; }));
  CHECK_FALSE(is_read([](auto&, auto& one) { one.report = PairMessage::Report{0, -1, 0, 0, {}}; }));
  CHECK_FALSE(is_read([](auto&, auto& one) { one.report = PairMessage::Report{0, 0, 0, -1, {}}; }));
  CHECK_FALSE(is_read([](auto&, auto& one) { one.report = PairMessage::Report{0, 0, 0, 0, {0}}; }));
  CHECK_FALSE(is_read([](auto&, auto& one) {
    one.report = PairMessage::Report{0, 0, 0, 0, std::vector<std::int64_t>(17, 1)};
  }));
  CHECK_FALSE(is_read([](auto&, auto& one) {
    one.target = PairMessage::Target{-1, false, false};
  }));
  CHECK_FALSE(is_read([](auto&, auto& one) { one.wait = Milliseconds{40LL * 86'400'000}; }));
  CHECK_FALSE(is_read([](auto& message, auto&) { message.sent = -1; }));
  CHECK_FALSE(is_read([](auto& message, auto&) { message.is_lost = true; }));
}

TEST_CASE("whatever bytes come, reading them ends and holds to its bounds", "[cluster][wire]") {
  std::mt19937_64 random{7};
  const auto good = encode(rich_message());
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = good;
    for (auto changes = 1 + random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto read = decode_pair_message(bytes);
    if (!read) continue;
    CHECK(read->entries.size() <= PairMessage::entries_max);
    // What was read can be written: nothing in it is beyond what a message may say.
    CHECK(*decode_pair_message(encode(*read)) == *read);
  }
}
