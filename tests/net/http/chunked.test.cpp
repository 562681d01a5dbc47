#include "net/http/chunked.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

namespace gateway {
namespace {

struct Read {
  std::string payload;
  std::string rest; // what the reader left, once done
  bool done = false;
  const Fault* fault = nullptr;
};

Read read(const std::vector<std::string_view>& pieces) {
  Read result;
  ChunkedReader reader;
  for (auto piece : pieces) {
    while (!piece.empty() && !reader.done() && reader.fault() == nullptr) {
      const auto step = reader.next(piece);
      result.payload += step.payload;
      piece.remove_prefix(step.consumed);
    }
    result.rest += piece;
  }
  result.done = reader.done();
  result.fault = reader.fault();
  return result;
}

const std::string body = "4\r\nWiki\r\n"
                         "0a;name=\"value\"\r\npedia in\r\n\r\n"
                         "E\r\n chunks.123456\r\n"
                         "000\r\n"
                         "Trailer: ignored\r\n"
                         "\r\n";
const std::string payload = "Wikipedia in\r\n chunks.123456";

TEST_CASE("a chunked body is the same at every split", "[net][http][pure]") {
  const auto text = body + "GET /next";
  const std::string_view whole{text};
  for (std::size_t first = 0; first <= whole.size(); ++first) {
    for (std::size_t second = first; second <= whole.size(); ++second) {
      CAPTURE(first, second);
      const auto result =
        read({whole.substr(0, first), whole.substr(first, second - first), whole.substr(second)});
      REQUIRE(result.fault == nullptr);
      REQUIRE(result.done);
      REQUIRE(result.payload == payload);
      REQUIRE(result.rest == "GET /next");
    }
  }
}

TEST_CASE("a chunked body may be empty", "[net][http][pure]") {
  const auto result = read({"0\r\n\r\n"});
  CHECK(result.done);
  CHECK(result.payload.empty());
}

TEST_CASE("a chunked body that stops anywhere is not done", "[net][http][pure]") {
  for (std::size_t bytes = 0; bytes < body.size(); ++bytes) {
    CAPTURE(bytes);
    const auto result = read({std::string_view{body}.substr(0, bytes)});
    CHECK_FALSE(result.done);
    CHECK(result.fault == nullptr);
  }
}

TEST_CASE("odd chunks are refused", "[net][http][pure]") {
  using namespace std::string_literals;
  const auto text = GENERATE(
    "\r\n"s,
    "x\r\n"s,
    "-1\r\n"s,
    "+1\r\na\r\n"s,
    "0x1\r\na\r\n"s,
    " 1\r\na\r\n"s,
    "1 \r\na\r\n"s,
    "1\na\n0\n\n"s,
    "1\r\na\n0\r\n\r\n"s,
    "1\ra\r\n"s,
    "1\r\nab\r\n0\r\n\r\n"s,
    "2\r\na\r\n0\r\n\r\n"s,
    "1\r\na0\r\n\r\n"s,
    "1;a\nb\r\na\r\n"s,
    "1;\0\r\na\r\n"s,
    "1,\r\na\r\n"s,
    "1000000000000000\r\n"s,
    "00000000000000001\r\na\r\n"s,
    "0\r\n\n"s,
    "0\n\r\n"s,
    "0\r\nA: b\n\r\n"s,
    "0\r\nA: b\r\r\n\r\n"s,
    "0\r\n folded\r\n\r\n"s,
    "0\r\n: nameless\r\n\r\n"s,
    "0\r\nA: \x01\r\n\r\n"s,
    "0\r\n\rX"s);
  CAPTURE(text);
  const auto result = read({text});
  REQUIRE(result.fault != nullptr);
  CHECK(result.fault->status == 400);
  CHECK_FALSE(result.done);
}

TEST_CASE("what a chunked body carries besides its payload is bounded", "[net][http][pure]") {
  struct Row {
    const char* what;
    std::string fits;
    std::string exceeds;
    int status;
  };
  const auto line = [](std::size_t bytes) {
    return "1;" + std::string(bytes - 1, 'x') + "\r\na\r\n0\r\n\r\n";
  };
  const auto extensions = [](std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) text += "1;" + std::string(127, 'x') + "\r\na\r\n";
    return text + "0\r\n\r\n";
  };
  const auto trailers = [](std::size_t bytes) {
    return "0\r\nT:" + std::string(bytes - 6, 'x') + "\r\n\r\n";
  };
  const auto row = GENERATE_COPY(
    Row{"a size line's extension", line(256), line(257), 400},
    Row{"all extensions", extensions(128), extensions(129), 400},
    Row{"trailers", trailers(8192), trailers(8193), 431});
  CAPTURE(row.what);
  CHECK(read({row.fits}).done);
  const auto exceeding = read({row.exceeds});
  REQUIRE(exceeding.fault != nullptr);
  CHECK(exceeding.fault->status == row.status);
}

TEST_CASE("the announced rest of a chunk is known before it comes", "[net][http][pure]") {
  ChunkedReader reader;
  const auto step = reader.next("FFFFFFFFF\r\nabc");
  CHECK(step.payload == "abc");
  CHECK(reader.announced() == 0xFFFFFFFFF - 3);
}

TEST_CASE("mutated chunks never give more than they were", "[net][http][fuzz]") {
  constexpr unsigned seed = 7;
  CAPTURE(seed);
  std::mt19937 random{seed};
  for (int round = 0; round < 20'000; ++round) {
    auto text = body;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    const std::string exact{text.data(), text.size()};
    const auto cut = random() % exact.size();
    const std::string_view whole{exact};
    const auto result = read({whole.substr(0, cut), whole.substr(cut)});
    REQUIRE(result.payload.size() + result.rest.size() <= exact.size());
    REQUIRE_FALSE((result.done && result.fault != nullptr));
    // However it is cut, it is read the same.
    const auto again = read({whole});
    REQUIRE(again.payload == result.payload);
    REQUIRE(again.done == result.done);
    REQUIRE(again.fault == result.fault);
  }
}

} // namespace
} // namespace gateway
