#include "actors/api/paced_line.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <vector>

using namespace gateway;

namespace {

using Line = PacedLine<const int>;

const auto begin = Instant{} + 1h;
const auto numbers = [] {
  std::array<int, 500> all{};
  for (int i = 0; i < 500; ++i) all[static_cast<std::size_t>(i)] = i;
  return all;
}();

Line line_of(std::size_t count) {
  Line line;
  for (std::size_t i = 0; i < count; ++i) line.join(numbers[i], begin);
  return line;
}

std::vector<int> call(Line& line) {
  std::vector<int> called;
  for (const auto* one : line.call()) called.push_back(*one);
  return called;
}

} // namespace

TEST_CASE("a line is called a few at a time, who came first goes first", "[api][pure]") {
  auto line = line_of(9);
  CHECK(call(line) == std::vector{0, 1, 2, 3});
  CHECK(call(line) == std::vector{4, 5, 6, 7});
  CHECK_FALSE(line.is_empty());
  CHECK(call(line) == std::vector{8});
  CHECK(line.is_empty());
}

TEST_CASE("a line of any length has had its turn before the next tick", "[api][pure]") {
  struct Row {
    const char* when;
    std::size_t count;
    Milliseconds last; // when the last few are called
  };
  const auto row = GENERATE(
    Row{"as many as are called at once", 4, 0ms},
    Row{"a few", 12, 10ms},
    Row{"as many as short pauses are enough for", 160, 195ms},
    Row{"a crowd", 400, 198ms},
    Row{"a larger one", 500, 198ms});
  CAPTURE(row.when);
  auto line = line_of(row.count);
  CHECK(line.due() == begin);
  auto last = line.due();
  for (; !line.is_empty(); line.call()) last = line.due();
  CHECK(std::chrono::floor<Milliseconds>(last - begin) == row.last);
}

TEST_CASE("a call that comes late is made up for by the next coming sooner", "[api][pure]") {
  auto line = line_of(400);
  for (int i = 0; i < 10; ++i) line.call();
  CHECK(line.due() == begin + 20ms); // whenever the calls came
}

TEST_CASE("who joins an empty line waits for the pause behind the last call", "[api][pure]") {
  auto line = line_of(4);
  line.call();
  line.join(numbers[7], begin + 1ms);
  CHECK(line.due() == begin + 5ms);
  line.call();
  line.join(numbers[8], begin + 1s);
  CHECK(line.due() == begin + 1s);
}

TEST_CASE("who leaves the line is not called", "[api][pure]") {
  auto line = line_of(3);
  line.leave(numbers[1]);
  CHECK(call(line) == std::vector{0, 2});
}
