#include "actors/cluster/hello.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

Hello hello_of(const std::string& name) {
  Hello hello;
  hello.cluster = "c1";
  hello.name = name;
  hello.id = "id-of-" + name;
  hello.incarnation = 7;
  hello.version = "1.2.3";
  hello.started_ms = 1'795'000'000'000;
  hello.config_version = 182;
  hello.address = {"10.0.0.1", 7'946};
  hello.may_vote = false;
  hello.members = {{"gw-2", {"gw-2.example.org", 7'946}}, {"gw-3", {"fd00::3", 7'947}}};
  return hello;
}

std::string why(const Judgement& judgement) {
  return judgement.refusal ? judgement.refusal->text : "";
}

} // namespace

TEST_CASE("a hello arrives as it was said", "[cluster][hello]") {
  const auto hello = hello_of("gw-1");
  const auto read = decode_hello(encode(hello));
  REQUIRE(read);
  CHECK(*read == hello);
  auto recovered = hello;
  recovered.recovered_from = {"c0", "c9"};
  CHECK(*decode_hello(encode(recovered)) == recovered);
  recovered.number = 0;
  CHECK(*decode_hello(encode(recovered)) == recovered);
  auto member = hello;
  member.number = 1'000;
  CHECK(*decode_hello(encode(member)) == member);
}

TEST_CASE("a newer node may say more at the end of its hello", "[cluster][hello]") {
  auto hello = hello_of("gw-1");
  hello.recovered_from = {"c0"};
  hello.number = 7;
  const auto read = decode_hello(encode(hello) + "more than this release knows");
  REQUIRE(read);
  CHECK(*read == hello);
}

TEST_CASE("an answer to a hello is a welcome or a refusal", "[cluster][hello]") {
  const Greeting welcome = hello_of("gw-2");
  const Greeting refusal = LinkRefusal{LinkRefusal::Reason::wrong_cluster, "Not here."};
  const Greeting gone_on = LinkRefusal{LinkRefusal::Reason::removed, "Not any more.", "c2"};
  for (const auto& greeting : {welcome, refusal, gone_on}) {
    const auto read = decode_greeting(encode(greeting));
    REQUIRE(read);
    CHECK(*read == greeting);
  }
}

TEST_CASE("no part of a hello is taken for a whole one", "[cluster][hello]") {
  const auto whole = encode(hello_of("gw-1"));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
    CHECK_FALSE(decode_hello(whole.substr(0, bytes)));
  CHECK_FALSE(decode_greeting(""));
  CHECK_FALSE(decode_greeting(std::string(1, '\x07') + whole));
}

TEST_CASE("what would be awkward in a log or in JSON is no name", "[cluster][hello]") {
  for (const auto* name : {"", "two words", "line\nbreak", "\xc3\xa4", "quote\x01"}) {
    auto hello = hello_of("gw-1");
    hello.name = name;
    CAPTURE(name);
    CHECK_FALSE(decode_hello(encode(hello)));
  }
  auto hello = hello_of("gw-1");
  hello.name = std::string(Hello::name_max + 1, 'a');
  CHECK_FALSE(decode_hello(encode(hello)));
}

TEST_CASE("two nodes of one cluster talk", "[cluster][hello]") {
  CHECK_FALSE(judge(hello_of("gw-1"), hello_of("gw-2"), {}, true).refusal);
}

TEST_CASE("a node that belongs to no cluster yet may talk to anybody", "[cluster][hello]") {
  auto newcomer = hello_of("gw-2");
  newcomer.cluster.clear();
  CHECK_FALSE(judge(hello_of("gw-1"), newcomer, {}, false).refusal);
  CHECK_FALSE(judge(newcomer, hello_of("gw-1"), {}, true).refusal);
  auto another = hello_of("gw-3");
  another.cluster.clear();
  CHECK_FALSE(judge(newcomer, another, {}, true).refusal);
}

TEST_CASE("a node of another cluster is told whose is whose", "[cluster][hello]") {
  auto other = hello_of("gw-2");
  other.cluster = "c2";
  const auto judgement = judge(hello_of("gw-1"), other, {}, false);
  REQUIRE(judgement.refusal);
  CHECK(judgement.refusal->reason == LinkRefusal::Reason::wrong_cluster);
  CHECK_THAT(
    why(judgement),
    Catch::StartsWith("gw-1 belongs to cluster c1, gw-2 to cluster c2: a data folder stays"));
}

TEST_CASE("protocols one release apart have one in common, others do not", "[cluster][hello]") {
  struct Row {
    const char* when;
    ProtocolRange own, theirs;
    bool talk;
    std::uint16_t common;
  };
  const auto row = GENERATE(
    Row{"the same", {1, 1}, {1, 1}, true, 1},
    Row{"they are newer", {1, 2}, {2, 3}, true, 2},
    Row{"we are newer", {2, 3}, {1, 2}, true, 2},
    Row{"they are too new", {1, 1}, {2, 3}, false, 0},
    Row{"they are too old", {3, 4}, {1, 2}, false, 0});
  CAPTURE(row.when);
  auto own = hello_of("gw-1");
  auto theirs = hello_of("gw-2");
  own.protocol = row.own;
  theirs.protocol = row.theirs;
  const auto judgement = judge(own, theirs, {}, true);
  CHECK(judgement.refusal.has_value() != row.talk);
  if (row.talk) CHECK(common_protocol(row.own, row.theirs) == row.common);
  if (!row.talk) CHECK_THAT(why(judgement), Catch::Contains("gw-1 speaks cluster protocol"));
}

TEST_CASE("a protocol is judged before all else, which it may change", "[cluster][hello]") {
  auto other = hello_of("gw-2");
  other.cluster = "c2";
  other.protocol = {9, 9};
  CHECK(
    judge(hello_of("gw-1"), other, {}, true).refusal->reason
    == LinkRefusal::Reason::no_common_protocol);
}

TEST_CASE("two processes must not be one node", "[cluster][hello]") {
  struct Row {
    const char* when;
    const char *name, *id;
    std::uint64_t incarnation;
    std::vector<LinkedLife> linked;
    const char* says;
  };
  const std::vector<LinkedLife> other_id{{"gw-2", "other", 7, false}};
  const std::vector<LinkedLife> other_life{{"gw-2", "id-of-gw-2", 6, false}};
  const std::vector<LinkedLife> other_name{{"gw-9", "id-of-gw-2", 7, false}};
  const auto row = GENERATE_COPY(
    Row{"it is called as we are", "gw-1", "other", 7, {}, "two nodes are called gw-1"},
    Row{"it has our data folder", "gw-2", "id-of-gw-1", 8, {}, "one data folder, or a copy"},
    Row{"another of its name is alive", "gw-2", "id-of-gw-2", 7, other_id, "another gw-2"},
    Row{"an older life is alive", "gw-2", "id-of-gw-2", 7, other_life, "another gw-2"},
    Row{"its data folder is alive", "gw-2", "id-of-gw-2", 7, other_name, "another gw-2"});
  CAPTURE(row.when);
  auto theirs = hello_of(row.name);
  theirs.id = row.id;
  theirs.incarnation = row.incarnation;
  const auto judgement = judge(hello_of("gw-1"), theirs, row.linked, false);
  REQUIRE(judgement.refusal);
  CHECK(judgement.refusal->reason == LinkRefusal::Reason::duplicate_identity);
  CHECK_THAT(why(judgement), Catch::Contains(row.says));
}

TEST_CASE("a node that calls itself is told so", "[cluster][hello]") {
  CHECK(
    judge(hello_of("gw-1"), hello_of("gw-1"), {}, true).refusal->reason
    == LinkRefusal::Reason::ourselves);
}

TEST_CASE("of two links between two nodes, both keep the same one", "[cluster][hello]") {
  const auto small = hello_of("gw-1");
  const auto large = hello_of("gw-2");
  const bool small_began_first = GENERATE(true, false);
  const bool small_began_second = GENERATE(true, false);
  CAPTURE(small_began_first, small_began_second);
  const auto at_small =
    judge(small, large, {{"gw-2", "id-of-gw-2", 7, small_began_first}}, small_began_second);
  const auto at_large =
    judge(large, small, {{"gw-1", "id-of-gw-1", 7, !small_began_first}}, !small_began_second);
  CHECK(at_small.replaces == at_large.replaces);
  CHECK(at_small.refusal.has_value() == !at_small.replaces);
  CHECK(at_large.refusal.has_value() == !at_large.replaces);
  // The link that the smaller name began stays; a second one of the same side is that side's
  // newer knowledge.
  CHECK(at_small.replaces == (small_began_second || !small_began_first));
}
