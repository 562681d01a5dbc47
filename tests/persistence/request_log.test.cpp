#include "persistence/request_log.hpp"

#include "persistence/line_scan.hpp"
#include "persistence/record_line.hpp"
#include "persistence/replay.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;
using testing::TemporaryFolder;
using Ids = std::vector<std::string>;

std::string id_of(std::uint64_t number) {
  return sample_record(number, at(1)).id;
}

std::string line(std::uint64_t number, const std::string& request_id = "") {
  auto record = sample_record(number, at(1));
  if (!request_id.empty()) record.request_id = request_id;
  std::string text;
  append_record_line(text, record);
  return text;
}

Ids newest(const std::string& data, std::uint64_t count) {
  Ids ids;
  REQUIRE(visit_requests(data, count, [&](RequestRecord&& record) {
    ids.push_back(record.id);
    return true;
  }));
  return ids;
}

} // namespace

TEST_CASE("lines are read backwards as they are forwards, at any length", "[persistence][log]") {
  TemporaryFolder folder;
  for (const std::size_t length : {0, 1, 500, 1'048'574, 1'048'575, 1'048'576, 1'048'577}) {
    const auto path = folder / "lines";
    const auto text =
      "first\n\n" + std::string(std::min(length, line_bytes_max - 1), 'x') + "\nlast\ntorn";
    testing::write_text(path, text);
    const Descriptor file{real_files(), real_files().open(path, O_RDONLY, 0)};
    std::vector<std::pair<std::string, std::uint64_t>> forwards, backwards;
    LineScan forward{real_files(), file.number(), 0, text.size()};
    for (auto next = forward.next(); *next; next = forward.next())
      forwards.emplace_back((*next)->text, (*next)->begin);
    BackwardScan backward{real_files(), file.number(), text.size()};
    for (auto next = backward.next(); *next; next = backward.next()) {
      REQUIRE((*next)->ended == ((*next)->text != "torn"));
      backwards.emplace_back((*next)->text, (*next)->begin);
    }
    std::ranges::reverse(backwards);
    CAPTURE(length);
    REQUIRE(forwards.size() == 5);
    const bool same = forwards == backwards;
    REQUIRE(same);
  }
}

TEST_CASE("a piece longer than any line does not fill the memory", "[persistence][log]") {
  TemporaryFolder folder;
  const auto path = folder / "lines";
  const auto text = "first\n" + std::string(5 * line_bytes_max, 'x') + "\nlast\n";
  testing::write_text(path, text);
  const Descriptor file{real_files(), real_files().open(path, O_RDONLY, 0)};
  BackwardScan lines{real_files(), file.number(), text.size()};
  Ids whole;
  std::uint64_t bytes = 0;
  for (auto next = lines.next(); *next; next = lines.next()) {
    REQUIRE((*next)->text.size() <= 2 * 1'048'576);
    bytes += (*next)->end - (*next)->begin;
    if ((*next)->ended) whole.emplace_back((*next)->text);
  }
  REQUIRE(bytes == text.size());
  REQUIRE(whole.front() == "last");
  REQUIRE(whole.back() == "first");
}

TEST_CASE("a request is found by its id and by the client's", "[persistence][log]") {
  TemporaryFolder data;
  testing::write_text(data / "requests/2026-11-22.jsonl", line(1) + line(2));
  testing::write_text(
    data / "requests/2026-11-23.jsonl", line(3, "mine") + line(4) + line(5, "mine"));
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto found = find_request(data.path(), id_of(number));
    REQUIRE(found);
    REQUIRE(*found);
    REQUIRE((*found)->id == id_of(number));
  }
  REQUIRE((*find_request(data.path(), "mine"))->id == id_of(5)); // the newest of that name
  REQUIRE((*find_request(data.path(), "client-2"))->id == id_of(2));
  for (const auto* other : {"", "chat-fast", "req_", "cerebras", "nothing"})
    REQUIRE_FALSE(*find_request(data.path(), other));
  REQUIRE_FALSE(*find_request(data / "nowhere", id_of(1)));
}

TEST_CASE("a stranger's id with odd characters is found as it was", "[persistence][log]") {
  TemporaryFolder data;
  const std::string odd = "a\"b\\c";
  testing::write_text(data / "requests/2026-11-23.jsonl", line(1, odd));
  REQUIRE((*find_request(data.path(), odd))->request_id == odd);
}

TEST_CASE("the newest requests come first, across parts and around damage", "[persistence][log]") {
  TemporaryFolder data;
  testing::write_text(data / "requests/2026-11-22.jsonl", line(1) + "damaged\n" + line(2));
  testing::write_text(data / "requests/2026-11-23.jsonl", line(3) + "torn" + line(4) + line(5));
  std::string part;
  append_continuation_line(part, {{day_of(at(0)), 0}, line(3).size() + 4 + line(4).size()});
  testing::write_text(data / "requests/2026-11-23.1.jsonl", part + line(5) + line(6) + "{\"n\":");
  REQUIRE(
    newest(data.path(), 100) == Ids{id_of(6), id_of(5), id_of(4), id_of(3), id_of(2), id_of(1)});
  REQUIRE(newest(data.path(), 2) == Ids{id_of(6), id_of(5)});
  REQUIRE(newest(data.path(), 0).empty());
  Ids until_four;
  REQUIRE(visit_requests(data.path(), 100, [&](RequestRecord&& record) {
    until_four.push_back(record.id);
    return record.id != id_of(4);
  }));
  REQUIRE(until_four == Ids{id_of(6), id_of(5), id_of(4)});
}

} // namespace gateway
