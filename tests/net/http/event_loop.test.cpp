#include "net/http/event_loop.hpp"

#include "net/base/co.hpp"
#include "net/http/ready_socket.hpp"
#include "net/http/timer.hpp"

#include <boost/asio/error.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
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
  auto room = socket.writable();
  co_await room;
  has_room = true;
}

/// A loop, a socket in it, and the peer's end of the connection.
struct Pair {
  Pair() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    socket.emplace(loop, ends[0]);
  }
  ~Pair() { end_peer(); }

  void send(std::string_view text) const {
    REQUIRE(::send(ends[1], text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  void end_peer() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  /// Until nothing waits any more.
  void run() { loop.run(); }
  /// What can be done without waiting.
  void poll() {
    while (loop.poll()) {
    }
  }

  EventLoop loop;
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
  std::optional<ReadySocket> second{std::in_place, first.loop, ends[0]};
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

TEST_CASE("what is there at once waits behind what others wait for", "[net][http]") {
  Pair pair;
  pair.send("abc");
  start(read_times(*pair.socket, 1, 3, pair.seen));
  int passes = 0;
  while (pair.seen.size() < 3) {
    pair.loop.run_once();
    CHECK(pair.seen.size() <= static_cast<std::size_t>(++passes));
  }
}

TEST_CASE("what has been taken without waiting need not be told of", "[net][http]") {
  Pair pair;
  start(read_times(*pair.socket, 100, 1, pair.seen)); // so that it is watched
  pair.send("one");
  pair.run();
  pair.send("two");
  std::array<char, 8> bytes{};
  CHECK(pair.socket->take(bytes.data(), bytes.size()).bytes == 3);
  const auto nothing = pair.socket->take(bytes.data(), bytes.size());
  CHECK(nothing.error == boost::asio::error::would_block);
  start(read_times(*pair.socket, 100, 1, pair.seen));
  pair.poll();
  CHECK(pair.seen == std::vector<std::string>{"one"});
  pair.send("three");
  pair.run();
  CHECK(pair.seen == std::vector<std::string>{"one", "three"});
}

TEST_CASE("a thread that posts wakes the loop", "[net][http]") {
  constexpr int posts = 1'000;
  EventLoop loop;
  int done = 0;
  std::vector<std::thread> others;
  for (int thread = 0; thread < 2; ++thread)
    others.emplace_back([&] {
      for (int i = 0; i < posts; ++i) loop.post([&] { ++done; });
    });
  while (done < 2 * posts) loop.run_once(); // for ever, where one post is not heard
  for (auto& other : others) other.join();
  CHECK_FALSE(loop.poll());
}

TEST_CASE("what is posted from the loop is done in its next pass", "[net][http]") {
  EventLoop loop;
  std::string order;
  loop.post([&] {
    loop.post([&] { order += 'c'; });
    order += 'a';
  });
  loop.post([&] { order += 'b'; });
  loop.run_once();
  CHECK(order == "ab");
  loop.run_once();
  CHECK(order == "abc");
}

TEST_CASE("a posted task may hold what can only be moved", "[net][http]") {
  EventLoop loop;
  int seen = 0;
  loop.post([held = std::make_unique<int>(7), &seen] { seen = *held; });
  loop.run();
  CHECK(seen == 7);
}

TEST_CASE("a stop ends the run that waits, and no other", "[net][http]") {
  Pair pair;
  start(read_times(*pair.socket, 100, 1, pair.seen));
  std::thread other{[&] { pair.loop.stop(); }};
  pair.run();
  other.join();
  CHECK(pair.seen.empty());
  pair.send("one");
  pair.run();
  CHECK(pair.seen == std::vector<std::string>{"one"});
}

TEST_CASE("timers ring in the order of their times, none too soon", "[net][http]") {
  EventLoop loop;
  const auto begin = BootClock::now();
  std::string order;
  Timer late{loop, [&] { order += 'c'; }};
  Timer early{loop, [&] { order += 'a'; }};
  Timer never{loop, [&] { order += '!'; }};
  Timer moved{loop, [&] { order += 'b'; }};
  late.set(begin + 30ms);
  moved.set(begin + 1ms);
  never.set(begin + 2ms);
  early.set(begin + 10ms);
  moved.set(begin + 20ms);
  never.cancel();
  loop.run(); // and ends, as nothing is set any more
  CHECK(order == "abc");
  CHECK(BootClock::now() >= begin + 30ms);
}

TEST_CASE("a timer that is set to the past whenever it rings keeps nobody waiting", "[net][http]") {
  EventLoop loop;
  int rung = 0;
  std::unique_ptr<Timer> again;
  again = std::make_unique<Timer>(loop, [&] {
    ++rung;
    again->set(Instant{});
  });
  again->set(Instant{});
  bool posted = false;
  loop.post([&] { posted = true; });
  while (!posted || rung < 3) {
    const auto before = rung;
    loop.run_once();
    REQUIRE(rung <= before + 1);
  }
}

TEST_CASE("a timer may be destroyed by what it rings for", "[net][http]") {
  EventLoop loop;
  std::unique_ptr<Timer> timer;
  std::string seen;
  timer = std::make_unique<Timer>(loop, [&, text = std::string(100, 'x')] {
    timer.reset();
    seen = text;
  });
  timer->set(BootClock::now());
  loop.run();
  CHECK(seen == std::string(100, 'x'));
}

} // namespace
} // namespace gateway::testing
