#include "actors/dashboard/stream_topics.hpp"

#include "actors/dashboard/audience.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("topics are read, and by default are those of the overview", "[dashboard][pure]") {
  const auto by_default = read_topics("");
  REQUIRE(by_default);
  CHECK(by_default->tick);
  CHECK(by_default->attention);
  CHECK(by_default->failover);
  CHECK_FALSE(by_default->request);

  const auto topics =
    read_topics("tick,share:groq,share:a.b,model:meta/llama:free,key:web,request");
  REQUIRE(topics);
  CHECK(topics->tick);
  CHECK_FALSE(topics->attention);
  CHECK(topics->request);
  CHECK(topics->shares == std::set<std::string>{"a.b", "groq"});
  CHECK(topics->models == std::set<std::string>{"meta/llama:free"});
  CHECK(topics->keys == std::set<std::string>{"web"});
}

TEST_CASE("a topic that does not exist is named as wrong", "[dashboard][pure]") {
  const auto* topics = GENERATE("ticks", "tick,,attention", "share", "share:", "node:x", ",");
  CAPTURE(topics);
  const auto read = read_topics(topics);
  REQUIRE_FALSE(read);
  CHECK(read.error().param == "topics");
}

TEST_CASE("the same conditions are one filter, in any order", "[dashboard][pure]") {
  const auto one = read_topics("request", {"model:eq:llama", "status:eq:failed"});
  const auto other = read_topics("request", {"status:eq:failed", "model:eq:llama"});
  REQUIRE(one);
  REQUIRE(other);
  CHECK(one->filter_text == other->filter_text);
  CHECK(read_topics("request")->filter_text != one->filter_text);
  const auto odd = read_topics("request", {"nonsense"});
  REQUIRE_FALSE(odd);
  CHECK(odd.error().param == "f");
}

TEST_CASE("the names among topics are bounded", "[dashboard][pure]") {
  std::string topics = "tick";
  for (std::size_t i = 0; i < StreamTopics::names_max; ++i) topics += ",key:k" + std::to_string(i);
  CHECK(read_topics(topics));
  CHECK_FALSE(read_topics(topics + ",model:one-more"));
}

TEST_CASE("who leaves is counted for as long as it may go on", "[dashboard][pure]") {
  const auto begin = Instant{} + 1h;
  Audience audience;
  CHECK_FALSE(audience.anybody(begin));
  const auto topics = *read_topics("tick,share:groq,model:llama");
  const auto others = *read_topics("failover");
  audience.opened(topics);
  audience.opened(others);
  CHECK(audience.wants_failovers(begin));
  CHECK(audience.filters(begin).empty());
  CHECK(audience.shares(begin) == std::set<std::string>{"groq"});
  CHECK(audience.first(begin).models == std::set<std::string>{"llama"});

  audience.closed(topics, begin);
  CHECK(audience.shares(begin + 29s) == std::set<std::string>{"groq"});
  CHECK(audience.shares(begin + 30s).empty());
  CHECK(audience.anybody(begin + 1h)); // the other is there
  audience.closed(others, begin + 1h);
  CHECK(audience.anybody(begin + 1h + 29s));
  CHECK_FALSE(audience.anybody(begin + 1h + 30s));
}
