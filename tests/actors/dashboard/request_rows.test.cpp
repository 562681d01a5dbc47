#include "actors/dashboard/request_rows.hpp"

#include "actors/dashboard/ended_requests.hpp"
#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

RequestRecord named(const std::string& id, Outcome outcome = Outcome::first_try) {
  auto record = record_of("groq", "llama", outcome);
  record.id = id;
  return record;
}

std::vector<RequestRecord> named(int first, int behind) {
  std::vector<RequestRecord> records;
  for (int i = first; i < behind; ++i) records.push_back(named("req_" + std::to_string(i)));
  return records;
}

void add(RequestRows& rows, const std::vector<RequestRecord>& records, Instant now) {
  std::vector<const RequestRecord*> all;
  for (const auto& record : records) all.push_back(&record);
  rows.add(all, 0, now);
}

nlohmann::json taken(RequestRows& rows) {
  const auto json = rows.take();
  return json ? nlohmann::json::parse(*json) : nlohmann::json{};
}

const auto begin = Instant{} + 1h;

} // namespace

TEST_CASE("the ledger gathers what somebody wants to see one by one", "[dashboard][pure]") {
  const auto gathered = [](RowsWanted wanted) {
    EndedRequests ended;
    ended.add(named("a"), wanted);
    ended.add(named("b", Outcome::failover), wanted);
    CHECK(ended.tally.all().counters.requests == 2);
    return ended.records.size();
  };
  CHECK(gathered(RowsWanted::none) == 0);
  CHECK(gathered(RowsWanted::failovers) == 1);
  CHECK(gathered(RowsWanted::all) == 2);

  EndedRequests ended;
  for (std::size_t i = 0; i < EndedRequests::records_max + 3; ++i)
    ended.add(named("a"), RowsWanted::all);
  CHECK(ended.records.size() == EndedRequests::records_max);
  CHECK(ended.left_out == 3);
  CHECK(ended.tally.all().counters.requests == EndedRequests::records_max + 3);
}

TEST_CASE("so many rows a second are told, the newest, and the others counted", "[dashboard]") {
  RequestRows rows{10};
  CHECK(taken(rows).is_null());
  add(rows, named(0, 13), begin);
  auto event = taken(rows);
  REQUIRE(event["items"].size() == 10);
  CHECK(event["items"][0]["id"] == "req_3");
  CHECK(event["items"][9]["id"] == "req_12");
  CHECK(event["dropped"] == 3);

  add(rows, named(13, 15), begin + 50ms); // half a row is allowed
  CHECK(taken(rows).is_null());
  add(rows, named(15, 20), begin + 250ms);
  event = taken(rows);
  REQUIRE(event["items"].size() == 2);
  CHECK(event["items"][1]["id"] == "req_19");
  CHECK(event["dropped"] == 2 + 3);

  add(rows, named(20, 50), begin + 1h); // a long silence saves up for one second
  CHECK(taken(rows)["items"].size() == 10);
}

TEST_CASE("a stream's filter is the request log's", "[dashboard][pure]") {
  std::vector<RequestRecord> records;
  for (const auto* model : {"llama", "gpt", "llama"}) records.push_back(record_of("groq", model));
  records[2].outcome = Outcome::failed;
  records[2].status = 502;
  records[1].latency_us = 3'000'000;
  const RowSelection selection{records};
  const auto matching = [&](std::vector<std::string_view> conditions) {
    RequestFilter filter;
    for (const auto condition : conditions) REQUIRE(filter.add(condition));
    std::vector<std::ptrdiff_t> places;
    for (const auto* record : selection.matching(filter)) places.push_back(record - &records[0]);
    return places;
  };
  using Places = std::vector<std::ptrdiff_t>;
  CHECK(matching({}) == Places{0, 1, 2});
  CHECK(matching({"model:eq:llama"}) == Places{0, 2});
  CHECK(matching({"model:eq:llama", "status:eq:failed"}) == Places{2});
  CHECK(matching({"latency_ms:gt:2000"}) == Places{1});
  CHECK(matching({"provider:in:openai,mistral"}).empty());
}
