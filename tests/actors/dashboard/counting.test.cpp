#include "actors/dashboard/name_ids.hpp"
#include "actors/dashboard/past_usage.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/time_ring.hpp"
#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a tally tells requests apart by provider, model and key", "[dashboard][pure]") {
  RequestTally tally;
  auto one = record_of("groq", "llama");
  one.key = "web";
  tally.add(one);
  tally.add(record_of("openai", "gpt", Outcome::failover));
  auto refused = record_of("", "", Outcome::refused);
  refused.first_token_us = {};
  tally.add(refused);

  CHECK(tally.all().counters.requests == 3);
  CHECK(tally.all().counters.failovers == 1);
  CHECK(tally.all().counters.errors() == 1);
  CHECK(tally.all().first_token.count() == 2);
  REQUIRE(tally.providers().size() == 2);
  CHECK(tally.providers().at("groq").counters.requests == 1);
  REQUIRE(tally.models().size() == 2);
  CHECK(tally.models().at("gpt").first_token.count() == 1);
  REQUIRE(tally.keys().size() == 1);
  CHECK(tally.keys().at("web").counters.tokens_in == 10);
}

TEST_CASE("a tally's names are bounded and nothing is lost beyond", "[dashboard][pure]") {
  RequestTally tally;
  auto record = record_of("groq", "llama");
  for (std::size_t i = 0; i < RequestTally::names_max + 5; ++i) {
    record.key = "key-" + std::to_string(i);
    tally.add(record);
  }
  CHECK(tally.keys().size() == RequestTally::names_max + 1);
  CHECK(tally.keys().at("(other)").counters.requests == 5);
}

TEST_CASE("names keep their numbers, and those beyond the bound share one", "[dashboard][pure]") {
  NameIds ids;
  const auto groq = ids.of("groq");
  CHECK(ids.of("openai") != groq);
  CHECK(ids.of("groq") == groq);
  CHECK(ids.name(groq) == "groq");
  CHECK(ids.announce(groq));
  CHECK_FALSE(ids.announce(groq));
  for (std::size_t i = 0; i < NameIds::names_max; ++i) ids.of("name-" + std::to_string(i));
  CHECK(ids.name(ids.of("one too many")) == "(other)");
  CHECK(ids.of("another") == ids.of("one too many"));
  CHECK(ids.of("groq") == groq);
}

TEST_CASE("a ring of time forgets what is a whole turn old", "[dashboard][pure]") {
  TimeRing<int, 3> ring;
  ring.at(10) += 1;
  ring.at(11) += 2;
  ring.at(10) += 4;
  REQUIRE(ring.find(10));
  CHECK(*ring.find(10) == 5);
  CHECK_FALSE(ring.find(12));
  ring.at(13) = 7; // takes the place of 10
  CHECK_FALSE(ring.find(10));
  CHECK(*ring.find(11) == 2);
}

TEST_CASE("the past of a start is this day's and the last hour's, by provider", "[dashboard]") {
  UsageTotals totals;
  const auto midnight = noon - 12h;
  totals.add(record_of("groq", "llama"), midnight - 2h);
  totals.add(record_of("groq", "llama"), midnight - 30min);
  totals.add(record_of("groq", "llama"), midnight + 5min);
  totals.add(record_of("", ""), midnight + 6min);
  const auto late = past_usage(totals, midnight + 20min);
  REQUIRE(late.size() == 2);
  CHECK(late[0].span.start == midnight - 30min);
  CHECK(late[1].counters.requests == 1);
  CHECK(past_usage(totals, midnight + 10h).size() == 1);
}
