#include "net/upstream/answer_body.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace gateway;

namespace {

ReceivedHead framed(BodyEnd how, std::uint64_t length = 0) {
  ReceivedHead head;
  head.body_end = how;
  head.length = length;
  return head;
}

/// Puts `bytes` where the body wants them, as a socket would.
Result<void> arrive(AnswerBody& body, std::string_view bytes) {
  const auto room = body.room();
  REQUIRE(room.size() >= bytes.size());
  std::ranges::copy(bytes, room.begin());
  return body.received(bytes.size());
}

} // namespace

TEST_CASE("chunks are taken off whatever the pieces they come in", "[net][upstream][pure]") {
  const std::string raw = "4\r\nWiki\r\n6;name=\"v\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n"
                          "0\r\nx-trailer: 1\r\n\r\n";
  const std::string text = "Wikipedia in \r\n\r\nchunks.";
  for (std::size_t first = 0; first <= raw.size(); ++first) {
    for (std::size_t second = first; second <= raw.size(); ++second) {
      CAPTURE(first, second);
      LentBuffer buffer(BufferShelf::buffer_bytes);
      AnswerBody body{buffer};
      body.begin(100, framed(BodyEnd::chunked));
      REQUIRE(arrive(body, raw.substr(0, first)));
      REQUIRE(arrive(body, raw.substr(first, second - first)));
      REQUIRE(body.ended() == (second == raw.size()));
      REQUIRE(arrive(body, raw.substr(second)));
      REQUIRE(body.text() == text);
      REQUIRE(body.ended());
      REQUIRE_FALSE(body.has_surplus());
    }
  }
}

TEST_CASE("a body of known length ends with its last byte", "[net][upstream][pure]") {
  struct Row {
    const char* bytes;
    const char* text;
    bool ended;
    bool surplus;
  };
  const auto row = GENERATE(
    Row{"abc", "abc", false, false},
    Row{"abcde", "abcde", true, false},
    Row{"abcdeHTTP/1.1 200 OK\r\n\r\n", "abcde", true, true});
  CAPTURE(row.bytes);
  LentBuffer buffer(BufferShelf::buffer_bytes);
  AnswerBody body{buffer};
  body.begin(0, framed(BodyEnd::length, 5));
  REQUIRE(arrive(body, row.bytes));
  CHECK(body.text() == row.text);
  CHECK(body.ended() == row.ended);
  CHECK(body.has_surplus() == row.surplus);
}

TEST_CASE("bytes behind a body's end are noticed", "[net][upstream][pure]") {
  LentBuffer buffer(BufferShelf::buffer_bytes);
  AnswerBody body{buffer};
  SECTION("behind the last chunk") {
    body.begin(0, framed(BodyEnd::chunked));
    REQUIRE(arrive(body, "1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK"));
    CHECK(body.text() == "a");
  }
  SECTION("behind no body at all") {
    body.begin(0, framed(BodyEnd::no_body));
    REQUIRE(arrive(body, "H"));
    CHECK(body.text().empty());
  }
  CHECK(body.ended());
  CHECK(body.has_surplus());
}

TEST_CASE("broken chunks are an invalid answer", "[net][upstream][pure]") {
  const auto raw = GENERATE(
    "x\r\n",
    "\r\n",
    "-1\r\n",
    "1\na\n",
    "1\r\nab\r\n",
    "1\r\na\n",
    "ffffffffffffffffff\r\n",
    "0\r\n\n");
  CAPTURE(raw);
  LentBuffer buffer(BufferShelf::buffer_bytes);
  AnswerBody body{buffer};
  body.begin(0, framed(BodyEnd::chunked));
  const auto received = arrive(body, raw);
  REQUIRE_FALSE(received);
  CHECK(received.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("a closed connection ends only a body without any other end", "[net][upstream][pure]") {
  struct Row {
    BodyEnd how;
    const char* bytes;
    bool is_end;
  };
  const auto row = GENERATE(
    Row{BodyEnd::close, "abc", true},
    Row{BodyEnd::close, "", true},
    Row{BodyEnd::length, "abc", false},
    Row{BodyEnd::chunked, "3\r\nabc\r\n", false},
    Row{BodyEnd::chunked, "3\r\nabc\r\n0\r\n", false});
  CAPTURE(row.bytes);
  LentBuffer buffer(BufferShelf::buffer_bytes);
  AnswerBody body{buffer};
  body.begin(0, framed(row.how, 5));
  REQUIRE(arrive(body, row.bytes));
  REQUIRE_FALSE(body.ended());
  const auto closed = body.closed();
  CHECK(bool(closed) == row.is_end);
  CHECK(body.ended() == row.is_end);
  if (!closed) CHECK(closed.error().kind == ErrorKind::upstream_error);
}

TEST_CASE(
  "a body that outgrows its room keeps its text and leaves the head alone",
  "[net][upstream][pure]") {
  LentBuffer buffer(BufferShelf::buffer_bytes);
  const std::string_view head = "HTTP/1.1 200 OK\r\n\r\n";
  std::ranges::copy(head, buffer.data());
  AnswerBody body{buffer};
  body.begin(head.size(), framed(BodyEnd::close));
  std::string expected;
  for (char c = 'a'; expected.size() < 400'000; c = c == 'z' ? 'a' : char(c + 1)) {
    const auto room = body.room();
    REQUIRE(room.size() >= AnswerBody::room_min);
    const auto bytes = std::min<std::size_t>(room.size(), 5'000);
    std::fill_n(room.begin(), bytes, c);
    expected.append(bytes, c);
    REQUIRE(body.received(bytes));
  }
  CHECK(body.text() == expected);
  CHECK(std::string_view{buffer.data(), head.size()} == head);
}

TEST_CASE("dropped text makes room for what comes", "[net][upstream][pure]") {
  LentBuffer buffer(BufferShelf::buffer_bytes);
  AnswerBody body{buffer};
  body.begin(0, framed(BodyEnd::close));
  const std::string piece(1'000, 'p');
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(arrive(body, piece));
    REQUIRE(body.text() == piece);
    body.drop_text();
  }
  CHECK(body.room().data() == buffer.data());
}

TEST_CASE("a read that took all the room makes the next ones larger", "[net][upstream][pure]") {
  LentBuffer buffer(BufferShelf::buffer_bytes);
  AnswerBody body{buffer};
  body.begin(0, framed(BodyEnd::close));
  REQUIRE(arrive(body, std::string(BufferShelf::buffer_bytes, 'x')));
  body.drop_text();
  CHECK(body.room().size() == AnswerBody::own_bytes_first);
}
