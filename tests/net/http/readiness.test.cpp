#include "net/http/readiness.hpp"

#include "net/base/co.hpp"
#include "net/http/io_thread.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <coroutine>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace gateway::testing {
namespace {

/// Reads once, up to `room` bytes.
struct Read {
  Read(ReadySocket& its, std::size_t room) : socket(its), bytes(room, '\0') {
    wait.into = bytes.data();
    wait.room = bytes.size();
  }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    wait.waiting = waiting;
    socket.read(wait);
  }
  std::string await_resume() {
    if (wait.moved.error) return wait.moved.error.message();
    return bytes.substr(0, wait.moved.bytes);
  }

  ReadySocket& socket;
  std::string bytes;
  ReadySocket::Wait wait;
};

Co<void>
read_times(ReadySocket& socket, std::size_t room, int times, std::vector<std::string>& into) {
  for (int i = 0; i < times; ++i) {
    Read read{socket, room};
    into.push_back(co_await read);
  }
}

Co<void> wait_for_room(ReadySocket& socket, bool& has_room) {
  struct Room {
    ReadySocket& socket;
    ReadySocket::Wait wait;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      wait.waiting = waiting;
      socket.wait_for_room(wait);
    }
    void await_resume() const noexcept {}
  };
  Room room{socket, {}};
  co_await room;
  has_room = true;
}

/// A loop, a socket in it, and the peer's end of the connection.
struct Pair {
  Pair() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    socket.emplace(Readiness::of(thread.io()), ends[0]);
  }
  ~Pair() { end_peer(); }

  void send(std::string_view text) const {
    REQUIRE(::send(ends[1], text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  void end_peer() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  /// Until nothing waits any more.
  void run() {
    thread.io().restart();
    thread.io().run();
  }
  /// What can be done without waiting.
  void poll() {
    thread.io().restart();
    thread.io().poll();
  }

  IoThread thread{0};
  int ends[2] = {-1, -1};
  std::optional<ReadySocket> socket;
  std::vector<std::string> seen;
};

const auto end_of_file = boost::system::error_code{boost::asio::error::eof}.message();

TEST_CASE("a read waits for what comes, and the loop for the read", "[net][http]") {
  Pair pair;
  start(read_times(*pair.socket, 100, 2, pair.seen));
  pair.poll();
  CHECK(pair.seen.empty());
  pair.send("one");
  pair.poll();
  CHECK(pair.seen == std::vector<std::string>{"one"});
  pair.send("two");
  pair.run(); // and ends, as nobody reads any more
  CHECK(pair.seen == std::vector<std::string>{"one", "two"});
}

TEST_CASE("what came while nobody read is there for the next read", "[net][http]") {
  Pair pair;
  start(read_times(*pair.socket, 100, 1, pair.seen));
  pair.send("one");
  pair.run();
  pair.send("two");
  start(read_times(*pair.socket, 100, 1, pair.seen));
  pair.run();
  CHECK(pair.seen == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a read without room for all is followed by one that need not be told", "[net][http]") {
  Pair pair;
  pair.send("one two");
  start(read_times(*pair.socket, 3, 3, pair.seen));
  pair.run();
  CHECK(pair.seen == std::vector<std::string>{"one", " tw", "o"});
}

TEST_CASE("an end that came with the last bytes is seen behind them", "[net][http]") {
  Pair pair;
  pair.send("last");
  pair.end_peer();
  start(read_times(*pair.socket, 100, 2, pair.seen));
  pair.run();
  CHECK(pair.seen == std::vector<std::string>{"last", end_of_file});
}

TEST_CASE("whoever gives up goes on from the loop, not at once", "[net][http]") {
  Pair pair;
  start(read_times(*pair.socket, 100, 1, pair.seen));
  pair.poll();
  pair.socket->give_up();
  CHECK(pair.seen.empty());
  pair.run();
  const boost::system::error_code aborted = boost::asio::error::operation_aborted;
  CHECK(pair.seen == std::vector<std::string>{aborted.message()});
}

TEST_CASE("a writer goes on when the peer has made room", "[net][http]") {
  Pair pair;
  const std::string much(65'536, 'x');
  while (::send(pair.ends[0], much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  bool has_room = false;
  start(wait_for_room(*pair.socket, has_room));
  pair.poll();
  CHECK_FALSE(has_room);
  std::string taken(much.size(), '\0');
  while (::recv(pair.ends[1], taken.data(), taken.size(), MSG_DONTWAIT) > 0) {
  }
  pair.run();
  CHECK(has_room);
}

TEST_CASE("one that goes on may close another that is ready too", "[net][http]") {
  Pair first;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  std::optional<ReadySocket> second{std::in_place, Readiness::of(first.thread.io()), ends[0]};
  start(read_times(*second, 100, 1, first.seen)); // so that it is watched
  REQUIRE(::send(ends[1], "a", 1, 0) == 1);
  first.run();
  REQUIRE(::send(ends[1], "b", 1, 0) == 1);
  start([](Pair& pair, std::optional<ReadySocket>& other) -> Co<void> {
    Read read{*pair.socket, 100};
    pair.seen.push_back(co_await read);
    other.reset();
  }(first, second));
  first.send("c");
  first.run();
  CHECK(first.seen == std::vector<std::string>{"a", "c"});
  ::close(ends[1]);
}

TEST_CASE("the loop comes back when a socket gets ready, armed or not", "[net][http]") {
  Pair pair;
  auto& readiness = Readiness::of(pair.thread.io());
  readiness.leave_to_loop();
  const auto guard = boost::asio::make_work_guard(pair.thread.io());
  start(read_times(*pair.socket, 100, 3, pair.seen));
  for (const auto* text : {"one", "two", "three"}) {
    pair.send(text);
    CHECK(pair.thread.io().run_one_for(10s) == 1);
    CHECK(readiness.look() == 1);
  }
  CHECK(pair.seen == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("what nobody reads is nothing that a look has found", "[net][http]") {
  Pair pair;
  auto& readiness = Readiness::of(pair.thread.io());
  readiness.leave_to_loop();
  start(read_times(*pair.socket, 100, 1, pair.seen));
  pair.send("one");
  CHECK(readiness.look() == 1);
  pair.send("two");
  CHECK(readiness.look() == 0);
  CHECK_FALSE(readiness.has_found());
}

TEST_CASE("a loop that looks by itself is told by Asio only after it has armed", "[net][http]") {
  Pair pair;
  auto& readiness = Readiness::of(pair.thread.io());
  readiness.leave_to_loop();
  start(read_times(*pair.socket, 100, 2, pair.seen));
  pair.send("one");
  pair.poll();
  CHECK(pair.seen.empty());
  CHECK(readiness.look());
  CHECK(readiness.has_found());
  CHECK_FALSE(readiness.look());
  CHECK_FALSE(readiness.has_found());
  readiness.arm();
  pair.send("two");
  pair.poll();
  CHECK(pair.seen == std::vector<std::string>{"one", "two"});
}

} // namespace
} // namespace gateway::testing
