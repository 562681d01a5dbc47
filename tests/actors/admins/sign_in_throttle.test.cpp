#include "actors/admins/sign_in_throttle.hpp"

#include "actors/admins/refused_sign_ins.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

const Instant start{100h};

void fail_often(SignInThrottle& throttle, const std::string& client, std::int64_t times) {
  for (std::int64_t i = 0; i < times; ++i) throttle.failed(client, start);
}

std::string address(std::int64_t number) {
  return "10.1." + std::to_string(number / 256) + "." + std::to_string(number % 256);
}

} // namespace

TEST_CASE("one client's guesses hold up that client alone", "[admins][throttle]") {
  SignInThrottle throttle;
  fail_often(throttle, "10.0.0.1", SignInThrottle::client_at_once);
  CHECK(throttle.wait("10.0.0.1", start));
  CHECK_FALSE(throttle.wait("10.0.0.2", start));
  CHECK_FALSE(throttle.wait("10.0.0.1", start + SignInThrottle::client_one_in));
}

TEST_CASE("many clients' guesses hold up whoever is not known yet", "[admins][throttle]") {
  SignInThrottle throttle;
  throttle.succeeded("10.0.0.1", start);
  for (std::int64_t i = 0; i < SignInThrottle::all_at_once; ++i) throttle.failed(address(i), start);
  CHECK(throttle.wait("10.0.0.2", start));
  CHECK_FALSE(throttle.wait("10.0.0.1", start));
  CHECK_FALSE(throttle.wait("10.0.0.2", start + SignInThrottle::all_one_in));
}

TEST_CASE("an address is known for a while after it was right", "[admins][throttle]") {
  SignInThrottle throttle;
  throttle.succeeded("10.0.0.1", start - SignInThrottle::known_for);
  for (std::int64_t i = 0; i < SignInThrottle::all_at_once; ++i) throttle.failed(address(i), start);
  CHECK(throttle.wait("10.0.0.1", start));
}

TEST_CASE("a known address that guesses is held up like any other", "[admins][throttle]") {
  SignInThrottle throttle;
  throttle.succeeded("10.0.0.1", start);
  fail_often(throttle, "10.0.0.1", SignInThrottle::client_at_once);
  CHECK(throttle.wait("10.0.0.1", start));
}

TEST_CASE("a client is an IPv4 address or an IPv6 network", "[admins][throttle]") {
  struct Row {
    const char* address;
    const char* network;
  };
  const auto row = GENERATE(
    Row{"10.0.0.1", "10.0.0.1"},
    Row{"::ffff:10.0.0.1", "10.0.0.1"},
    Row{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
    Row{"2001:db8:1:2::7", "2001:db8:1:2::"},
    Row{"::1", "::"},
    Row{"no address", "no address"});
  CHECK(client_network(row.address) == row.network);
}

TEST_CASE("refused sign-ins are told of at once, then summed by the minute", "[admins]") {
  RefusedSignIns refused;
  CHECK_FALSE(refused.due());
  CHECK_FALSE(refused.take_due(start));
  refused.add("10.0.0.1");
  const auto first = refused.take_due(start);
  REQUIRE(first);
  CHECK(first->text == "refused a sign-in");
  CHECK(first->client == "10.0.0.1");
  for (int i = 0; i < 1'000; ++i) refused.add(address(i % 3));
  CHECK_FALSE(refused.take_due(start + RefusedSignIns::told_every - 1ns));
  REQUIRE(refused.due() == start + RefusedSignIns::told_every);
  const auto second = refused.take_due(*refused.due());
  REQUIRE(second);
  CHECK(second->text == "refused 1000 sign-ins from 3 addresses");
  CHECK(second->client == "10.1.0.0");
  CHECK_FALSE(refused.due());
}
