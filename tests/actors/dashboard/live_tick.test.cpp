#include "actors/dashboard/live_tick.hpp"

#include "actors/dashboard/pending_tick.hpp"
#include "actors/dashboard/row_board.hpp"
#include "actors/dashboard/total_seconds.hpp"
#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace gateway;

namespace {

nlohmann::json json_of(const LiveTick& tick) {
  std::string json;
  append_tick_json(json, tick);
  return nlohmann::json::parse(json);
}

LiveTick random_tick(std::minstd_rand& random) {
  const auto number = [&](int below) { return static_cast<std::int64_t>(random() % below); };
  LiveTick tick;
  tick.at = noon + Milliseconds{number(1'000)};
  for (auto& total : tick.totals) total = number(100);
  if (number(2) == 0) tick.first_token = {number(9'000), number(9'000), number(9'000)};
  for (std::size_t kind = 0; kind < row_kinds; ++kind)
    for (std::uint32_t id = 0; id < 6; ++id) {
      if (number(2) == 0) continue;
      TickRow row{id, {}};
      for (std::size_t i = 0; i < row_shapes[kind].columns; ++i) row.values[i] = number(50);
      tick.tables[kind].rows.push_back(row);
    }
  return tick;
}

} // namespace

TEST_CASE("a tick is written as the API describes it", "[dashboard][pure]") {
  LiveTick tick;
  tick.at = noon;
  tick.totals = {5, 1, 2, 30, 40, 700};
  tick.first_token = {143'249, 1'290'000, unknown_number};
  tick.tables[0].rows.push_back(
    {3, {2, 3, 1, 14, 168'000, unknown_number, 10, 20, 300, 690, unknown_number, 0, 1'000}});
  tick.tables[0].names.emplace_back(3, "gr\"oq");
  tick.tables[1].rows.push_back({0, {5, 1, 34, unknown_number, 410, 4'096}});
  tick.tables[2].rows.push_back({1, {5, 1, 30, 40, 700, 50}});
  tick.tables[3].rows.push_back({7, {5, 1, 30, 40, 700}});
  std::string json;
  append_tick_json(json, tick);
  CHECK(
    json
    == R"({"t":1795521600000,"ids":{"p":{"gr\"oq":3}},"tot":[5,1,2,30,40,700],)"
       R"("ttft":[143.2,1290,null],"p":{"3":[2,3,1,14,168,null,10,20,300,690,null,0,1000]},)"
       R"("n":{"0":[5,1,34,null,410,4096]},"m":{"1":[5,1,30,40,700,0.1]},)"
       R"("k":{"7":[5,1,30,40,700]}})");
}

TEST_CASE("merged ticks add what is a sum and keep the newest of the rest", "[dashboard][pure]") {
  LiveTick tick;
  tick.totals = {1, 0, 0, 10, 20, 5};
  tick.first_token = {10'000, 20'000, 30'000};
  tick.tables[0].rows.push_back({0, {1, 1, 0, 9, 100, 200, 10, 20, 5, 500, 0, 0, 0}});
  LiveTick later;
  later.at = noon;
  later.totals = {2, 1, 0, 1, 1, 1};
  later.tables[0].rows.push_back({0, {2, 3, 1, 4, 300, unknown_number, 1, 1, 1, 700, 0, 0, 0}});
  later.tables[0].rows.push_back({4, {1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}});
  later.tables[0].names.emplace_back(4, "late");
  merge(tick, later);
  const auto json = json_of(tick);
  CHECK(json["t"] == milliseconds_since_epoch(noon));
  CHECK(json["tot"] == nlohmann::json({3, 1, 0, 11, 21, 6}));
  CHECK(json["ttft"] == nlohmann::json({10, 20, 30})); // the later one knew none
  const nlohmann::json row{3, 4, 1, 4, 0.3, nullptr, 11, 21, 6, 700, 0, 0, 0};
  CHECK(json["p"]["0"] == row);
  CHECK(json["p"].contains("4"));
  CHECK(json["ids"]["p"]["late"] == 4);
  CHECK(json["merged"] == 2);
}

TEST_CASE("however ticks are merged, they say the same in the end", "[dashboard][pure]") {
  std::minstd_rand random{20'261'124};
  for (int round = 0; round < 200; ++round) {
    std::vector<LiveTick> ticks;
    for (int i = 0; i < 6; ++i) ticks.push_back(random_tick(random));
    auto one_by_one = ticks.front();
    for (std::size_t i = 1; i < ticks.size(); ++i) merge(one_by_one, ticks[i]);
    // In two halves, cut anywhere.
    const auto cut = 1 + random() % (ticks.size() - 1);
    auto first = ticks.front();
    for (std::size_t i = 1; i < cut; ++i) merge(first, ticks[i]);
    auto second = ticks[cut];
    for (auto i = cut + 1; i < ticks.size(); ++i) merge(second, ticks[i]);
    merge(first, second);
    CHECK(json_of(first) == json_of(one_by_one));
    std::int64_t sum = 0;
    for (const auto& tick : ticks) sum += tick.totals[0];
    CHECK(first.totals[0] == sum);
  }
}

TEST_CASE("a board tells what was added and what changed, once", "[dashboard][pure]") {
  RowBoard board{shape_of(RowKind::model)};
  board.add(2, std::array<std::int64_t, 5>{1, 0, 10, 20, 30});
  board.add(2, std::array<std::int64_t, 5>{1, 1, 1, 1, 1});
  board.set(2, std::array<std::int64_t, 1>{500});
  auto rows = board.take({});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == 2);
  CHECK(rows[0].values[0] == 2);
  CHECK(rows[0].values[2] == 11);
  CHECK(rows[0].values[5] == 500);
  CHECK(board.take({}).empty());

  board.set(2, std::array<std::int64_t, 1>{500}); // no other than before
  board.add(2, std::array<std::int64_t, 5>{});
  CHECK(board.take({}).empty());
  board.set(2, std::array<std::int64_t, 1>{600});
  rows = board.take({});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].values[0] == 0);
  CHECK(rows[0].values[5] == 600);

  board.add(2, std::array<std::int64_t, 5>{1, 0, 0, 0, 0});
  board.drop();
  CHECK(board.take({}).empty());
}

TEST_CASE("rows that do not fit into a tick wait, and nothing of them is lost", "[dashboard]") {
  auto shape = shape_of(RowKind::key);
  shape.rows_max = 3;
  RowBoard board{shape};
  const auto add = [&](std::uint32_t id, std::int64_t requests) {
    board.add(id, std::array<std::int64_t, 5>{requests, 0, 0, 0, 0});
  };
  for (std::uint32_t id = 0; id < 8; ++id) add(id, 10 + id);
  // Somebody looks at 1; then come the busiest.
  auto rows = board.take({1});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].id == 1);
  CHECK(rows[1].id == 6);
  CHECK(rows[2].id == 7);

  std::map<std::uint32_t, std::int64_t> told;
  for (const auto& row : rows) told[row.id] += row.values[0];
  for (int tick = 0; tick < 20; ++tick) {
    add(7, 100); // one that is always the busiest
    for (const auto& row : board.take({})) told[row.id] += row.values[0];
  }
  for (std::uint32_t id = 0; id < 7; ++id) CHECK(told[id] == 10 + id);
  CHECK(told[7] == 17 + 2'000);
}

TEST_CASE("a number is explained once, when its first row is told", "[dashboard][pure]") {
  PendingTick pending;
  pending.count(tally_of(record_of("groq", "llama")), "node-1", noon);
  const auto first = json_of(pending.take({}, noon));
  CHECK(first["ids"]["m"]["llama"] == 0);
  CHECK(first["ids"]["n"]["node-1"] == 0);
  CHECK(first["m"]["0"] == nlohmann::json({1, 0, 10, 5, 100, 40.4}));
  pending.count(tally_of(record_of("groq", "gpt")), "node-1", noon);
  const auto second = json_of(pending.take({}, noon));
  CHECK(second["ids"] == nlohmann::json::parse(R"({"m":{"gpt":1}})"));
  std::string all;
  pending.append_ids_json(all);
  CHECK(
    nlohmann::json::parse(all)
    == nlohmann::json::parse(
      R"({"p":{"groq":0},"n":{"node-1":0},"m":{"llama":0,"gpt":1},"k":{}})"));
}

TEST_CASE("seconds before the node ran are no zeros", "[dashboard][pure]") {
  TotalSeconds seconds{noon};
  seconds.add(tally_of(record_of("groq", "llama"), 2).all(), noon + 1s);
  seconds.add(tally_of(record_of("groq", "llama", Outcome::failed)).all(), noon + 1'500ms);
  std::string text;
  const std::array all{&std::as_const(seconds)};
  append_seconds_json(text, all, noon + 2s);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["t0"] == milliseconds_since_epoch(noon + 2s - 899s));
  REQUIRE(json["v"].size() == 900);
  REQUIRE(json["ttft"].size() == 900);
  CHECK(json["v"][896] == nullptr);
  CHECK(json["v"][897] == nlohmann::json({0, 0, 0, 0, 0, 0}));
  CHECK(json["v"][898] == nlohmann::json({3, 1, 0, 30, 15, 300}));
  CHECK(json["v"][899] == nlohmann::json({0, 0, 0, 0, 0, 0}));
  CHECK(json["ttft"][897] == nullptr);
  CHECK(json["ttft"][898][0] == 40.4);
  CHECK(first_token_of(all, noon + 1'900ms)[0] == 40'448);
  CHECK(first_token_of(all, noon + 2s)[0] == unknown_number);
}
