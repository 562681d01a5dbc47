#include "net/http/session.hpp"
#include "net/http/timer.hpp"
#include "tests/net/http/raw_client.hpp"
#include "tests/net/http/running_server.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace gateway::testing {
namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Sends a byte after each pause in which nothing came back; true if it was stopped by that.
bool drip(RawClient& client, std::string_view bytes, int pause_ms) {
  for (const char c : bytes)
    if (!client.send({&c, 1}) || client.has_something_to_read(pause_ms)) return true;
  return false;
}

TEST_CASE("a head that comes too slowly is answered with 408 and closed", "[net][http]") {
  RunningServer running{echo, impatient()};
  RawClient client{running.port()};
  const bool is_second = GENERATE(false, true);
  if (is_second) {
    REQUIRE(client.send(get));
    REQUIRE(client.read_answer().status == 200);
  }
  // 37 bytes at a time of 20 ms each are many times a head's time, though each gap is short.
  CHECK(drip(client, get, 20));
  const auto answer = client.read_answer();
  CHECK(answer.status == 408);
  CHECK(answer.header("connection") == "close");
  CHECK(answer.body.find(R"("code":"request_timeout")") != std::string::npos);
  CHECK(client.is_closed_by_peer());
}

TEST_CASE("a body that comes too slowly fails with request_timeout", "[net][http]") {
  struct Row {
    const char* when;
    const char* head;
    std::string body;
    int pause_ms;
  };
  const auto row = GENERATE(
    Row{"it stops", "Content-Length: 100", "abc", 0},
    Row{"it stops, chunked", "Transfer-Encoding: chunked", "5\r\nab", 0},
    Row{"it drips", "Content-Length: 100", std::string(100, 'x'), 20},
    Row{"it drips, chunked", "Transfer-Encoding: chunked", "60\r\n" + std::string(90, 'x'), 20});
  CAPTURE(row.when);
  RunningServer running{echo, impatient()};
  RawClient client{running.port()};
  REQUIRE(client.send("POST / HTTP/1.1\r\nHost: a\r\n" + std::string{row.head} + "\r\n\r\n"));
  if (row.pause_ms != 0)
    CHECK(drip(client, row.body, row.pause_ms));
  else
    REQUIRE(client.send(row.body));
  const auto answer = client.read_answer();
  CHECK(answer.status == 408);
  CHECK(answer.header("connection") == "close");
  CHECK(client.is_closed_by_peer());
}

TEST_CASE("a connection on which nothing is asked is closed without a word", "[net][http]") {
  RunningServer running{echo, impatient()};
  RawClient client{running.port()};
  if (GENERATE(false, true)) {
    REQUIRE(client.send(get));
    REQUIRE(client.read_answer().status == 200);
  }
  CHECK(client.is_closed_by_peer());
  CHECK(running.becomes([&] { return running.server().connections() == 0; }));
}

TEST_CASE("a kept connection that was idle for long serves again", "[net][http]") {
  auto limits = impatient();
  limits.idle_time = 10'000ms;
  RunningServer running{echo, limits};
  RawClient client{running.port()};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client.send(get));
    REQUIRE(client.read_answer().body == "GET\n/a\n\n\n");
    // Long enough for the session to have given its buffer back.
    CHECK_FALSE(client.has_something_to_read(200));
  }
  REQUIRE(client.send(get + get));
  CHECK(client.read_answer().status == 200);
  CHECK(client.read_answer().status == 200);
}

/// Longer than every bound of an impatient server.
struct Late {
  explicit Late(EventLoop& loop) : timer(loop, [this] { waiting.resume(); }) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> from) {
    waiting = from;
    timer.set(BootClock::now() + 400ms);
  }
  void await_resume() const noexcept {}

  std::coroutine_handle<> waiting;
  Timer timer;
};

TEST_CASE("a slow handler's client is not timed out", "[net][http]") {
  RunningServer running{
    [](Exchange& exchange) {
      return [](Exchange& given) -> Co<void> {
        Late late{given.thread().loop()};
        co_await late;
        const auto answered = co_await given.respond(200, {}, "late");
        if (!answered) co_return;
      }(exchange);
    },
    impatient()};
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  CHECK(client.read_answer().body == "late");
}

TEST_CASE(
  "a client that neither reads on nor closes is let go after a last answer", "[net][http]") {
  RunningServer running{echo, impatient()};
  RawClient client{running.port()};
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  CHECK(running.becomes([&] { return running.server().connections() == 0; }));
  CHECK(client.read_answer().status == 200);
}

} // namespace
} // namespace gateway::testing
