#include "persistence/request_search.hpp"

#include "asked_log.hpp"
#include "made_history.hpp"
#include "persistence/record_line.hpp"
#include "persistence/request_id.hpp"
#include "persistence/request_log.hpp"
#include "store_support.hpp"
#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <future>
#include <random>

namespace gateway {
namespace {

using testing::all_ids;
using testing::at;
using testing::lookup;
using testing::page_of;
using testing::sample_record;
using testing::TemporaryFolder;
using Ids = std::vector<std::string>;

/// Requests whose properties differ, in a journal of one day.
struct Fixture {
  TemporaryFolder data;
  RequestIndex index{real_files(), data.path()};
  std::vector<RequestRecord> records; // as written

  void add(const RequestRecord& record) {
    testing::append_to_journal(data, record);
    records.push_back(record);
  }
  void add(std::uint64_t number, WallTime ended, Outcome outcome = Outcome::first_try) {
    auto record = sample_record(number, ended);
    record.outcome = outcome;
    add(record);
  }

  /// From midnight to midnight.
  static RequestPaging::Wanted monday(std::size_t limit = 100) {
    RequestPaging::Wanted wanted;
    wanted.query = {at(0), at(0, 0, 0, 24)};
    wanted.limit = limit;
    return wanted;
  }
};

std::string id_of(std::uint64_t number) {
  return sample_record(number, at(1)).id;
}

/// Kilobytes of memory that the process has in use.
long resident_kb() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      long kb = 0;
      status >> kb;
      return kb;
    }
  return 0;
}

} // namespace

TEST_CASE("pages go on where the last one ended, whatever comes meanwhile", "[persistence][log]") {
  Fixture log;
  for (std::uint64_t i = 0; i < 5; ++i) log.add(i, at(1, static_cast<int>(i)));
  auto wanted = Fixture::monday(2);
  const auto first = page_of(log.index, wanted);
  REQUIRE(first.items.size() == 2);
  REQUIRE(first.items[0].id == id_of(4));
  REQUIRE(first.count == FoundCount{5, true});
  log.add(5, at(2));
  wanted.behind = first.next;
  const auto second = page_of(log.index, wanted);
  REQUIRE(second.items[0].id == id_of(2));
  REQUIRE(second.items[1].id == id_of(1));
  REQUIRE(second.count == FoundCount{5, true}); // as it was when the list began
  wanted.behind = second.next;
  const auto last = page_of(log.index, wanted);
  REQUIRE(last.items.size() == 1);
  REQUIRE_FALSE(last.next);

  SECTION("a page that is just full has no next") {
    REQUIRE_FALSE(page_of(log.index, Fixture::monday(6)).next);
  }
  SECTION("oldest first") {
    auto oldest = Fixture::monday(4);
    oldest.order.ascending = true;
    REQUIRE(
      all_ids(log.index, oldest)
      == Ids{id_of(0), id_of(1), id_of(2), id_of(3), id_of(4), id_of(5)});
  }
}

TEST_CASE("a list has what ended in its range, as totals do", "[persistence][log]") {
  Fixture log;
  log.add(1, at(10));
  log.add(2, at(11) - Milliseconds{1});
  log.add(3, at(11));
  log.add(4, at(9, 0, 0, 22));
  auto wanted = Fixture::monday();
  wanted.query.from = at(10);
  wanted.query.to = at(11);
  REQUIRE(all_ids(log.index, wanted) == Ids{id_of(2), id_of(1)});
  REQUIRE(page_of(log.index, wanted).count.value == 2);
  REQUIRE(testing::histogram_of(log.index, wanted.query).count.value == 2);
  wanted.query.from = at(0, 0, 0, 20);
  REQUIRE(all_ids(log.index, wanted) == Ids{id_of(2), id_of(1), id_of(4)});
  // One that ended before its file's day began counts on that day.
  auto late = sample_record(5, at(23, 59, 59, 22));
  std::string text;
  append_record_line(text, late);
  const auto path = log.data / "requests/2026-11-23.jsonl";
  testing::write_text(path, testing::text_of(path) + text);
  REQUIRE(all_ids(log.index, Fixture::monday()).front() == id_of(5));
}

TEST_CASE("a histogram tells how requests ended, in steps that fit", "[persistence][log]") {
  Fixture log;
  log.add(1, at(10, 0, 5));
  log.add(2, at(10, 0, 25), Outcome::failover);
  log.add(3, at(10, 0, 29), Outcome::cut);
  log.add(4, at(10, 59, 59), Outcome::refused);
  const auto histogram = testing::histogram_of(log.index, {at(10), at(11)});
  REQUIRE(histogram.grid.from == at(10));
  REQUIRE(histogram.grid.step == Milliseconds{30'000});
  REQUIRE(histogram.bins.size() == 120);
  const std::array<std::uint64_t, 6> first{1, 1, 0, 0, 1, 0};
  REQUIRE(histogram.bins[0] == first);
  REQUIRE(histogram.bins[119][static_cast<std::size_t>(Outcome::refused)] == 1);
  REQUIRE(histogram.count == FoundCount{4, true});
}

TEST_CASE("a text is looked for in ids and the model asked for", "[persistence][log]") {
  Fixture log;
  auto record = sample_record(1, at(1));
  record.request_id = "Order-4711/a\"b";
  record.asked_model = "GPT-4o";
  log.add(record);
  log.add(2, at(2));
  const auto found = [&](const std::string& text) {
    auto wanted = Fixture::monday();
    wanted.query.text = text;
    REQUIRE(
      testing::histogram_of(log.index, wanted.query).count == page_of(log.index, wanted).count);
    return all_ids(log.index, wanted);
  };
  REQUIRE(found("4711") == Ids{id_of(1)});
  REQUIRE(found("order-47") == Ids{id_of(1)});
  REQUIRE(found("a\"b") == Ids{id_of(1)});
  REQUIRE(found("gpt") == Ids{id_of(1)});
  REQUIRE(found("client-2") == Ids{id_of(2)});
  REQUIRE(found("REQ_0000") == Ids{id_of(2), id_of(1)});
  REQUIRE(found("00000002") == Ids{id_of(2)});
  for (const auto* other : {"request_id", "\":\"", "cerebras", "chat-slow", "\\"})
    REQUIRE(found(other).empty());
}

TEST_CASE("a request is found by its id and by the client's", "[persistence][log]") {
  Fixture log;
  const auto with = [](std::uint64_t number, WallTime ended, const std::string& request_id) {
    auto record = sample_record(number, ended);
    record.request_id = request_id;
    return record;
  };
  log.add(with(1, at(1, 0, 0, 20), "mine"));
  log.add(with(2, at(1), "other"));
  log.add(with(3, at(2), "mine"));
  log.add(with(4, at(3), "x\"y"));
  for (std::uint64_t number = 1; number <= 4; ++number)
    REQUIRE(lookup(log.index, id_of(number))->id == id_of(number));
  REQUIRE(lookup(log.index, "mine")->id == id_of(3)); // the newest of that name
  REQUIRE(lookup(log.index, "x\"y")->id == id_of(4));
  for (const auto* other : {"", "req_", "cerebras", "nothing"})
    REQUIRE_FALSE(lookup(log.index, other));

  SECTION("one of ours where its time says, or else anywhere") {
    // The digits of 1 795 424 400 000 ms, 2026-11-23 09:00, and of a moment in 2020.
    auto ours = sample_record(5, at(9));
    ours.id = "req_1m83t4cm000000000001";
    ours.started = WallTime{Milliseconds{*request_id_time(ours.id)}};
    log.add(ours);
    log.add(with(6, at(12), "req_1ej3px00000000000001")); // of another gateway, long ago
    REQUIRE(lookup(log.index, ours.id)->id == ours.id);
    REQUIRE(lookup(log.index, "req_1ej3px00000000000001")->id == id_of(6));
    REQUIRE_FALSE(lookup(log.index, "req_1m83t4cm000000000009"));
  }
}

TEST_CASE("cursors are read back, and nothing else is", "[persistence][log]") {
  const RequestCursor cursor{{{day_of(at(1)), 2}, 4'711}, {128'412, true}};
  REQUIRE(cursor_text(cursor) == "2026-11-23.2.4711.128412x");
  REQUIRE(read_cursor("2026-11-23.2.4711.128412x") == cursor);
  auto ranked = cursor;
  ranked.rank = -2'060'000;
  REQUIRE(cursor_text(ranked) == "2026-11-23.2.4711.128412.-2060000x");
  REQUIRE(read_cursor("2026-11-23.2.4711.128412.-2060000x") == ranked);
  REQUIRE_FALSE(read_cursor("2026-11-23.2.4711.128412")->count.exact);
  for (const auto* odd :
       {"",
        "x",
        "2026-11-23",
        "2026-11-23.",
        "2026-11-23.1.2",
        "2026-11-23.1.2.3.4.5",
        "2026-11-23.1.2.3y",
        "2026-13-23.1.2.3",
        "2026-11-23.1.99999999999999999999.3"}) {
    CAPTURE(odd);
    REQUIRE_FALSE(read_cursor(odd));
  }
}

TEST_CASE("a cursor into the middle of a line is no harm", "[persistence][log]") {
  Fixture log;
  for (std::uint64_t i = 0; i < 3; ++i) log.add(i, at(1));
  auto wanted = Fixture::monday();
  for (const std::uint64_t offset : {0ULL, 1ULL, 700ULL, 99'999'999ULL}) {
    wanted.behind = RequestCursor{{{day_of(at(1)), 0}, offset}, {3, true}};
    const auto ids = all_ids(log.index, wanted);
    REQUIRE(ids.size() <= 3);
    if (offset == 0) REQUIRE(ids.empty());
  }
}

TEST_CASE("many questions take turns, and too many are refused", "[persistence][log]") {
  Fixture log;
  for (std::uint64_t i = 0; i < 20; ++i) log.add(i, at(1));
  std::vector<std::future<Result<RequestPage>>> answers;
  {
    RequestLog asked{log.data.path()};
    asked.catch_up();
    for (std::size_t i = 0; i < log_questions_max; ++i) {
      const auto promise = std::make_shared<std::promise<Result<RequestPage>>>();
      answers.push_back(promise->get_future());
      asked.page(Fixture::monday(), [promise](Result<RequestPage> page) {
        promise->set_value(std::move(page));
      });
    }
    for (auto& answer : answers) {
      const auto page = answer.get();
      // The first may be over before the last is asked; one too many would be refused.
      if (page) REQUIRE(page->items.size() == 20);
      if (!page) REQUIRE(page.error().kind == ErrorKind::overloaded);
    }
  }
}

// A sanitizer keeps what was freed, so that the size of its process says nothing.
constexpr std::uint64_t day_requests = testing::sanitized ? 50'000 : 1'000'000;
constexpr long memory_kb_max = (testing::sanitized ? 1024 : 48) * 1024;

TEST_CASE("a day of a million requests is paged, filtered and counted", "[persistence][log]") {
  TemporaryFolder data;
  const testing::MadeHistory made{11};
  testing::write_request_day(made, data.path(), at(0), at(0, 0, 0, 24), day_requests);

  struct Question {
    std::vector<const char*> filters;
    bool (*holds)(const RequestRecord&);
    std::uint64_t count = 0;
  };
  std::vector<Question> questions{
    {{"status:eq:failed"}, [](const RequestRecord& r) { return r.outcome == Outcome::failed; }},
    {{"provider:in:provider-1,provider-2", "latency_ms:gt:2000"},
     [](const RequestRecord& r) {
       return (r.provider == "provider-1" || r.provider == "provider-2")
         && r.latency_us > 2'000'000;
     }},
    {{"key:eq:key-3", "stream:eq:false", "status:lt:400"},
     [](const RequestRecord& r) { return r.key == "key-3" && !r.stream && r.status < 400; }},
    {{"cost_n:ge:1000000", "ttft_ms:le:150.5"},
     [](const RequestRecord& r) {
       return r.cost && r.cost->count >= 1'000'000 && r.first_token_us
         && *r.first_token_us <= 150'500;
     }},
    {{"error_code:ne:", "tokens_in:gt:1000"},
     [](const RequestRecord& r) { return !r.error_code.empty() && r.tokens_in > 1'000; }}};
  for (std::uint64_t number = 0; number < day_requests; ++number) {
    const auto record = made.record(number, at(1));
    for (auto& question : questions) question.count += question.holds(record) ? 1 : 0;
  }

  const auto memory_before = resident_kb();
  RequestIndex index{real_files(), data.path()};
  RequestPaging::Wanted wanted;
  wanted.query = {at(0), at(0, 0, 0, 24)};
  wanted.limit = request_page_max;

  // Every record once, newest first.
  std::uint64_t seen = day_requests;
  for (;;) {
    const auto page = page_of(index, wanted);
    REQUIRE(page.count == FoundCount{day_requests, true});
    bool in_order = true;
    for (const auto& record : page.items)
      in_order = in_order && seen-- > 0 && std::stoull(record.id.substr(4)) == seen;
    REQUIRE(in_order);
    if (!page.next) break;
    wanted.behind = read_cursor(cursor_text(*page.next));
  }
  REQUIRE(seen == 0);

  wanted.behind.reset();
  wanted.limit = 1;
  for (const auto& question : questions) {
    CAPTURE(question.filters[0]);
    wanted.query.filter = {};
    for (const auto* filter : question.filters) REQUIRE(wanted.query.filter.add(filter));
    REQUIRE(question.count > 0);
    REQUIRE(page_of(index, wanted).count == FoundCount{question.count, true});
    REQUIRE(testing::histogram_of(index, wanted.query).count == FoundCount{question.count, true});
  }
  wanted.query.filter = {};
  wanted.query.text = "00000" + std::to_string(day_requests / 2);
  REQUIRE(page_of(index, wanted).count.value == 1);
  wanted.query.text = "client-";
  REQUIRE(page_of(index, wanted).count.value == day_requests / 10);
  REQUIRE(lookup(index, id_of(day_requests / 3))->id == id_of(day_requests / 3));
  REQUIRE(lookup(index, "client-70")->id == id_of(70));
  REQUIRE(resident_kb() - memory_before < memory_kb_max);
}

} // namespace gateway
