#include "persistence/usage_query.hpp"

#include "persistence/usage_json.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;
using testing::TemporaryFolder;
using Keys = std::vector<std::vector<std::string>>;

constexpr std::chrono::hours one_hour{1};
const Day monday = day_of(at(0));

/// A state that holds everything from Monday on.
struct Fixture {
  TemporaryFolder data;
  UsageState state;
  UsageHistory history{data.path()};

  Fixture() {
    state.first_open_day = monday;
    state.first_held_day = monday;
  }

  void add(WallTime ended, const std::string& model, std::int64_t cost, std::int64_t requests = 1) {
    auto record = sample_record(1, ended);
    record.model = model;
    record.cost = NanoDollars{cost};
    for (; requests > 0; --requests) state.totals.add(record, ended);
  }

  /// A closed day in its file only: one request of gpt-4o an hour.
  void close_day(Day day) {
    UsageTotals totals;
    auto record = sample_record(1, day);
    record.model = "gpt-4o";
    record.cost = NanoDollars{10};
    for (int hour = 0; hour < 24; ++hour) totals.add(record, day + hour * one_hour);
    testing::write_text(usage_day_path(data.path(), day), render_usage_day(totals, day));
  }

  UsageAnswer answer(Milliseconds last, std::vector<UsageDimension> by, WallTime now) {
    auto answered = answer_usage({{state, history}}, {last, std::move(by)}, now);
    REQUIRE(answered);
    return *std::move(answered);
  }
};

Keys keys_of(const UsageAnswer& answer) {
  Keys keys;
  for (const auto& row : answer.rows) keys.push_back(row.key);
  return keys;
}

} // namespace

TEST_CASE("last is a number of hours or days", "[persistence][usage]") {
  struct Row {
    const char* last;
    std::int64_t hours;
  };
  const auto row = GENERATE(
    Row{"", 24},
    Row{"1h", 1},
    Row{"24h", 24},
    Row{"7d", 168},
    Row{"3660d", 87'840},
    Row{"87840h", 87'840});
  const auto query = read_usage_query(row.last, "");
  REQUIRE(query);
  REQUIRE(query->last == row.hours * one_hour);
  REQUIRE(query->by.empty());
}

TEST_CASE("any other last is refused with its name", "[persistence][usage]") {
  const auto last = GENERATE(
    as<std::string>{},
    "h",
    "24",
    "0h",
    "-1h",
    "+1h",
    "1.5h",
    "1 h",
    "90m",
    "1w",
    "3661d",
    "87841h",
    "99999999999999999999d",
    "1hh");
  CAPTURE(last);
  const auto query = read_usage_query(last, "");
  REQUIRE_FALSE(query);
  REQUIRE(query.error().kind == ErrorKind::invalid_value);
  REQUIRE(query.error().param == "last");
}

TEST_CASE("by names dimensions, each once", "[persistence][usage]") {
  const auto query = read_usage_query("1h", "route,provider");
  REQUIRE(query);
  REQUIRE(query->by == std::vector{UsageDimension::route, UsageDimension::provider});
  REQUIRE(read_usage_query("1h", "provider,model,key,node,route,team,status"));
  const auto odd = GENERATE(as<std::string>{}, "state", "model,model", "Model", ",model", " model");
  CAPTURE(odd);
  const auto refused = read_usage_query("1h", odd);
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().param == "by");
}

TEST_CASE("a range within two days begins at its minute", "[persistence][usage]") {
  Fixture store;
  store.add(at(10, 29, 55), "a", 1);
  store.add(at(10, 30, 5), "b", 1);
  store.add(at(11), "c", 1);
  const auto answer = store.answer(one_hour, {UsageDimension::model}, at(11, 30, 40));
  REQUIRE(answer.from == at(10, 30));
  REQUIRE(keys_of(answer) == Keys{{"b"}, {"c"}});
  // The same when the detail has become minutes.
  store.state.totals.fold(at(14));
  REQUIRE(
    keys_of(store.answer(one_hour, {UsageDimension::model}, at(11, 30, 40))) == Keys{{"b"}, {"c"}});
}

TEST_CASE("a range beyond two days begins at its hour", "[persistence][usage]") {
  Fixture store;
  store.add(at(9, 59), "a", 1);
  store.add(at(10, 1), "b", 1);
  store.state.totals.fold(at(12, 0, 0, 25));
  const auto answer = store.answer(50 * one_hour, {UsageDimension::model}, at(12, 30, 0, 25));
  REQUIRE(answer.from == at(10));
  REQUIRE(keys_of(answer) == Keys{{"b"}});
}

TEST_CASE("rows are told apart by what was asked, dearest first", "[persistence][usage]") {
  Fixture store;
  store.add(at(10), "a", 5, 3);
  store.add(at(10), "b", 20);
  store.add(at(10), "c", 0, 2);
  store.add(at(10), "d", 0, 2);
  const auto by_model = store.answer(one_hour, {UsageDimension::model}, at(10, 30));
  REQUIRE(keys_of(by_model) == Keys{{"b"}, {"a"}, {"c"}, {"d"}});
  REQUIRE(by_model.rows[1].counters.requests == 3);
  REQUIRE(by_model.rows[1].counters.cost_n == 15);
  REQUIRE(by_model.rows[1].latency.count() == 3);
  REQUIRE(by_model.total.requests == 8);
  REQUIRE(by_model.total.cost_n == 35);

  const auto by_both =
    store.answer(one_hour, {UsageDimension::key, UsageDimension::provider}, at(10, 30));
  REQUIRE(keys_of(by_both) == Keys{{"web-app", "cerebras"}});
  REQUIRE(by_both.rows[0].counters.requests == 8);
  REQUIRE(by_both.rows[0].latency.empty()); // not kept by key

  const auto all = store.answer(one_hour, {}, at(10, 30));
  REQUIRE(keys_of(all) == Keys{{}});
  REQUIRE(all.rows[0].latency.count() == 8);
  REQUIRE(store.answer(one_hour, {}, at(20)).rows.empty());
}

TEST_CASE("days that are closed are read from their files", "[persistence][usage]") {
  Fixture store;
  store.close_day(monday - std::chrono::days{1});
  store.close_day(monday - std::chrono::days{3}); // and none on the second
  store.add(at(1), "gpt-4o", 10);
  const UsageQuery week{7 * 24 * one_hour, {UsageDimension::model}};
  const auto answer = store.answer(week.last, week.by, at(2));
  REQUIRE(answer.rows.size() == 1);
  REQUIRE(answer.rows[0].counters.requests == 49);
  REQUIRE(answer.rows[0].counters.cost_n == 490);
  REQUIRE(answer.rows[0].latency.count() == 49);
  // Sunday from 02:00 on, and today's.
  REQUIRE(store.answer(24 * one_hour, {}, at(2)).total.requests == 23);

  SECTION("once: what was read is kept") {
    std::remove(usage_day_path(store.data.path(), monday - std::chrono::days{1}).c_str());
    REQUIRE(store.answer(week.last, week.by, at(2)).total.requests == 49);
  }
  SECTION("and one that is damaged counts as none") {
    testing::write_text(usage_day_path(store.data.path(), monday - std::chrono::days{1}), "{");
    UsageHistory fresh{store.data.path()};
    const auto rest = answer_usage({{store.state, fresh}}, week, at(2));
    REQUIRE(rest);
    REQUIRE(rest->total.requests == 25);
  }
}

TEST_CASE("usage as JSON is what scripts are promised", "[persistence][usage]") {
  Fixture store;
  auto record = sample_record(1, at(10));
  record.model = "llama \"3\"";
  record.cost = NanoDollars{1'234'567'890'123};
  store.state.totals.add(record, at(10));
  record.outcome = Outcome::cut;
  store.state.totals.add(record, at(10));
  const auto answer =
    store.answer(one_hour, {UsageDimension::provider, UsageDimension::model}, at(10, 30));
  REQUIRE(
    render_usage_json(answer)
    == R"({"items":[{"provider":"cerebras","model":"llama \"3\"","requests":2,"errors":1,)"
       R"("tokens_in":3684,"tokens_cached":2048,"tokens_out":824,"tokens_reasoning":24,)"
       R"("cost_n":"2469135780246"}]})");
  REQUIRE(render_usage_json(store.answer(one_hour, {}, at(20))) == R"({"items":[]})");
}

TEST_CASE("usage as a table lines up, with a total", "[persistence][usage]") {
  Fixture store;
  store.add(at(10), "llama", 146'000, 2);
  store.add(at(10), "ü\x1b[2J", 0);
  const auto table =
    render_usage_table(store.answer(one_hour, {UsageDimension::model}, at(10, 30)));
  REQUIRE(
    table
    == "model  requests  errors  tokens in  cached  tokens out  reasoning    cost $\n"
       "llama         2       0       3684    2048         824         24  0.000292\n"
       "ü?[2J         1       0       1842    1024         412         12         0\n"
       "total         3       0       5526    3072        1236         36  0.000292\n");
  REQUIRE(
    render_usage_table(store.answer(one_hour, {}, at(20)))
    == "requests  errors  tokens in  cached  tokens out  reasoning  cost $\n"
       "       0       0          0       0           0          0       0\n");
}

} // namespace gateway
