#include "net/http/session.hpp"

#include "tests/net/http/raw_client.hpp"
#include "tests/net/http/running_server.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>

namespace gateway::testing {
namespace {

const std::string get = "GET /a?b=c HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string post = "POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";

Co<void> answer_ok(Exchange& exchange) {
  const auto answered = co_await exchange.respond(200, {}, "ok");
  if (!answered) co_return; // the client has gone; there is nobody to tell
}

TEST_CASE("requests follow each other on one connection", "[net][http]") {
  RunningServer running{echo};
  RawClient client{running.port()};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.send(get));
    const auto first = client.read_answer();
    CHECK(first.status == 200);
    CHECK(first.body == "GET\n/a\nb=c\n\n");
    CHECK(first.header("connection").empty());
    CHECK(first.header("content-type") == "text/plain");
    CHECK(first.header("date").ends_with(" GMT"));
    REQUIRE(client.send(post));
    CHECK(client.read_answer().body == "POST\n/v1/x\n\nhello\n");
  }
  CHECK(running.server().connections() == 1);
}

TEST_CASE("requests split at any byte are the same requests", "[net][http]") {
  RunningServer running{echo};
  const auto requests = post + get;
  for (std::size_t at = 1; at < requests.size(); ++at) {
    CAPTURE(at);
    RawClient client{running.port()};
    REQUIRE(client.send(requests.substr(0, at)));
    // What was answered before the rest leaves has been read alone; else the split is the kernel's.
    if (at >= post.size())
      REQUIRE(client.read_answer().body == "POST\n/v1/x\n\nhello\n");
    else
      running.on_thread(0, [] {});
    REQUIRE(client.send(requests.substr(at)));
    if (at < post.size()) REQUIRE(client.read_answer().body == "POST\n/v1/x\n\nhello\n");
    REQUIRE(client.read_answer().body == "GET\n/a\nb=c\n\n");
  }
}

TEST_CASE("a request that comes byte by byte is answered like any other", "[net][http]") {
  RunningServer running{echo};
  RawClient client{running.port()};
  for (const char c : post) REQUIRE(client.send({&c, 1}));
  CHECK(client.read_answer().body == "POST\n/v1/x\n\nhello\n");
}

TEST_CASE("pipelined requests are answered in their order", "[net][http]") {
  RunningServer running{echo};
  RawClient client{running.port()};
  std::string requests;
  constexpr int count = 500;
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    requests += "POST /" + number + " HTTP/1.1\r\nHost: a\r\nContent-Length: "
      + std::to_string(number.size()) + "\r\n\r\n" + number;
  }
  REQUIRE(client.send(requests));
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    REQUIRE(client.read_answer().body == "POST\n/" + number + "\n\n" + number + "\n");
  }
}

TEST_CASE("a connection is kept or closed as version and header say", "[net][http]") {
  struct Row {
    const char* version;
    const char* line;
    bool stays;
    const char* said;
  };
  const auto row = GENERATE(
    Row{"1.1", "", true, ""},
    Row{"1.1", "Connection: close\r\n", false, "close"},
    Row{"1.0", "", false, "close"},
    Row{"1.0", "Connection: keep-alive\r\n", true, "keep-alive"});
  CAPTURE(row.version, row.line);
  RunningServer running{echo};
  RawClient client{running.port()};
  const auto request =
    "GET / HTTP/" + std::string{row.version} + "\r\nHost: a\r\n" + row.line + "\r\n";
  REQUIRE(client.send(request));
  const auto answer = client.read_answer();
  CHECK(answer.status == 200);
  CHECK(answer.header("connection") == row.said);
  if (row.stays) {
    REQUIRE(client.send(request));
    CHECK(client.read_answer().status == 200);
  } else {
    CHECK(client.is_closed_by_peer());
  }
}

TEST_CASE("a handler can have the connection closed", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    exchange.close_after();
    return answer_ok(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(get + get));
  CHECK(client.read_answer().header("connection") == "close");
  CHECK(client.is_closed_by_peer());
}

TEST_CASE("an answer to HEAD has the length of a body that is not sent", "[net][http]") {
  RunningServer running{echo};
  RawClient client{running.port()};
  REQUIRE(client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get));
  const auto answer = client.read_answer(true);
  CHECK(answer.header("content-length") == "10");
  CHECK(client.read_answer().body == "GET\n/a\nb=c\n\n");
}

TEST_CASE("a status without body is answered without length", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      const auto answered = co_await given.respond(204, {}, "dropped");
      if (!answered) co_return;
    }(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(get + get));
  CHECK(client.read_until("\r\n\r\n").find("content-length") == std::string::npos);
  CHECK(client.read_answer().status == 204);
}

TEST_CASE("a handler sees where its client came from", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      std::string text{given.client()};
      text += given.on_loopback() ? " loopback" : " elsewhere";
      text += given.is_tls() ? " tls" : " plain";
      const auto answered = co_await given.respond(200, {}, text);
      if (!answered) co_return;
    }(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  CHECK(client.read_answer().body == "127.0.0.1 loopback plain");
}

TEST_CASE("a request that the handler forgets is answered with 500", "[net][http]") {
  RunningServer running{[](Exchange&) { return []() -> Co<void> { co_return; }(); }};
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  const auto answer = client.read_answer();
  CHECK(answer.status == 500);
  CHECK(answer.header("content-type") == "application/json");
  CHECK(answer.body.find(R"("code":"internal")") != std::string::npos);
  CHECK(client.is_closed_by_peer());
}

TEST_CASE("a second answer is refused and the first one stands", "[net][http]") {
  RunningServer running{[](Exchange& exchange) {
    return [](Exchange& given) -> Co<void> {
      const auto first = co_await given.respond(200, {}, "first");
      const auto second =
        co_await given.respond(200, {}, first && given.answered() ? "second" : "");
      if (second) given.close_after(); // would show as a closed connection below
    }(exchange);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send(get + get));
  CHECK(client.read_answer().body == "first");
  CHECK(client.read_answer().body == "first");
}

TEST_CASE("a client that leaves in the middle of anything is forgotten", "[net][http]") {
  const auto sent =
    GENERATE(std::string{}, std::string{"GET / HT"}, post.substr(0, post.size() - 2), post);
  const bool resets = GENERATE(false, true);
  CAPTURE(sent, resets);
  RunningServer running{echo};
  {
    RawClient client{running.port()};
    REQUIRE(running.becomes([&] { return running.server().connections() == 1; }));
    REQUIRE(client.send(sent));
    client.leave(resets);
  }
  CHECK(running.becomes([&] { return running.server().connections() == 0; }));
  CHECK(running.server().requests_in_flight() == 0);
}

TEST_CASE("a client that closes its side first still gets its answer", "[net][http]") {
  RunningServer running{echo};
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  client.end_writing();
  CHECK(client.read_answer().status == 200);
  CHECK(client.is_closed_by_peer());
}

} // namespace
} // namespace gateway::testing
