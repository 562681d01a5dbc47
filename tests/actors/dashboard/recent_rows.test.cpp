#include "actors/dashboard/recent_rows.hpp"

#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

RequestRecord named(int number, Outcome outcome = Outcome::first_try) {
  auto record = record_of("groq", "llama", outcome);
  record.id = "req_" + std::to_string(number);
  return record;
}

RowsWish all() {
  RowsWish wish;
  wish.filters.emplace_back();
  return wish;
}

std::vector<std::string> ids(const RowsTold& told) {
  std::vector<std::string> ids;
  for (const auto& record : told.records) ids.push_back(record.id);
  return ids;
}

} // namespace

TEST_CASE("each that asks is told of what ended since it asked last", "[dashboard][pure]") {
  RecentRows rows{7};
  EndedRequests ended;
  ended.records = {named(1), named(2)};
  rows.add(ended);
  const auto first = rows.since({{}, all()});
  CHECK(first.records.empty());
  CHECK(first.left_out == 0);
  ended.records = {named(3), named(4)};
  rows.add(ended);
  const auto second = rows.since({first.mark, all()});
  CHECK(ids(second) == std::vector<std::string>{"req_3", "req_4"});
  CHECK(rows.since({second.mark, all()}).records.empty());
  CHECK(ids(rows.since({first.mark, all()})) == ids(second)); // whoever else asks
  // What another life told says nothing of this one.
  CHECK(rows.since({{8, 1}, all()}).records.empty());
  CHECK(rows.since({{7, 99}, all()}).records.empty());
}

TEST_CASE("only what is wished for is told, and the rest that may be is counted", "[dashboard]") {
  RecentRows rows{7};
  const auto mark = rows.since({{}, {}}).mark;
  EndedRequests ended;
  ended.records = {named(1), named(2, Outcome::failover), named(3)};
  ended.left_out = 5;
  rows.add(ended);
  RowsWish wish;
  CHECK(rows.since({mark, wish}).records.empty());
  wish.failovers = true;
  CHECK(ids(rows.since({mark, wish})) == std::vector<std::string>{"req_2"});
  CHECK(rows.since({mark, wish}).left_out == 5);
  REQUIRE(wish.filters.emplace_back().add("provider:eq:groq"));
  REQUIRE(wish.filters.emplace_back().add("provider:eq:other"));
  CHECK(ids(rows.since({mark, wish})).size() == 3); // each once

  ended.left_out = 0;
  ended.records.clear();
  for (std::size_t i = 0; i < RowsTold::records_max; ++i)
    ended.records.push_back(named(static_cast<int>(100 + i)));
  rows.add(ended);
  const auto many = rows.since({mark, all()});
  CHECK(many.records.size() == RowsTold::records_max);
  CHECK(many.records.front().id == "req_100");
  CHECK(many.left_out == 5 + 3);
  ended.records.resize(1);
  for (std::size_t i = 0; i < RecentRows::kept; ++i) rows.add(ended);
  CHECK(rows.since({many.mark, all()}).left_out > 0);
}

TEST_CASE("what nodes say of their requests arrives as it was said", "[dashboard][pure]") {
  RowsQuestion question{{7, 42}, {}};
  question.wish.failovers = true;
  REQUIRE(question.wish.filters.emplace_back().add("status:eq:failed"));
  REQUIRE(question.wish.filters.back().add("provider:in:groq,cerebras"));
  const auto bytes = encode_rows_question(question);
  const auto read = decode_rows_question(bytes);
  REQUIRE(read);
  CHECK(read->mark == question.mark);
  CHECK(read->wish.failovers);
  REQUIRE(read->wish.filters.size() == 1);
  CHECK(read->wish.filters[0].conditions() == question.wish.filters[0].conditions());

  RowsTold told{{7, 44}, {named(1), named(2)}, 3};
  const auto heard = decode_rows(encode_rows(told));
  REQUIRE(heard);
  CHECK(heard->mark == told.mark);
  CHECK(ids(*heard) == ids(told));
  CHECK(heard->left_out == 3);

  const auto whole = encode_rows(told);
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(!decode_rows(std::string_view{whole}.substr(0, size)));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(!decode_rows_question(std::string_view{bytes}.substr(0, size)));
}
