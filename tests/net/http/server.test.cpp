#include "net/http/server.hpp"

#include "tests/net/http/raw_client.hpp"
#include "tests/net/http/running_server.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gateway::testing {
namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

TEST_CASE("an address is shown as it was asked for, with the port that was got", "[net][http]") {
  struct Row {
    const char* host;
    const char* shown;
  };
  const auto row = GENERATE(
    Row{"127.0.0.1", "http://127.0.0.1:"},
    Row{"localhost", "http://localhost:"},
    Row{"0.0.0.0", "http://0.0.0.0:"},
    Row{"::1", "http://[::1]:"},
    Row{"[::1]", "http://[::1]:"});
  CAPTURE(row.host);
  Server server;
  const auto bound = server.bind({row.host, 0}, 2);
  REQUIRE(bound);
  REQUIRE(server.addresses().size() == 1);
  CHECK(server.addresses().front().starts_with(row.shown));
  CHECK(port_of(server.addresses().front()) != 0);
}

TEST_CASE("what can't be listened on is refused with its name", "[net][http]") {
  const auto host = GENERATE("192.0.2.1", "no-such-host.invalid", "256.1.1.1");
  Server server;
  const auto bound = server.bind({host, 8080}, 1);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().kind == ErrorKind::invalid_value);
  CHECK(bound.error().message.find(std::string{host} + ":8080") != std::string::npos);
}

TEST_CASE("a port is listened on once, even by those who would share it", "[net][http]") {
  Server first;
  REQUIRE(first.bind({"127.0.0.1", 0}, 2));
  const auto port = port_of(first.addresses().front());
  Server second;
  const auto refused = second.bind({"127.0.0.1", port}, 2);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("in use") != std::string::npos);
  CHECK(second.addresses().empty());
}

TEST_CASE("a port is free again as soon as its server has gone", "[net][http]") {
  std::uint16_t port = 0;
  {
    RunningServer running{echo};
    port = running.port();
    RawClient client{port};
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    REQUIRE(client.read_answer().status == 200);
  }
  Server next;
  CHECK(next.bind({"127.0.0.1", port}, 1));
}

TEST_CASE("every thread of a server gets connections", "[net][http]") {
  std::array<std::atomic<int>, 2> served{};
  RunningServer running{
    [&](Exchange& exchange) {
      ++served[exchange.thread().number()];
      return echo(exchange);
    },
    {},
    {},
    2};
  // The kernel spreads by the client's port: sixty-four on one side only would be one in 2^63.
  for (int i = 0; i < 64; ++i) {
    RawClient client{running.port()};
    REQUIRE(client.send(get));
    REQUIRE(client.read_answer().status == 200);
  }
  CHECK(served[0] + served[1] == 64);
  CHECK(served[0] > 0);
  CHECK(served[1] > 0);
}

TEST_CASE("connections above the bound are told so, and room is given again", "[net][http]") {
  HttpLimits limits;
  limits.sessions_max = 2;
  RunningServer running{echo, limits};
  auto first = std::make_unique<RawClient>(running.port());
  RawClient second{running.port()};
  REQUIRE(running.becomes([&] { return running.server().connections() == 2; }));
  RawClient third{running.port()};
  const auto answer = third.read_answer();
  CHECK(answer.status == 503);
  CHECK(answer.header("retry-after") == "1");
  CHECK(answer.body.find(R"("code":"overloaded")") != std::string::npos);
  CHECK(third.is_closed_by_peer());
  first.reset();
  REQUIRE(running.becomes([&] { return running.server().connections() == 1; }));
  RawClient fourth{running.port()};
  REQUIRE(fourth.send(get));
  CHECK(fourth.read_answer().status == 200);
}

TEST_CASE("a drain serves what was connected and closes what has nothing to ask", "[net][http]") {
  RunningServer running{echo, impatient()};
  RawClient idle{running.port()};
  RawClient kept{running.port()};
  RawClient half{running.port()};
  RawClient fresh{running.port()};
  RawClient silent{running.port()};
  for (auto* client : {&idle, &kept}) {
    REQUIRE(client->send(get));
    REQUIRE(client->read_answer().header("connection").empty());
  }
  REQUIRE(half.send(get.substr(0, 10)));
  REQUIRE(running.becomes([&] { return running.server().connections() == 5; }));
  running.stop_accepting();
  REQUIRE(half.send(get.substr(10)));
  REQUIRE(fresh.send(get));
  REQUIRE(kept.send(get)); // it could not know yet
  for (auto* client : {&half, &fresh, &kept}) {
    const auto answer = client->read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.header("connection") == "close");
  }
  CHECK(silent.is_closed_by_peer());
  CHECK(idle.is_closed_by_peer());
  CHECK(running.becomes([&] { return running.server().is_quiet(); }));
}

TEST_CASE("a drain lets pipelined requests be answered", "[net][http]") {
  std::atomic<bool> drained{false};
  RunningServer* server = nullptr;
  RunningServer running{[&](Exchange& exchange) {
    if (!drained.exchange(true)) server->server().stop_accepting(0);
    return echo(exchange);
  }};
  server = &running;
  RawClient client{running.port()};
  REQUIRE(client.send(get + get + get));
  CHECK(client.read_answer().header("connection").empty());
  CHECK(client.read_answer().header("connection").empty());
  CHECK(client.read_answer().header("connection") == "close");
  CHECK(client.is_closed_by_peer());
}

TEST_CASE("a stream that was running when the drain began runs to its end", "[net][http]") {
  RunningServer* server = nullptr;
  RunningServer running{[&](Exchange& exchange) {
    return [](Exchange& given, RunningServer& stopped) -> Co<void> {
      given.begin(200, {});
      auto written = co_await given.write("before");
      stopped.server().stop_accepting(0);
      if (written) written = co_await given.write("after");
      const auto ended = co_await given.end();
      if (!ended) co_return;
    }(exchange, *server);
  }};
  server = &running;
  RawClient client{running.port()};
  REQUIRE(client.send(get));
  CHECK(client.read_answer().body == "beforeafter");
  CHECK(client.is_closed_by_peer());
  CHECK(running.becomes([&] { return running.server().is_quiet(); }));
}

TEST_CASE("whoever got a connection before or during a drain gets an answer", "[net][http]") {
  RunningServer running{echo, impatient(), {}, 2};
  std::atomic<int> answered{0};
  std::atomic<int> dropped{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!over) {
        std::unique_ptr<RawClient> client;
        try {
          client = std::make_unique<RawClient>(running.port(), 0, 100ms);
        } catch (const std::runtime_error&) {
          return; // refused or not answered: the door is closed, as it should be
        }
        const bool sent = client->send(get);
        ++(sent && client->read_answer().status == 200 ? answered : dropped);
      }
    });
  }
  REQUIRE(running.becomes([&] { return answered > 200; }));
  running.stop_accepting();
  CHECK(running.becomes([&] { return running.server().is_quiet(); }));
  over = true;
  for (auto& client : clients) client.join();
  CHECK(dropped == 0);
}

TEST_CASE("a drain accepts what waits in the listen queue", "[net][http]") {
  RunningServer running{echo, impatient(), {}, 2};
  std::vector<std::unique_ptr<RawClient>> clients;
  // Both threads are kept busy while clients connect and ask: nobody has accepted them yet.
  std::atomic<bool> held{true};
  std::atomic<int> holding{0};
  std::vector<std::thread> holders;
  for (std::size_t i = 0; i < 2; ++i) {
    holders.emplace_back([&, i] {
      running.on_thread(i, [&] {
        ++holding;
        while (held) std::this_thread::yield();
        running.server().stop_accepting(i);
      });
    });
  }
  while (holding < 2) std::this_thread::yield();
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<RawClient>(running.port()));
    REQUIRE(clients.back()->send(get));
  }
  CHECK(running.server().connections() == 0);
  held = false;
  for (auto& holder : holders) holder.join();
  for (auto& client : clients) {
    const auto answer = client->read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.header("connection") == "close");
  }
}

TEST_CASE("ending all sessions fails what is under way", "[net][http]") {
  std::atomic<bool> failed{false};
  RunningServer running{[&](Exchange& exchange) {
    return [](Exchange& given, std::atomic<bool>& seen) -> Co<void> {
      const auto body = co_await given.body(100);
      seen = !body && body.error().kind == ErrorKind::cancelled;
    }(exchange, failed);
  }};
  RawClient client{running.port()};
  REQUIRE(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"));
  REQUIRE(running.becomes([&] { return running.server().requests_in_flight() == 1; }));
  running.abort_all();
  CHECK(client.is_closed_by_peer());
  CHECK(running.becomes([&] { return running.server().is_quiet(); }));
  CHECK(failed);
}

} // namespace
} // namespace gateway::testing
