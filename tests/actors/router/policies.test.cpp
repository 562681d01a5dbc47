#include "actors/router/policy.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

using namespace gateway;

namespace {

Candidate candidate(std::uint32_t offer) {
  Candidate made;
  made.offer = offer;
  made.expected_cost = NanoDollars{1'000};
  return made;
}

std::string order_text(std::string_view policy, const std::vector<Candidate>& candidates) {
  PolicyMemory memory;
  std::string text;
  for (const auto i : find_policy(policy)->order(candidates, memory)) text += std::to_string(i);
  return text;
}

} // namespace

TEST_CASE("every listed policy orders each candidate exactly once", "[router][policy]") {
  for (const auto name : policy_names()) {
    CAPTURE(name);
    const auto* policy = find_policy(name);
    REQUIRE(policy != nullptr);
    CHECK_FALSE(policy->summary().empty());
    for (std::size_t count = 0; count < 6; ++count) {
      std::vector<Candidate> candidates;
      for (std::uint32_t i = 0; i < count; ++i) candidates.push_back(candidate(i));
      PolicyMemory memory;
      auto order = policy->order(candidates, memory);
      std::ranges::sort(order);
      std::vector<std::size_t> all(count);
      std::iota(all.begin(), all.end(), std::size_t{0});
      CHECK(order == all);
    }
  }
}

TEST_CASE("a policy that is not listed is not found", "[router][policy]") {
  CHECK(find_policy("dearest") == nullptr);
  CHECK(find_policy("") == nullptr);
}

TEST_CASE(
  "cheapest prefers free quota, then cost, then speed, and unknown prices last",
  "[router][policy]") {
  struct Row {
    const char* when;
    std::vector<Candidate> candidates;
    const char* order;
  };
  auto free = candidate(0);
  free.free = true;
  auto spent = free;
  spent.quota_left = false;
  auto cheap = candidate(1);
  auto dear = candidate(2);
  dear.expected_cost = NanoDollars{5'000};
  auto unknown = candidate(3);
  unknown.expected_cost = std::nullopt;
  auto slow = cheap;
  slow.first_token_us = 900'000;
  auto quick = cheap;
  quick.first_token_us = 100'000;
  const auto row = GENERATE_COPY(
    Row{"a free one with quota left goes first", {dear, cheap, free}, "210"},
    Row{"a free one without quota left goes behind one that has", {spent, free}, "10"},
    Row{"the cheaper goes first", {dear, cheap}, "10"},
    Row{"of equal cost the faster goes first", {slow, quick}, "10"},
    Row{"an unknown price goes last", {unknown, dear}, "10"},
    Row{"equal ones keep the written order", {cheap, cheap, cheap}, "012"});
  CAPTURE(row.when);
  CHECK(order_text("cheapest", row.candidates) == row.order);
}

TEST_CASE("fastest adds the first token and the time to write the answer", "[router][policy]") {
  auto early_but_slow = candidate(0);
  early_but_slow.first_token_us = 100'000;
  early_but_slow.tokens_per_second = 10;
  early_but_slow.output_estimate = 200; // 20 s
  auto late_but_quick = candidate(1);
  late_but_quick.first_token_us = 900'000;
  late_but_quick.tokens_per_second = 400;
  late_but_quick.output_estimate = 200; // 0.5 s
  CHECK(order_text("fastest", {early_but_slow, late_but_quick}) == "10");
  early_but_slow.output_estimate = 1;
  late_but_quick.output_estimate = 1;
  CHECK(order_text("fastest", {early_but_slow, late_but_quick}) == "01");
}

TEST_CASE("fastest tries what was never measured first", "[router][policy]") {
  auto measured = candidate(0);
  measured.first_token_us = 1'000;
  CHECK(order_text("fastest", {measured, candidate(1)}) == "10");
}

TEST_CASE("least_busy takes the one with the fewest requests under way", "[router][policy]") {
  auto busy = candidate(0);
  busy.in_flight = 9;
  auto idle = candidate(1);
  idle.in_flight = 2;
  CHECK(order_text("least_busy", {busy, idle}) == "10");
}

TEST_CASE("weighted takes turns smoothly and by weight", "[router][policy]") {
  auto heavy = candidate(0);
  heavy.weight = 5;
  const std::vector<Candidate> candidates{heavy, candidate(1), candidate(2)};
  PolicyMemory memory;
  std::string firsts;
  for (int i = 0; i < 7; ++i)
    firsts += std::to_string(find_policy("weighted")->order(candidates, memory).front());
  CHECK(firsts == "0010200"); // nginx' smooth order for 5, 1, 1
}
