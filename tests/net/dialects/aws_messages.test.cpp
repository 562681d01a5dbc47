#include "net/dialects/aws_messages.hpp"

#include "tests/net/dialects/aws_stream.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace gateway;

namespace {

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(std::string{digits.substr(at, 2)}, nullptr, 16));
  return bytes;
}

// source: providers/bedrock.md, section 7, vectors 1 to 3
const auto message_stop = unhex(
  "0000007a00000051ca2c46650b3a6576656e742d7479706507000b6d65737361676553746f700d3a636f6e74656e742d"
  "747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2273"
  "746f70526561736f6e223a22656e645f7475726e227d5fbf09fc");
const auto throttling = unhex(
  "00000090000000618e91a9b70f3a657863657074696f6e2d747970650700137468726f74746c696e6745786365707469"
  "6f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970"
  "65070009657863657074696f6e7b226d657373616765223a22546f6f206d616e79207265717565737473227de67f800"
  "5");
const auto empty = unhex("000000100000000005c248eb7d98c8ff");

/// Every message of a body on a line, and how it ended.
struct Read {
  std::vector<std::string> messages;
  bool broken = false;
  bool torn = false;

  friend bool operator==(const Read&, const Read&) = default;
};

Read read(const std::vector<std::string_view>& pieces) {
  AwsMessages messages;
  Read all;
  for (const auto piece : pieces) {
    messages.feed(piece);
    while (const auto message = messages.next())
      all.messages.push_back(
        std::string{message->type} + " " + std::string{message->name} + " "
        + std::string{message->payload} + std::string{message->text});
  }
  all.broken = messages.broken();
  all.torn = messages.torn();
  return all;
}

std::string changed(std::string bytes, std::size_t at, char to) {
  bytes.at(at) = to;
  return bytes;
}

} // namespace

TEST_CASE("the reference's messages are read", "[dialects][aws]") {
  const std::vector<std::string> expected{
    R"(event messageStop {"stopReason":"end_turn"})",
    "  ",
    R"(exception throttlingException {"message":"Too many requests"})"};
  CHECK(read({message_stop + empty + throttling}) == Read{expected, false, false});
}

TEST_CASE("what the tests write are the reference's messages", "[dialects][aws]") {
  CHECK(aws_message("event", "messageStop", R"({"stopReason":"end_turn"})") == message_stop);
  CHECK(
    aws_message("exception", "throttlingException", R"({"message":"Too many requests"})")
    == throttling);
  CHECK(aws_frame("", "") == empty);
}

TEST_CASE("messages are read alike at every split", "[dialects][aws]") {
  const auto body = message_stop + throttling;
  const auto whole = read({body});
  REQUIRE(whole.messages.size() == 2);
  for (std::size_t at = 0; at < body.size(); ++at)
    REQUIRE(
      read({std::string_view{body}.substr(0, at), std::string_view{body}.substr(at)}) == whole);
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < body.size(); ++at)
    bytes.push_back(std::string_view{body}.substr(at, 1));
  CHECK(read(bytes) == whole);
}

TEST_CASE("a changed byte is found wherever it is", "[dialects][aws]") {
  for (std::size_t at = 0; at < message_stop.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      const auto spoilt =
        changed(message_stop, at, static_cast<char>(message_stop[at] ^ (1 << bit)));
      const auto all = read({spoilt + throttling});
      CAPTURE(at, bit);
      REQUIRE(all.broken);
      REQUIRE(all.messages.empty());
    }
}

TEST_CASE("a cut message is torn, and none that was", "[dialects][aws]") {
  for (std::size_t at = 0; at <= message_stop.size(); ++at) {
    const auto all = read({std::string_view{message_stop}.substr(0, at)});
    CAPTURE(at);
    REQUIRE_FALSE(all.broken);
    REQUIRE(all.torn == (at > 0 && at < message_stop.size()));
    REQUIRE(all.messages.size() == (at == message_stop.size() ? 1 : 0));
  }
}

TEST_CASE("headers of every type are passed by", "[dialects][aws]") {
  const auto typed = [](int type, std::string_view value) {
    return "\x01h" + std::string(1, static_cast<char>(type)) + std::string{value};
  };
  const auto headers = typed(0, "") + typed(1, "") + typed(2, "1") + typed(3, "12")
    + typed(4, "1234") + typed(5, "12345678") + typed(6, big_endian(3, 2) + "abc")
    + typed(7, big_endian(0, 2)) + typed(8, "12345678") + typed(9, std::string(16, 'u'))
    + aws_header(":message-type", "error") + aws_header(":error-code", "Oops")
    + aws_header(":error-message", "why");
  CHECK(read({aws_frame(headers, "")}) == Read{{"error Oops why"}, false, false});
}

TEST_CASE("headers that are none break the stream", "[dialects][aws]") {
  struct Row {
    const char* when;
    std::string headers;
  };
  const auto row = GENERATE(values<Row>({
    {"a name without its end",
     "\x05"
     "ab"},
    {"a name and no type", "\x01h"},
    {"a type of no kind", "\x01h\x0a"},
    {"a value without its length", "\x01h\x07\x01"},
    {"a value without its end",
     std::string(
       "\x01h\x07\x00\x05"
       "ab",
       7)},
    {"a number without its end",
     "\x01h\x05"
     "1234"},
  }));
  CAPTURE(row.when);
  CHECK(read({aws_frame(row.headers, "{}") + message_stop}) == Read{{}, true, true});
}

TEST_CASE("no length beyond its bound is waited for", "[dialects][aws]") {
  const auto prelude = [](std::size_t total, std::size_t headers) {
    const auto lengths = big_endian(total, 4) + big_endian(headers, 4);
    return lengths + aws_checksum(lengths);
  };
  const auto most = 16 + aws_headers_bytes_max + aws_payload_bytes_max;
  CHECK_FALSE(read({prelude(most, aws_headers_bytes_max)}).broken);
  CHECK(read({prelude(most + 1, aws_headers_bytes_max)}).broken);
  CHECK(read({prelude(most, aws_headers_bytes_max + 1)}).broken);
  CHECK(read({prelude(0xffffffff, 0)}).broken);
  CHECK(read({prelude(0xffffffff, 0xffffffff)}).broken);
  CHECK(read({prelude(15, 0)}).broken);
  CHECK(read({prelude(16, 1)}).broken);
}

TEST_CASE("nothing is read behind a broken message", "[dialects][aws]") {
  AwsMessages messages;
  messages.feed(changed(message_stop, 0, '\x01'));
  CHECK_FALSE(messages.next());
  messages.feed(message_stop);
  CHECK_FALSE(messages.next());
  CHECK(messages.broken());
}
