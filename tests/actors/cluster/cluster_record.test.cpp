#include "actors/cluster/cluster_record.hpp"

#include "actors/cluster/record_shares.hpp"
#include "actors/cluster/record_wire.hpp"
#include "actors/quota/permit_layout.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <random>
#include <set>

using namespace gateway;

namespace {

MemberJoined node(std::uint32_t i) {
  const auto digits = std::to_string(100 + i);
  return {"node-" + digits, std::string(29, '0') + digits, "10.0.0." + digits + ":9100"};
}

QuotasSet::Quota quota(std::string name, std::int64_t limit, Nanoseconds window = 1min) {
  QuotasSet::Quota quota;
  quota.spec.owner = "provider/groq";
  quota.spec.name = std::move(name);
  quota.spec.limit = limit;
  quota.spec.window = window;
  return quota;
}

ClusterRecord of_three(std::vector<QuotasSet::Quota> quotas) {
  ClusterRecord record;
  for (std::uint32_t i = 0; i < 3; ++i) REQUIRE(record.apply(node(i)));
  REQUIRE(record.apply(QuotasSet{std::move(quotas), 0}));
  return record;
}

const RecordedQuota& named(const ClusterRecord& record, std::string_view name) {
  for (const auto& [number, quota] : record.quotas())
    if (quota.spec.name == name) return quota;
  FAIL("no such quota");
  throw;
}

std::int64_t sum(const RecordedQuota& quota) {
  std::int64_t all = 0;
  for (const auto& [member, init] : quota.inits) all += init;
  return all;
}

using Parts = std::map<std::uint32_t, std::int64_t>;

} // namespace

TEST_CASE("a new quota lies at the heir, whole", "[cluster][record]") {
  const auto record = of_three({quota("rpm", 60), quota("tpm", 10'000)});
  CHECK(named(record, "rpm").inits == Parts{{0, 60}, {1, 0}, {2, 0}});
  CHECK(named(record, "rpm").number == 1);
  CHECK(named(record, "tpm").number == 2);
}

TEST_CASE("a member that joins has no part, and none is changed by it", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  const auto version = named(record, "rpm").version;
  const auto number = record.apply(node(3));
  REQUIRE(number);
  CHECK(*number == 3);
  CHECK(named(record, "rpm").inits == Parts{{0, 60}, {1, 0}, {2, 0}, {3, 0}});
  CHECK(named(record, "rpm").version == version);
}

TEST_CASE("a member that says its address anew keeps its number", "[cluster][record]") {
  auto record = of_three({});
  auto again = node(1);
  again.address = "elsewhere:9100";
  CHECK(*record.apply(again) == 1);
  CHECK(record.members().at(1).address == "elsewhere:9100");
}

TEST_CASE("a name is one node's, until that is gone", "[cluster][record]") {
  auto record = of_three({});
  auto impostor = node(7);
  impostor.name = node(1).name;
  const auto refused = record.apply(impostor);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("node-101") != std::string::npos);
  REQUIRE(record.apply(MembersGone{{1}, {}, 0, false, 3}));
  CHECK(*record.apply(impostor) == 3);
}

TEST_CASE("what is more lies at the heir, what is less is the debtor's", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(QuotasSet{{quota("rpm", 90)}, 1}));
  CHECK(named(record, "rpm").inits == Parts{{0, 60}, {1, 30}, {2, 0}});
  auto lowered = quota("rpm", 20);
  lowered.debtor = 2;
  REQUIRE(record.apply(QuotasSet{{lowered}, 0}));
  CHECK(named(record, "rpm").inits == Parts{{0, 60}, {1, 30}, {2, -70}});
  CHECK(named(record, "rpm").version == record.version());
}

TEST_CASE("a version with the same limits changes nobody's part", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  const auto version = named(record, "rpm").version;
  auto same = quota("rpm", 60);
  same.spec.count_delay = 250ms;
  REQUIRE(record.apply(QuotasSet{{same}, 2}));
  CHECK(named(record, "rpm").version == version);
  CHECK(named(record, "rpm").spec.count_delay == 250ms);
}

TEST_CASE("a removed quota keeps its number until it is forgotten", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(QuotasSet{{}, 0}));
  CHECK(named(record, "rpm").removed_in == record.version());
  SECTION("added again, it is the same one") {
    REQUIRE(record.apply(QuotasSet{{quota("rpm", 30)}, 1}));
    CHECK(named(record, "rpm").number == 1);
    CHECK(!named(record, "rpm").removed_in);
    CHECK(named(record, "rpm").inits == Parts{{0, 60}, {1, -30}, {2, 0}});
  }
  SECTION("forgotten and added again, it is another one") {
    REQUIRE(record.apply(QuotaForgotten{1}));
    CHECK(record.quotas().empty());
    REQUIRE(record.apply(QuotasSet{{quota("rpm", 60)}, 2}));
    CHECK(named(record, "rpm").number == 2);
    CHECK(named(record, "rpm").spec.incarnation == 1);
    REQUIRE(record.apply(QuotasSet{{}, 0}));
    REQUIRE(record.apply(QuotaForgotten{2}));
    REQUIRE(record.apply(QuotasSet{{quota("rpm", 60)}, 2}));
    CHECK(named(record, "rpm").spec.incarnation == 2);
  }
  SECTION("one that is in use can't be forgotten") {
    REQUIRE(record.apply(QuotasSet{{quota("rpm", 60)}, 0}));
    CHECK(!record.apply(QuotaForgotten{1}));
  }
}

TEST_CASE("another window is another quota", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(QuotasSet{{quota("rpm", 60, 1h)}, 0}));
  REQUIRE(record.quotas().size() == 2);
  CHECK(record.quotas().at(1).removed_in == record.version());
  CHECK(!record.quotas().at(2).removed_in);
  CHECK(record.quotas().at(2).added_in == record.version());
  // Back to what is not forgotten yet: it has come in the place of the other one.
  REQUIRE(record.apply(QuotasSet{{quota("rpm", 60)}, 0}));
  CHECK(record.quotas().at(1).added_in == record.version());
  CHECK(record.quotas().at(2).removed_in == record.version());
  REQUIRE(record.apply(QuotasSet{{quota("rpm", 70)}, 0}));
  CHECK(record.quotas().at(1).added_in == record.version() - 1);
}

TEST_CASE("what a gone member held by the others' counters is its heir's", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  // 0 gave 1 forty and got five back; 1 gave 2 ten; 2 gave 0 one.
  const MembersGone gone{{1}, {{1, 0, 1, 40, 5}, {1, 2, 1, 0, 10}}, 2, false, 3};
  REQUIRE(record.apply(gone));
  CHECK(named(record, "rpm").inits == Parts{{0, 25}, {2, 35}});
  CHECK(record.is_gone(1));
  CHECK(!record.is_gone(3)); // nobody was that yet
  CHECK(record.member_of_node(node(1).node) == nullptr);
}

TEST_CASE("a member that joined meanwhile has to be asked first", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(node(3)));
  CHECK(!record.apply(MembersGone{{1}, {}, 0, false, 3}));
  CHECK(record.apply(MembersGone{{1}, {}, 0, false, 4}));
}

TEST_CASE("who goes is closed by all first, and is no heir", "[cluster][record]") {
  using enum Going;
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(MembersGoing{{1}, left}));
  CHECK(record.members().at(1).going == left);
  REQUIRE(record.apply(MembersGoing{{1}, written_off}));
  // Once it is said that it is off, what it said itself counts no more.
  REQUIRE(record.apply(MembersGoing{{1}, left}));
  CHECK(record.members().at(1).going == written_off);
  CHECK(*decode_cluster_record(encode(record)) == record);
  CHECK(!record.apply(MembersGone{{1}, {}, 1, true, 3}));
  REQUIRE(record.apply(MembersGone{{1}, {}, 2, true, 3}));
  CHECK(!record.apply(MembersGone{{2}, {}, 1, true, 3}));
  CHECK(!record.apply(MembersGoing{{1}, left}));
}

TEST_CASE("who goes in silence is judged by the newest terms of contact", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(ContactSet{{0, 1, 2}, Milliseconds{600'000}}));
  const auto newest = record.contact().back();
  CHECK(newest == ContactTerms{record.version(), {0, 1, 2}, Milliseconds{600'000}});
  CHECK(!record.apply(MembersGoing{{1, 2}, Going::silent}));
  REQUIRE(record.apply(MembersGoing{{1}, Going::silent}));
  CHECK(!record.apply(MembersGoing{{2}, Going::silent}));
  CHECK(!record.apply(MembersGone{{1}, {}, 0, true, 3, 0}));
  CHECK(record.apply(MembersGone{{1}, {}, 0, true, 3, newest.since}));
}

TEST_CASE("terms of contact stay until nobody goes by them", "[cluster][record]") {
  auto record = of_three({});
  CHECK(record.contact() == std::vector{ContactTerms{}});
  REQUIRE(record.apply(ContactSet{{0, 1, 2}, Milliseconds{60'000}}));
  REQUIRE(record.apply(ContactSet{{0, 1, 2}, Milliseconds{90'000}}));
  CHECK(record.contact().size() == 3);
  CHECK(*decode_cluster_record(encode(record)) == record);
  CHECK(!record.apply(ContactKnown{999}));
  const auto newest = record.contact().back();
  REQUIRE(record.apply(ContactKnown{newest.since}));
  CHECK(record.contact() == std::vector{newest});
  CHECK(!record.apply(ContactSet{{0, 7}, {}}));
  // More than can be remembered: they are taken for terms that let anybody go on.
  for (std::size_t i = 0; i < contact_terms_max; ++i)
    REQUIRE(record.apply(ContactSet{{0, 1, 2}, Milliseconds{60'000}}));
  CHECK(record.contact().size() == contact_terms_max);
  CHECK(record.contact().front() == ContactTerms{});
}

TEST_CASE("what was on its way to one that left cools at the heir", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(MembersGone{{1}, {{1, 0, 1, 7, 7}}, 0, false, 3}));
  CHECK(named(record, "rpm").cools_in == 0);
  REQUIRE(record.apply(MembersGone{{2}, {{1, 0, 2, 7, 5}}, 0, false, 3}));
  CHECK(named(record, "rpm").cools_in == record.version());
}

TEST_CASE("two that went at once are counted out by their sum", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  // What the two gave each other is nobody's business any more.
  REQUIRE(record.apply(MembersGone{{0, 1}, {{1, 2, 0, 3, 20}, {1, 2, 1, 0, 4}}, 2, true, 3}));
  CHECK(named(record, "rpm").inits == Parts{{2, 60}});
}

TEST_CASE("what is inherited of a long window without a word cools first", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60), quota("rpd", 900, 24h)});
  REQUIRE(record.apply(MembersGone{{2}, {{1, 1, 2, 5, 0}, {2, 1, 2, 50, 0}}, 0, true, 3}));
  CHECK(named(record, "rpm").cools_in == 0);
  CHECK(named(record, "rpd").cools_in == record.version());
  const auto written_off_in = record.version();
  // Who heard of neither version yet must not take the one as harmless as the other.
  REQUIRE(record.apply(QuotasSet{{quota("rpm", 60), quota("rpd", 1'000, 24h)}, 0}));
  CHECK(named(record, "rpd").cools_in == written_off_in);
}

TEST_CASE("what can't be is refused, and changes nothing but the count", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  const auto unchanged = [&, before = record](const auto& entry) {
    const auto version = record.version();
    const bool is_refused = !record.apply(entry);
    const bool is_same = record.members() == before.members() && record.quotas() == before.quotas();
    return is_refused && is_same && record.version() == version + 1;
  };
  CHECK(unchanged(MembersGone{{7}, {}, 0, false, 3}));
  CHECK(unchanged(MembersGone{{0, 1, 2}, {}, 0, false, 3}));
  CHECK(unchanged(MembersGone{{1}, {{1, 1, 1, 5, 0}}, 0, false, 3}));
  CHECK(unchanged(MembersGone{{1}, {{9, 0, 1, 5, 0}}, 0, false, 3}));
  CHECK(unchanged(MembersGone{{1}, {{1, 0, 1, 5, 0}, {1, 0, 1, 5, 0}}, 0, false, 3}));
  CHECK(unchanged(QuotasSet{{quota("rpm", 1), quota("rpm", 2)}, 0}));
  CHECK(unchanged(QuotaForgotten{1}));
  ClusterRecord nobody;
  CHECK(!nobody.apply(QuotasSet{{quota("rpm", 60)}, 0}));
}

TEST_CASE("each member reads its own part in the record", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  REQUIRE(record.apply(MembersGone{{2}, {{1, 0, 2, 20, 0}}, 1, false, 3}));
  const auto part = [&](std::uint32_t member) {
    return shares_of(record, member).row_of_number(1)->spec.share;
  };
  const auto version = record.version();
  const auto added_in = named(record, "rpm").added_in;
  CHECK(part(0) == QuotaShare{version, 40, {0, 1}, 3, version, added_in});
  CHECK(part(1) == QuotaShare{version, 20, {0, 1}, 3, version, added_in});
  REQUIRE(record.apply(QuotasSet{{}, 0}));
  CHECK(part(0)->removed_in == record.version());
}

TEST_CASE("128 are members at a time, and any number in the end", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  for (std::uint32_t i = 3; i < members_max; ++i) REQUIRE(record.apply(node(i)));
  CHECK(!record.apply(node(members_max)));
  const auto bytes = encode(record).size();
  for (std::uint32_t i = members_max; i < 10 * members_max; ++i) {
    REQUIRE(record.apply(MembersGone{{i - 1}, {}, 0, false, i}));
    REQUIRE(*record.apply(node(i)) == i);
  }
  CHECK(record.members().size() == members_max);
  CHECK(sum(named(record, "rpm")) == 60);
  CHECK(encode(record).size() < bytes + 1'000); // who is gone costs nothing
}

TEST_CASE("whoever was removed can't come back as what it was", "[cluster][record]") {
  auto record = of_three({quota("rpm", 60)});
  auto known = node(1);
  known.number = 1;
  CHECK(*record.apply(known) == 1U);
  REQUIRE(record.apply(MembersGone{{1}, {}, 0, true, 3}));
  const auto refused = record.apply(known);
  REQUIRE(!refused);
  CHECK(refused.error().message == "node-101 was removed: it can come back as a new member only");
  CHECK(record.members().size() == 2);
}

TEST_CASE(
  "whatever happens, the parts of a quota are its limit, and a number is used once",
  "[cluster][record]") {
  const auto seed = GENERATE(range(1U, 41U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto below = [&](std::uint32_t most) {
    return static_cast<std::uint32_t>(random() % most);
  };
  ClusterRecord record;
  ClusterRecord replica;
  std::map<std::uint32_t, std::string> keys; // of every number ever
  std::uint32_t nodes = 0;
  for (int step = 0; step < 300; ++step) {
    ClusterEntry entry;
    switch (below(6)) {
    case 0: entry = node(below(3) > 0 ? nodes++ % 60 : below(nodes + 1)); break;
    case 1:
      entry = MembersGone{{below(nodes + 1)}, {}, below(nodes + 1), below(2) == 0, record.known()};
      break;
    case 2: entry = QuotaForgotten{below(30)}; break;
    default:
      QuotasSet set{{}, below(nodes + 1)};
      for (const auto* name : {"rpm", "tpm", "burst"}) {
        if (below(3) == 0) continue;
        set.quotas.push_back(quota(name, below(1'000), below(5) == 0 ? 24h : Nanoseconds{1min}));
        if (below(2) == 0) set.quotas.back().debtor = below(nodes + 1);
      }
      entry = std::move(set);
    }
    std::visit([&](const auto& its) { (void)record.apply(its); }, entry);
    // Another node has it from the log, and sometimes from a snapshot.
    const auto heard = decode_cluster_entry(encode(entry));
    REQUIRE(heard);
    std::visit([&](const auto& its) { (void)replica.apply(its); }, *heard);
    if (below(20) == 0) replica = *decode_cluster_record(encode(record));
    REQUIRE(replica == record);

    for (const auto& [number, its] : record.quotas()) {
      REQUIRE(sum(its) == its.spec.limit);
      for (const auto& [member, init] : its.inits) REQUIRE(record.members().contains(member));
      const auto key = to_text(key_of(its.spec));
      REQUIRE(keys.try_emplace(number, key).first->second == key);
    }
  }
}

TEST_CASE("a damaged entry or record is refused, whatever is wrong with it", "[cluster][record]") {
  const auto record = of_three({quota("rpm", 60), quota("rpd", 900, 24h)});
  const auto whole = encode(record);
  const auto entry = encode(ClusterEntry{MembersGone{{1}, {{1, 0, 1, 40, 5}}, 2, true, 3}});
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(!decode_cluster_record(std::string_view{whole}.substr(0, size)));
  for (std::size_t size = 0; size < entry.size(); ++size)
    CHECK(!decode_cluster_entry(std::string_view{entry}.substr(0, size)));
  CHECK(!decode_cluster_entry(entry + '\0'));
  std::mt19937 random{7};
  for (int i = 0; i < 20'000; ++i) {
    auto damaged = i % 2 == 0 ? whole : entry;
    for (auto flips = 1 + random() % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    // It may be another one that makes sense; what must not be is a fault.
    (void)decode_cluster_record(damaged);
    (void)decode_cluster_entry(damaged);
  }
}
