#include "persistence/request_merge.hpp"

#include "asked_log.hpp"
#include "persistence/request_talk.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;
using testing::TemporaryFolder;
using Ids = std::vector<std::string>;

/// A node's log.
struct Log {
  TemporaryFolder data;
  RequestIndex index{real_files(), data.path()};

  void add(const RequestRecord& record) { testing::append_to_journal(data, record); }
};

struct Nodes {
  std::map<std::string, std::unique_ptr<Log>> logs;
  std::vector<RequestRecord> records;

  Nodes() {
    for (const auto* name : {"gw-1", "gw-2", "gw-3"}) logs[name] = std::make_unique<Log>();
  }
  void add(const std::string& node, std::uint64_t number, WallTime ended, std::int64_t tokens) {
    auto record = sample_record(number, ended);
    record.node = node;
    record.tokens_out = tokens;
    logs[node]->add(record);
    records.push_back(record);
  }
  /// As nodes that talk do it: what is asked and said goes as bytes.
  MergedPage
  page(const RequestPaging::Wanted& wanted, const std::optional<MergedRequestsCursor>& behind) {
    std::map<std::string, RequestPage> pages;
    for (auto& [name, log] : logs) {
      auto its = wanted;
      if (behind) {
        const auto at = behind->places.find(name);
        if (at == behind->places.end() || !at->second) continue;
        its.behind = at->second;
      }
      auto question = decode_page_question(encode_page_question(its));
      REQUIRE(question);
      auto said = decode_page(encode_page(testing::page_of(log->index, *std::move(question))));
      REQUIRE(said);
      pages.emplace(name, *std::move(said));
    }
    return merge_pages(std::move(pages), wanted.order, wanted.limit, behind);
  }
  Ids all(const RequestPaging::Wanted& wanted) {
    Ids ids;
    std::optional<MergedRequestsCursor> behind;
    for (int round = 0; round < 100; ++round) {
      const auto one = page(wanted, behind);
      REQUIRE(one.items.size() <= wanted.limit);
      REQUIRE(one.count.value == records.size());
      for (const auto& item : one.items) ids.push_back(item.id);
      if (!one.next) return ids;
      behind = read_merged_requests_cursor(merged_cursor_text(*one.next));
      REQUIRE(behind == one.next);
    }
    FAIL("pages without end");
    return ids;
  }
};

RequestPaging::Wanted wanted_of(RequestOrder order, std::size_t limit) {
  RequestPaging::Wanted wanted;
  wanted.query = {at(0), at(0, 0, 0, 24)};
  wanted.order = order;
  wanted.limit = limit;
  return wanted;
}

} // namespace

TEST_CASE("pages of several logs have each request once, in one order", "[persistence][log]") {
  Nodes nodes;
  std::mt19937 chance{3};
  for (std::uint64_t number = 0; number < 40; ++number)
    nodes.add(
      "gw-" + std::to_string(1 + chance() % 2), // the third one has none
      number,
      at(1, static_cast<int>(number)),
      static_cast<std::int64_t>(chance() % 1'000) * 100 + static_cast<std::int64_t>(number));
  const auto ids = [&](auto sooner) {
    auto sorted = nodes.records;
    std::ranges::sort(sorted, sooner);
    Ids found;
    for (const auto& record : sorted) found.push_back(record.id);
    return found;
  };
  const auto limit = GENERATE(as<std::size_t>{}, 1, 3, 7, 40, 100);
  using By = RequestOrder::By;
  CHECK(nodes.all(wanted_of({By::time, false}, limit)) == ids([](auto& a, auto& b) {
          return ended(a) > ended(b);
        }));
  CHECK(nodes.all(wanted_of({By::time, true}, limit)) == ids([](auto& a, auto& b) {
          return ended(a) < ended(b);
        }));
  CHECK(nodes.all(wanted_of({By::tokens_out, false}, limit)) == ids([](auto& a, auto& b) {
          return a.tokens_out > b.tokens_out;
        }));
  CHECK(nodes.all(wanted_of({By::tokens_out, true}, limit)) == ids([](auto& a, auto& b) {
          return a.tokens_out < b.tokens_out;
        }));
}

TEST_CASE("a node that was not there at the first page is not on the next", "[persistence][log]") {
  Nodes nodes;
  for (std::uint64_t number = 0; number < 4; ++number)
    nodes.add("gw-1", number, at(1, static_cast<int>(number)), 1);
  nodes.add("gw-2", 9, at(2), 1);
  const auto away = std::move(nodes.logs["gw-2"]);
  nodes.logs.erase("gw-2");
  const auto first = nodes.page(wanted_of({}, 2), std::nullopt);
  REQUIRE(first.next);
  REQUIRE_FALSE(first.next->places.contains("gw-2"));
  REQUIRE(first.count == FoundCount{4, true});
}

TEST_CASE("no text of a stranger is taken for a cursor of several logs", "[persistence][log]") {
  for (const auto* text :
       {"", "x", "12", "12,", "12,gw-1", "12,~end", "12,gw-1~", "12,gw-1~x", "12x,"})
    CHECK_FALSE(read_merged_requests_cursor(text));
  CHECK(read_merged_requests_cursor("12x,gw-1~end,gw-2~2026-11-23.0.4711.12x"));
}

TEST_CASE("what nodes say of their logs is read back as it was", "[persistence][log]") {
  HistogramQuestion question;
  question.query = {at(0), at(1)};
  REQUIRE(question.query.filter.add("status:eq:failed"));
  question.query.text = "abc";
  question.grid = grid_over(at(0), at(1), Milliseconds{60'000});
  const auto asked = decode_histogram_question(encode_histogram_question(question));
  REQUIRE(asked);
  CHECK(asked->grid == question.grid);
  CHECK(asked->query.from == question.query.from);
  CHECK(asked->query.filter.conditions() == question.query.filter.conditions());
  CHECK(asked->query.text == "abc");

  RequestHistogram histogram{question.grid, {}, {3, true}};
  histogram.bins.resize(question.grid.steps);
  histogram.bins[1][2] = 3;
  auto said = decode_histogram(encode_histogram(histogram));
  REQUIRE(said);
  add_histogram(*said, histogram);
  CHECK(said->bins[1][2] == 6);
  CHECK(said->count == FoundCount{6, true});

  const auto none = decode_found(encode_found({}));
  REQUIRE(none);
  CHECK_FALSE(none->record);
  const auto found = decode_found(encode_found({sample_record(4, at(1)), R"({"a":1})"}));
  REQUIRE(found);
  REQUIRE(found->record);
  CHECK(found->record->id == sample_record(4, at(1)).id);
  CHECK(found->trace == R"({"a":1})");
  for (const auto& odd : {std::string{}, std::string("\x01"), encode_found({}) + "x"})
    CHECK_FALSE(decode_found(odd));
}

} // namespace gateway
