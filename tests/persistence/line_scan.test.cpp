#include "persistence/line_scan.hpp"

#include "persistence/record_line.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fcntl.h>

namespace gateway {

using testing::TemporaryFolder;
using Ids = std::vector<std::string>;

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

} // namespace gateway
