#include "persistence/usage_rows.hpp"

#include "persistence/usage_copies.hpp"
#include "persistence/usage_json.hpp"
#include "persistence/usage_query.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <tuple>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;
using testing::TemporaryFolder;

const std::string source_id(32, 'a');
constexpr Milliseconds one_hour{3'600'000};

/// Everything that totals have, whatever its order and how names are numbered.
using Contents = std::map<UsageSpan, std::map<UsageName, UsageCounters>>;
Contents contents_of(const UsageTotals& totals) {
  Contents contents;
  for (const auto& [span, slice] : totals.slices())
    for (const auto& cell : slice->cells) contents[span][totals.name(cell.name)] += cell.counters;
  return contents;
}
std::map<UsageSpan, std::map<UsageName, UsageSpeeds>> speeds_of(const UsageTotals& totals) {
  std::map<UsageSpan, std::map<UsageName, UsageSpeeds>> speeds;
  for (const auto& [span, slice] : totals.slices())
    for (const auto& speed : slice->speeds) {
      auto name = totals.name(speed.name);
      // Which of several names stands for them is its own business.
      for (const auto dimension :
           {UsageDimension::key, UsageDimension::route, UsageDimension::team})
        name[static_cast<std::size_t>(dimension)].clear();
      speeds[span][name].merge(speed);
    }
  return speeds;
}

/// Those by key, route and team, by node and value.
using ValueSpeeds = std::map<std::tuple<UsageSpan, SpeedGroup, std::string>, UsageSpeeds>;
ValueSpeeds value_speeds_of(const UsageTotals& totals) {
  ValueSpeeds all;
  for (const auto& entry : totals.value_speeds().slices())
    for (const auto group : value_speed_groups)
      for (const auto& speeds : entry.slice->of(group)) {
        const auto& name = totals.name(speeds.name);
        const auto& value = name[static_cast<std::size_t>(dimension_of(group))];
        all[{entry.span, group, name[0] + '/' + value}].merge(speeds);
      }
  return all;
}

/// A node that counts, in one of its lives.
struct Counting {
  UsageTotals totals;
  std::uint64_t life = 1;
  Day first_held_day = day_of(at(0));

  std::string rows(const UsageMark& since) {
    const UsageSource source{source_id, "gw-1", {life, totals.seal()}};
    return encode_usage_rows(source, UsageTotals(totals), first_held_day, since);
  }
  void add(std::uint64_t number, WallTime ended, const std::string& model = "gpt-4o") {
    auto record = sample_record(number, ended);
    record.model = model;
    record.key = "key-" + std::to_string(number % 4);
    record.route = model.substr(0, 5);
    totals.add(record, ended);
  }
};

struct Fixture {
  TemporaryFolder data;
  Counting node;
  const std::string folder = data / ("usage/nodes/" + source_id);
  UsageCopy copy{real_files(), folder, {source_id, "gw-1", {}}};

  void hear() { hear(node.rows(copy.source().mark)); }
  void hear(const std::string& bytes) {
    const auto rows = decode_usage_rows(bytes);
    REQUIRE(rows);
    copy.take(*rows);
  }
  void require_same() {
    REQUIRE(contents_of(copy.state().totals) == contents_of(node.totals));
    REQUIRE(speeds_of(copy.state().totals) == speeds_of(node.totals));
  }
};

} // namespace

TEST_CASE("a copy that hears what changed has what the node counted", "[persistence][usage]") {
  Fixture both;
  std::mt19937 chance{7};
  auto now = at(1);
  for (std::uint64_t number = 0; number < 3'000; ++number) {
    now += Milliseconds{chance() % 9'000};
    // Now and then one comes late, into what is folded already.
    const auto late = chance() % 50 == 0 ? Milliseconds{chance() % 7'000'000} : Milliseconds{0};
    both.node.add(number, std::max(at(0), now - late), "model-" + std::to_string(chance() % 5));
    if (chance() % 10 == 0) both.node.totals.fold(now);
    if (chance() % 20 == 0) {
      both.hear();
      both.require_same();
    }
  }
  both.hear();
  both.require_same();
  both.node.totals.fold(now + one_hour); // what was not told is
  both.hear();
  const bool same_speeds =
    value_speeds_of(both.copy.state().totals) == value_speeds_of(both.node.totals);
  REQUIRE(same_speeds);
}

TEST_CASE(
  "speeds by key go on when they may be told, and from copy to copy", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  both.hear();
  REQUIRE(value_speeds_of(both.copy.state().totals).empty());
  both.node.totals.fold(at(1, 0, 10));
  both.hear();
  const auto known = value_speeds_of(both.node.totals);
  REQUIRE(known.size() == 3);
  const auto knows = [&](const UsageCopy& copy) {
    return value_speeds_of(copy.state().totals) == known;
  };
  REQUIRE(knows(both.copy));
  REQUIRE(both.copy.store());
  auto loaded = UsageCopy::load(real_files(), both.folder);
  REQUIRE(loaded);
  REQUIRE(knows(*loaded));
  UsageCopy third{real_files(), both.data / "third", {source_id, "gw-1", {}}};
  REQUIRE(third.take(*decode_usage_rows(loaded->rows({}))));
  REQUIRE(knows(third));

  // Minutes that became an hour are not there beside it.
  both.node.totals.fold(at(5));
  both.hear();
  REQUIRE(
    value_speeds_of(both.copy.state().totals).begin()->first
    == std::tuple{UsageSpan{at(1), usage_hour}, SpeedGroup::key, std::string{"gw-waw-1/key-1"}});
  REQUIRE(value_speeds_of(both.copy.state().totals).size() == 3);
}

TEST_CASE("rows of a version without speeds by key are read", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  auto rows = both.node.rows({}); // none of them may be told yet
  rows.front() = 1;
  rows.pop_back();
  both.hear(rows);
  both.require_same();
}

TEST_CASE("rows that come twice or late change nothing", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  const auto first = both.node.rows({});
  both.hear(first);
  both.node.add(2, at(1));
  const auto second = both.node.rows(both.copy.source().mark);
  both.hear(second);
  both.require_same();
  both.hear(first);
  both.hear(second);
  both.require_same();
}

TEST_CASE("what was lost comes with the next rows", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  both.hear();
  both.node.add(2, at(2));
  const auto lost = both.node.rows(both.copy.source().mark);
  both.node.add(3, at(3));
  both.hear();
  both.require_same();
}

TEST_CASE("rows with a gap before them are not taken", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  both.hear();
  const auto known = both.copy.source().mark;
  both.node.add(2, at(2));
  const UsageMark skipped{1, both.node.totals.seal()};
  both.node.add(3, at(3));
  both.hear(both.node.rows(skipped));
  REQUIRE(both.copy.source().mark == known);
}

TEST_CASE("a new life of a node brings all that it has instead", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  both.node.add(2, at(1));
  both.hear();
  // A machine crash took the second one.
  Counting after;
  after.life = 2;
  after.add(1, at(1));
  both.hear(after.rows(both.copy.source().mark));
  REQUIRE(contents_of(both.copy.state().totals) == contents_of(after.totals));
  both.hear(both.node.rows({}));
  REQUIRE(contents_of(both.copy.state().totals) == contents_of(after.totals));
}

TEST_CASE(
  "a third node learns from a copy what the node itself would say", "[persistence][usage]") {
  Fixture both;
  UsageCopy third{real_files(), both.data / "third", {source_id, "gw-1", {}}};
  const auto tell = [&] {
    const auto rows = decode_usage_rows(both.copy.rows(third.source().mark));
    REQUIRE(rows);
    third.take(*rows);
    REQUIRE(contents_of(third.state().totals) == contents_of(both.node.totals));
  };
  both.node.add(1, at(1));
  both.hear();
  tell();
  both.node.add(2, at(2));
  both.node.totals.fold(at(3));
  both.hear();
  tell();
  // It goes on with the node itself.
  both.node.add(3, at(3));
  const auto rows = decode_usage_rows(both.node.rows(third.source().mark));
  REQUIRE(rows);
  REQUIRE(third.take(*rows));
  REQUIRE(contents_of(third.state().totals) == contents_of(both.node.totals));
}

TEST_CASE("a copy goes on after a restart where it was stored", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  both.hear();
  REQUIRE(both.copy.store());
  auto loaded = UsageCopy::load(real_files(), both.folder);
  REQUIRE(loaded);
  REQUIRE(loaded->source() == both.copy.source());
  both.node.add(2, at(2));
  const auto rows = decode_usage_rows(both.node.rows(loaded->source().mark));
  REQUIRE(rows);
  REQUIRE(loaded->take(*rows));
  REQUIRE(contents_of(loaded->state().totals) == contents_of(both.node.totals));
}

TEST_CASE("a damaged copy is not believed", "[persistence][usage]") {
  Fixture both;
  both.node.add(1, at(1));
  both.hear();
  REQUIRE(both.copy.store());
  const auto path = both.folder + "/rows";
  auto text = testing::text_of(path);
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  testing::write_text(path, text);
  REQUIRE(UsageCopy::load(real_files(), both.folder).error().kind == ErrorKind::invalid_value);

  UsageCopies copies{real_files(), both.data.path()};
  REQUIRE(copies.load());
  REQUIRE(copies.find(source_id) != nullptr); // its closed days are good
  REQUIRE(copies.find(source_id)->source().mark == UsageMark{});
}

TEST_CASE("a day that the node closed is dropped once its file came", "[persistence][usage]") {
  Fixture both;
  const auto monday = day_of(at(0));
  const auto tuesday = monday + std::chrono::days{1};
  both.node.add(1, monday + 5 * one_hour);
  both.node.add(2, tuesday + 5 * one_hour);
  both.hear();
  const auto file = render_usage_day(both.node.totals, monday);
  both.node.totals.drop_before(tuesday);
  both.node.first_held_day = tuesday;
  both.node.add(3, tuesday + 6 * one_hour);
  both.hear();
  const auto requests = [&] {
    const UsagePast past{{both.copy.state(), both.copy.history()}};
    const auto answer = answer_usage(past, {96 * one_hour, {}}, tuesday + 7 * one_hour);
    REQUIRE(answer);
    return answer->total.requests;
  };
  REQUIRE(both.copy.state().first_held_day == monday);
  REQUIRE(requests() == 3);
  REQUIRE(both.copy.take_day(monday, file));
  REQUIRE(both.copy.state().first_held_day == tuesday);
  REQUIRE(requests() == 3);
  const auto days = both.copy.days();
  REQUIRE(days);
  REQUIRE(*days == std::vector<Day>{monday});
  REQUIRE_FALSE(both.copy.take_day(monday, "{}"));
}

TEST_CASE("no bytes of a stranger are taken for rows", "[persistence][usage]") {
  Counting node;
  node.add(1, at(1));
  node.totals.fold(at(1, 1));
  const auto good = node.rows({});
  REQUIRE(decode_usage_rows(good));
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    REQUIRE_FALSE(decode_usage_rows(good.substr(0, cut)));
  REQUIRE_FALSE(decode_usage_rows(good + "x"));
  std::mt19937 chance{11};
  for (int round = 0; round < 2'000; ++round) {
    auto odd = good;
    odd[chance() % odd.size()] = static_cast<char>(chance());
    const auto rows = decode_usage_rows(odd); // must end, and must not read beyond its end
    if (rows) UsageCopy{real_files(), "none", {source_id, "", {}}}.take(*rows);
  }
}

TEST_CASE("totals of several nodes are one past", "[persistence][usage]") {
  TemporaryFolder data;
  UsageState own;
  UsageHistory history{data.path()};
  own.totals.add(sample_record(1, at(1)), at(1));
  Counting other;
  other.add(2, at(1), "claude");
  UsageCopies copies{real_files(), data.path()};
  REQUIRE(copies.take(other.rows({})));
  auto* const copy = copies.find(source_id);
  REQUIRE(copy != nullptr);
  const UsagePast past{{own, history}, {copy->state(), copy->history()}};
  const auto answer = answer_usage(past, {2 * one_hour, {UsageDimension::model}}, at(2));
  REQUIRE(answer);
  REQUIRE(answer->rows.size() == 2);
  REQUIRE(answer->total.requests == 2);
  REQUIRE(copies.holdings().size() == 1);
  const auto told = decode_usage_holdings(encode_usage_holdings(copies.holdings()));
  REQUIRE(told);
  REQUIRE(*told == copies.holdings());
}

TEST_CASE("rows of this node itself, or of another than asked for, are refused", "[persistence]") {
  TemporaryFolder data;
  Counting other;
  other.add(1, at(1));
  const std::string third(32, 'b');
  UsageCopies ours{real_files(), data.path(), source_id};
  CHECK_FALSE(ours.take(other.rows({})));
  UsageCopies theirs{real_files(), data.path(), third};
  CHECK_FALSE(theirs.take(other.rows({}), third));
  CHECK(theirs.take(other.rows({}), source_id));
}

TEST_CASE("names that nobody uses any more go, and a copy hears of nothing", "[persistence]") {
  Fixture both;
  const auto tuesday = day_of(at(0)) + std::chrono::days{1};
  for (std::uint64_t i = 0; i < 5'000; ++i) both.node.add(i, at(1), "model-" + std::to_string(i));
  both.node.add(1, tuesday + one_hour);
  both.hear();
  const auto known = both.copy.source().mark;
  both.node.totals.drop_before(tuesday);
  REQUIRE(both.node.totals.names() < 10);
  const auto rows = decode_usage_rows(both.node.rows(known));
  REQUIRE(rows);
  CHECK(rows->slices.empty());
}

TEST_CASE("what is counted in a folder keeps its id", "[persistence][usage]") {
  TemporaryFolder data;
  const std::string other(32, 'c');
  CHECK(*usage_source_id(data.path(), source_id) == source_id);
  CHECK(*usage_source_id(data.path(), other) == source_id);
  testing::write_text(data / "usage/source", "x");
  CHECK_FALSE(usage_source_id(data.path(), other));
}

} // namespace gateway
