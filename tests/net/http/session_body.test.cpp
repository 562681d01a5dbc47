#include "net/http/request_body.hpp"
#include "tests/net/http/raw_client.hpp"
#include "tests/net/http/running_server.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <coroutine>
#include <string>

namespace gateway::testing {
namespace {

const std::string chunked_head =
  "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string post_head(std::size_t bytes, std::string_view lines = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + std::string{lines}
  + "Content-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

/// Bytes that differ from place to place, so that a shifted copy shows.
std::string sample(std::size_t bytes) {
  std::string text(bytes, ' ');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 97) % 26);
  return text;
}

/// Answers without asking for the body.
Co<void> ignore_body(Exchange& exchange) {
  const auto answered = co_await exchange.respond(200, {}, "ok");
  if (!answered) co_return; // the client has gone; there is nobody to tell
}

/// Reads a body of at most ten bytes.
Co<void> take_ten(Exchange& exchange) {
  const auto body = co_await exchange.body(10);
  const auto status = body ? 200 : http_status(body.error().kind);
  const auto answered = co_await exchange.respond(status, {}, "");
  if (!answered) co_return; // as above
}

TEST_CASE("a body of any size arrives whole and the next request after it", "[net][http]") {
  const std::size_t bytes =
    GENERATE(0U, 1U, 3'900U, 3'968U, 4'096U, 65'536U, 65'537U, 200'000U, 1'000'000U);
  CAPTURE(bytes);
  RunningServer running{echo};
  RawClient client{running.port()};
  const auto body = sample(bytes);
  REQUIRE(client.send(post_head(bytes) + body + post_head(2) + "hi"));
  CHECK(client.read_answer().body == "POST\n/p\n\n" + body + "\n");
  CHECK(client.read_answer().body == "POST\n/p\n\nhi\n");
}

TEST_CASE("a chunked body arrives without its coding, in any pieces", "[net][http]") {
  const std::string request = chunked_head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n";
  const std::string next = post_head(2) + "hi";
  RunningServer running{echo};
  for (auto at = chunked_head.size() - 2; at < request.size() + 4; ++at) {
    CAPTURE(at);
    RawClient client{running.port()};
    const auto whole = request + next;
    REQUIRE(client.send(whole.substr(0, at)));
    running.on_thread(0, [] {});
    REQUIRE(client.send(whole.substr(at)));
    REQUIRE(client.read_answer().body == "POST\n/c\n\nabcde\n");
    REQUIRE(client.read_answer().body == "POST\n/p\n\nhi\n");
  }
}

TEST_CASE("large chunked bodies arrive whole, many requests in a row", "[net][http]") {
  RunningServer running{echo};
  RawClient client{running.port()};
  for (const std::size_t chunk : {1'000U, 70'000U, 300'000U}) {
    const auto body = sample(600'000);
    auto request = chunked_head;
    for (std::size_t at = 0; at < body.size(); at += chunk) {
      const auto piece = body.substr(at, chunk);
      std::array<char, 16> size{};
      const auto digits = std::snprintf(size.data(), size.size(), "%zx", piece.size());
      request.append(size.data(), static_cast<std::size_t>(digits));
      request.append("\r\n").append(piece).append("\r\n");
    }
    REQUIRE(client.send(request + "0\r\n\r\n" + post_head(2) + "hi"));
    CHECK(client.read_answer().body == "POST\n/c\n\n" + body + "\n");
    CHECK(client.read_answer().body == "POST\n/p\n\nhi\n");
  }
}

TEST_CASE("a body has readable padding behind it, wherever it lies", "[net][http]") {
  const std::size_t bytes = GENERATE(0U, 5U, 3'968U - 60U, 100'000U);
  const bool chunked = GENERATE(false, true);
  CAPTURE(bytes, chunked);
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      const auto body = co_await given.body(1'000'000);
      // The sanitizer sees a byte that is not ours.
      const std::string padding{body->data() + body->size(), body ? 64U : 0U};
      const auto answered = co_await given.respond(200, {}, std::to_string(padding.size()));
      if (!answered) co_return;
    }(exchange);
  }};
  RawClient client{running.port()};
  std::array<char, 16> size{};
  std::snprintf(size.data(), size.size(), "%zx", bytes);
  const auto chunks = bytes == 0 ? std::string{} : size.data() + ("\r\n" + sample(bytes) + "\r\n");
  REQUIRE(
    client.send(chunked ? chunked_head + chunks + "0\r\n\r\n" : post_head(bytes) + sample(bytes)));
  CHECK(client.read_answer().body == "64");
}

/// Reads bodies and tells how that went; keeps the first one until it is told to go on.
class Holding {
public:
  Co<void> handle(Exchange& exchange) {
    const auto body = co_await exchange.body(1'000'000);
    if (body && !waiting_) co_await *this;
    const auto status = body ? 200 : http_status(body.error().kind);
    const auto answered = co_await exchange.respond(status, {}, "");
    if (!answered) co_return; // as above
  }
  bool holds() const noexcept { return holds_; }
  /// On the io thread.
  void go_on() { waiting_.resume(); }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    holds_ = true;
  }
  void await_resume() const noexcept {}

private:
  std::coroutine_handle<> waiting_;
  std::atomic<bool> holds_{false};
};

TEST_CASE("bodies hold no more memory together than the bound says", "[net][http]") {
  const bool chunked = GENERATE(false, true);
  CAPTURE(chunked);
  HttpLimits limits;
  limits.bodies_bytes_max = 300'000;
  Holding holding;
  RunningServer running{[&](Exchange& exchange) { return holding.handle(exchange); }, limits};
  const auto request = chunked ? chunked_head + "30d40\r\n" + sample(200'000) + "\r\n0\r\n\r\n"
                               : post_head(200'000) + sample(200'000);
  RawClient first{running.port()};
  REQUIRE(first.send(request));
  REQUIRE(running.becomes([&] { return holding.holds(); }));
  RawClient second{running.port()};
  (void)second.send(request); // it may be refused before all of it was taken
  CHECK(second.read_answer().status == 503);
  running.on_thread(0, [&] { holding.go_on(); });
  CHECK(first.read_answer().status == 200);
  // What was given back is lent again, as often as it is asked for.
  for (int i = 0; i < 3; ++i) {
    RawClient next{running.port()};
    REQUIRE(next.send(request));
    CHECK(next.read_answer().status == 200);
  }
}

TEST_CASE("100 Continue is sent when the body is asked for, and only then", "[net][http]") {
  const auto expecting = "Expect: 100-continue\r\n";
  SECTION("asked for") {
    RunningServer running{echo};
    RawClient client{running.port()};
    REQUIRE(client.send(post_head(5, expecting)));
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    REQUIRE(client.send("hello"));
    CHECK(client.read_answer().body == "POST\n/p\n\nhello\n");
    REQUIRE(client.send(post_head(2) + "hi"));
    CHECK(client.read_answer().body == "POST\n/p\n\nhi\n");
  }
  SECTION("asked for, chunked") {
    RunningServer running{echo};
    RawClient client{running.port()};
    REQUIRE(client.send("POST /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n"));
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    REQUIRE(client.send("5\r\nhello\r\n0\r\n\r\n"));
    CHECK(client.read_answer().body == "POST\n/c\n\nhello\n");
  }
  SECTION("not needed, as the body came along") {
    RunningServer running{echo};
    RawClient client{running.port()};
    REQUIRE(client.send(post_head(5, expecting) + "hello"));
    CHECK(client.read_answer().body == "POST\n/p\n\nhello\n");
  }
  SECTION("not asked for: the answer comes at once and the connection ends") {
    RunningServer running{ignore_body};
    RawClient client{running.port()};
    REQUIRE(client.send(post_head(5, expecting)));
    const auto answer = client.read_answer();
    CHECK(answer.body == "ok");
    CHECK(answer.header("connection") == "close");
    CHECK(client.is_closed_by_peer());
  }
  SECTION("too large: refused without asking") {
    RunningServer running{take_ten};
    RawClient client{running.port()};
    REQUIRE(client.send(post_head(11, expecting)));
    const auto answer = client.read_answer();
    CHECK(answer.status == 413);
    CHECK(answer.header("connection") == "close");
    CHECK(client.is_closed_by_peer());
  }
}

TEST_CASE("a body is taken up to the handler's bound and refused beyond", "[net][http]") {
  struct Row {
    const char* when;
    std::string request;
    int status;
    const char* connection;
  };
  const auto row = GENERATE(
    Row{"length at the bound", post_head(10) + sample(10), 200, ""},
    Row{"length beyond it", post_head(11) + sample(11), 413, ""},
    Row{"a length nobody has", post_head(999'999'999'999), 413, "close"},
    Row{"chunks at the bound", chunked_head + "a\r\n0123456789\r\n0\r\n\r\n", 200, ""},
    Row{"chunks beyond it", chunked_head + "9\r\n012345678\r\n2\r\n01\r\n0\r\n\r\n", 413, "close"},
    Row{"an announced chunk", chunked_head + "fffffffff\r\n", 413, "close"});
  CAPTURE(row.when);
  RunningServer running{take_ten};
  RawClient client{running.port()};
  REQUIRE(client.send(row.request));
  const auto answer = client.read_answer();
  CHECK(answer.status == row.status);
  CHECK(answer.header("connection") == row.connection);
}

TEST_CASE("an unread body is read past where that is cheap", "[net][http]") {
  struct Row {
    const char* when;
    std::string head;
    std::size_t bytes;
    bool stays;
  };
  const auto row = GENERATE(
    Row{"small", post_head(10), 10, true},
    Row{"as large as is read past", post_head(64 * 1024), 64 * 1024, true},
    Row{"larger, and not yet here", post_head(1024 * 1024), 1024 * 1024, false},
    Row{"of unknown length", chunked_head, 0, false});
  CAPTURE(row.when);
  RunningServer running{ignore_body};
  RawClient client{running.port()};
  REQUIRE(client.send(row.head));
  const auto answer = client.read_answer();
  CHECK(answer.body == "ok");
  CHECK(answer.header("connection") == (row.stays ? "" : "close"));
  if (row.stays) {
    REQUIRE(client.send(sample(row.bytes) + post_head(1) + "x"));
    CHECK(client.read_answer().body == "ok");
  } else {
    CHECK(client.is_closed_by_peer());
    CHECK_FALSE(client.was_reset());
  }
}

TEST_CASE("an answer is read though the client was still sending", "[net][http]") {
  RunningServer running{ignore_body};
  RawClient client{running.port()};
  // More than the sockets hold: the client is stopped in its send until somebody reads.
  REQUIRE(client.send(post_head(900'000) + sample(900'000)));
  const auto answer = client.read_answer();
  CHECK(answer.body == "ok");
  CHECK(answer.is_whole);
}

TEST_CASE("a body is given once", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      const auto first = co_await given.body(10);
      const auto second = co_await given.body(10);
      const auto answered = co_await given.respond(200, {}, first && !second ? "once" : "twice");
      if (!answered) co_return;
    }(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(post_head(5) + "hello"));
  CHECK(client.read_answer().body == "once");
}

TEST_CASE("the head's views stay where they are while a large body comes", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      const auto path = given.head().path;
      const auto kept = given.head().find("x-kept").value_or("");
      const auto* before = path.data();
      const auto body = co_await given.body(1'000'000);
      const bool stayed = given.head().path.data() == before && path == "/p" && kept == "value";
      const auto answered = co_await given.respond(200, {}, body && stayed ? "stayed" : "moved");
      if (!answered) co_return;
    }(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(post_head(300'000, "X-Kept: value\r\n") + sample(300'000)));
  CHECK(client.read_answer().body == "stayed");
}

} // namespace
} // namespace gateway::testing
