#include "net/http/answer.hpp"
#include "tests/net/http/raw_client.hpp"
#include "tests/net/http/running_server.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <string>

namespace gateway::testing {
namespace {

const std::string get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Streams `one`, nothing, `two` and the last piece `three`.
Co<void> stream_three(Exchange& exchange) {
  const std::array headers{Header{"content-type", "text/event-stream"}};
  exchange.begin(200, headers);
  for (const std::string_view piece : {"one", "", "two"}) {
    const auto written = co_await exchange.write(piece);
    if (!written) co_return;
  }
  const auto ended = co_await exchange.end("three");
  if (!ended) co_return; // the client has gone; there is nobody to tell
}

TEST_CASE("a stream is chunks, a piece each, with its end in the last write", "[net][http]") {
  RunningServer running{stream_three};
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  const auto head = client.read_until("\r\n\r\n");
  CHECK(head.find("transfer-encoding: chunked\r\n") != std::string::npos);
  CHECK(head.find("content-type: text/event-stream\r\n") != std::string::npos);
  CHECK(head.find("content-length") == std::string::npos);
  CHECK(client.read_exactly(31) == "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
  REQUIRE(client.send(get));
  CHECK(client.read_answer().body == "onetwothree");
}

TEST_CASE("a stream may have no piece at all", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      given.begin(200, {});
      const auto ended = co_await given.end();
      if (!ended) co_return;
    }(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  const auto answer = client.read_answer();
  CHECK(answer.is_whole);
  CHECK(answer.body.empty());
}

TEST_CASE("an old client gets a stream as raw bytes and the end of the connection", "[net][http]") {
  RunningServer running{stream_three};
  RawClient client{running.port()};
  REQUIRE(client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const auto head = client.read_until("\r\n\r\n");
  CHECK(head.find("transfer-encoding") == std::string::npos);
  CHECK(head.find("connection: close\r\n") != std::string::npos);
  CHECK(client.read_to_end() == "onetwothree");
}

TEST_CASE("a stream in answer to HEAD is its head", "[net][http]") {
  RunningServer running{stream_three};
  RawClient client{running.port()};
  REQUIRE(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get));
  CHECK(client.read_answer(true).status == 200);
  CHECK(client.read_answer().body == "onetwothree");
}

TEST_CASE("a stream that its handler abandons is no whole answer", "[net][http]") {
  const bool is_old = GENERATE(false, true);
  CAPTURE(is_old);
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      given.begin(200, {});
      const auto written = co_await given.write("half");
      if (!written) co_return;
    }(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(is_old ? "GET / HTTP/1.0\r\n\r\n" : get));
  if (is_old) {
    client.read_to_end();
    CHECK(client.was_reset()); // an orderly end would be the end of the answer
  } else {
    CHECK_FALSE(client.read_answer().is_whole);
  }
}

TEST_CASE("a stream of which nothing was sent becomes a 500", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    exchange.begin(200, {});
    return []() -> Co<void> { co_return; }();
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  const auto answer = client.read_answer();
  CHECK(answer.status == 500);
  CHECK(answer.is_whole);
  CHECK(client.is_closed_by_peer());
}

/// What a handler with a slow reader did so far.
struct Progress {
  std::atomic<std::size_t> pieces{0};
  std::atomic<bool> failed{false};
  std::atomic<bool> ended{false};
};

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t pieces_in_all = 400; // 25 MiB: more than the sockets of both sides hold

Answering::Function streaming(Progress& progress) {
  return [&progress](Exchange& exchange) {
    return [](Exchange& given, Progress& seen) -> Co<void> {
      const std::string piece(piece_bytes, 'x');
      given.begin(200, {});
      for (std::size_t i = 0; i < pieces_in_all && !seen.failed; ++i) {
        const auto written = co_await given.write(piece);
        if (written)
          ++seen.pieces;
        else
          seen.failed = true;
      }
      const auto ended = co_await given.end();
      seen.ended = static_cast<bool>(ended);
    }(exchange, progress);
  };
}

TEST_CASE("a write waits until a slow reader has made room", "[net][http]") {
  Progress progress;
  RunningServer running{streaming(progress)};
  RawClient client{running.port(), 16 * 1024};
  REQUIRE(client.send(get));
  // The reader reads nothing: the writer comes to rest well before the end. Only then it is read
  // on.
  std::size_t before = 0;
  for (int still = 0; still < 2'000;) {
    running.on_thread(0, [] {});
    const auto now = progress.pieces.load();
    still = now == before ? still + 1 : 0;
    before = now;
  }
  CHECK(before < pieces_in_all);
  CHECK_FALSE(progress.ended);
  const auto answer = client.read_answer();
  CHECK(answer.is_whole);
  CHECK(answer.body.size() == piece_bytes * pieces_in_all);
  CHECK(running.becomes([&] { return progress.ended.load(); }));
}

TEST_CASE("a reader that takes nothing for too long is given up", "[net][http]") {
  Progress progress;
  auto limits = impatient();
  limits.write_bytes_per_second_min = 1024 * 1024;
  RunningServer running{streaming(progress), limits};
  RawClient client{running.port(), 16 * 1024};
  REQUIRE(client.send(get));
  CHECK(running.becomes([&] { return progress.failed.load(); }));
  CHECK(running.becomes([&] { return running.server().connections() == 0; }));
  CHECK(progress.pieces < pieces_in_all);
}

TEST_CASE("a client that leaves in the middle of a stream fails its writes", "[net][http]") {
  Progress progress;
  RunningServer running{streaming(progress)};
  {
    RawClient client{running.port()};
    REQUIRE(client.send(get));
    REQUIRE_FALSE(client.read_exactly(10'000).empty());
  }
  CHECK(running.becomes([&] { return progress.failed.load(); }));
  CHECK(running.becomes([&] { return running.server().connections() == 0; }));
}

/// Waits for the moment when its client has gone; nobody writes or reads meanwhile.
class UntilGone {
public:
  explicit UntilGone(Exchange& exchange)
      : watch_(exchange.thread(), exchange.socket(), &UntilGone::gone, this),
        thread_(exchange.thread()) {}

  bool await_ready() const noexcept { return gone_; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  void await_resume() const noexcept {}

private:
  static void gone(void* self) noexcept {
    auto& until = *static_cast<UntilGone*>(self);
    if (std::exchange(until.gone_, true)) return;
    // A watch must not be destroyed while it tells: the coroutine goes on in a turn of its own.
    until.thread_.post([waiting = until.waiting_] { waiting.resume(); });
  }

  PeerWatch watch_;
  IoThread& thread_;
  std::coroutine_handle<> waiting_;
  bool gone_ = false;
};

TEST_CASE("a client that leaves is noticed while nobody writes to it", "[net][http]") {
  const bool resets = GENERATE(false, true);
  std::atomic<int> noticed{0};
  RunningServer running{[&](Exchange& exchange) {
    return [](Exchange& given, std::atomic<int>& count) -> Co<void> {
      UntilGone until{given};
      co_await until;
      ++count;
    }(exchange, noticed);
  }};
  RawClient stays{running.port()};
  RawClient leaves{running.port()};
  REQUIRE(stays.send(get));
  REQUIRE(leaves.send(get));
  REQUIRE(running.becomes([&] { return running.server().requests_in_flight() == 2; }));
  leaves.leave(resets);
  CHECK(running.becomes([&] { return noticed == 1; }));
  CHECK(running.becomes([&] { return running.server().connections() == 1; }));
  // Ending the server is as if the client had gone.
  running.abort_all();
  CHECK(running.becomes([&] { return noticed == 2; }));
}

} // namespace
} // namespace gateway::testing
