#include "persistence/request_ranking.hpp"

#include "asked_log.hpp"
#include "persistence/record_line.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

namespace gateway {
namespace {

using testing::all_ids;
using testing::at;
using testing::page_of;
using testing::sample_record;
using testing::TemporaryFolder;
using By = RequestOrder::By;
using Ids = std::vector<std::string>;

struct Fixture {
  TemporaryFolder data;
  RequestIndex index{real_files(), data.path()};

  void add(const RequestRecord& record) { testing::append_to_journal(data, record); }

  static RequestPaging::Wanted monday(RequestOrder order, std::size_t limit = 100) {
    RequestPaging::Wanted wanted;
    wanted.query = {at(0), at(0, 0, 0, 24)};
    wanted.order = order;
    wanted.limit = limit;
    return wanted;
  }
};

std::string id_of(std::uint64_t number) {
  return sample_record(number, at(1)).id;
}

} // namespace

TEST_CASE("an order is a column's name, with a minus the largest first", "[persistence][log]") {
  struct Row {
    const char* text;
    By by;
    bool ascending;
  };
  const auto row = GENERATE(
    Row{"t", By::time, true},
    Row{"-t", By::time, false},
    Row{"-latency_ms", By::latency_ms, false},
    Row{"cost_n", By::cost_n, true});
  CAPTURE(row.text);
  const auto order = read_order(row.text);
  REQUIRE(order);
  REQUIRE(order->by == row.by);
  REQUIRE(order->ascending == row.ascending);
  for (const auto* odd : {"", "-", "--t", "latency", "model", "+t"}) REQUIRE_FALSE(read_order(odd));
}

TEST_CASE("a list can be in the order of any of its numbers", "[persistence][log]") {
  Fixture log;
  for (const std::uint64_t number : {3, 1, 4, 2}) {
    const auto value = static_cast<std::int64_t>(number);
    auto record = sample_record(number, at(static_cast<int>(number)));
    record.attempts = value;
    record.tokens_in = value * 100;
    record.tokens_out = value * 10;
    record.first_token_us = value * 1'000;
    record.latency_us = value * 10'000;
    record.cost = NanoDollars{value};
    record.started = at(1);
    log.add(record);
  }
  const auto by =
    GENERATE(By::attempts, By::tokens_in, By::tokens_out, By::ttft_ms, By::latency_ms, By::cost_n);
  REQUIRE(
    all_ids(log.index, Fixture::monday({by, false}))
    == Ids{id_of(4), id_of(3), id_of(2), id_of(1)});
  REQUIRE(
    all_ids(log.index, Fixture::monday({by, true}, 3))
    == Ids{id_of(1), id_of(2), id_of(3), id_of(4)});
}

TEST_CASE("what is not known comes last, either way", "[persistence][log]") {
  Fixture log;
  auto free = sample_record(1, at(1));
  auto dear = sample_record(2, at(2));
  auto unpriced = sample_record(3, at(3));
  dear.cost = NanoDollars{5};
  unpriced.cost.reset();
  for (const auto& record : {free, unpriced, dear}) log.add(record);
  REQUIRE(
    all_ids(log.index, Fixture::monday({By::cost_n, false})) == Ids{dear.id, free.id, unpriced.id});
  REQUIRE(
    all_ids(log.index, Fixture::monday({By::cost_n, true})) == Ids{free.id, dear.id, unpriced.id});
}

TEST_CASE("pages of a ranking have each request once, equal ones too", "[persistence][log]") {
  Fixture log;
  std::mt19937 random{7};
  std::vector<std::pair<std::int64_t, std::uint64_t>> expected; // negative rank, negative order
  for (std::uint64_t i = 0; i < 400; ++i) {
    auto record = sample_record(i, at(1, 0, static_cast<int>(i / 10)));
    record.latency_us = static_cast<std::int64_t>(random() % 20) * 1'000;
    record.started = at(1);
    record.outcome = i % 3 == 0 ? Outcome::failed : Outcome::first_try;
    log.add(record);
    if (i % 3 == 0) expected.emplace_back(-record.latency_us, 400 - i);
  }
  std::ranges::sort(expected);
  Ids ids;
  for (const auto& [rank, order] : expected) ids.push_back(id_of(400 - order));
  auto wanted = Fixture::monday({By::latency_ms, false}, 7);
  REQUIRE(wanted.query.filter.add("status:eq:failed"));
  REQUIRE(all_ids(log.index, wanted) == ids);
  const auto first = page_of(log.index, wanted);
  REQUIRE(first.count == FoundCount{expected.size(), true});

  // What comes meanwhile is not on the pages that follow, if its place is before them.
  auto late = sample_record(999, at(2));
  late.latency_us = 60'000'000;
  late.outcome = Outcome::failed;
  log.add(late);
  wanted.behind = first.next;
  const auto second = page_of(log.index, wanted);
  REQUIRE(second.items.front().id == ids[7]);
  REQUIRE(second.count == first.count);
}

} // namespace gateway
