#include "net/base/co.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace gateway;

namespace {

/// Suspends whoever awaits it until `open`.
struct Gate {
  std::coroutine_handle<> waiting;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiter) noexcept { waiting = awaiter; }
  void await_resume() const noexcept {}
  void open() { std::exchange(waiting, nullptr).resume(); }
};

Co<std::unique_ptr<int>> number_behind(Gate& gate) {
  co_await gate;
  co_return std::make_unique<int>(42);
}

Co<> note_number(Gate& gate, std::vector<std::string>& steps) {
  steps.push_back("asked");
  const auto number = co_await number_behind(gate);
  steps.push_back(std::to_string(*number));
}

Co<int> sum_to(int n) {
  if (n == 0) co_return 0;
  const int below = co_await sum_to(n - 1);
  co_return below + n;
}

Co<> store_sum(int n, int& sum) {
  sum = co_await sum_to(n);
}

Co<> hold(std::shared_ptr<int> held, Gate& gate) {
  co_await gate;
  ++*held;
}

} // namespace

TEST_CASE("a coroutine runs to its first wait and on when that is over", "[base][co]") {
  Gate gate;
  std::vector<std::string> steps;
  start(note_number(gate, steps));
  CHECK(steps == std::vector<std::string>{"asked"});
  gate.open();
  CHECK(steps == std::vector<std::string>{"asked", "42"});
}

TEST_CASE("work that was over before it began is awaited like any other", "[base][co]") {
  int sum = 0;
  start([](int& into) -> Co<> {
    into = co_await Co<int>::of(40);
    auto other = Co<int>::of(1);
    auto moved = std::move(other);
    into += co_await moved;
    other = Co<int>::of(1);
    into += co_await other;
  }(sum));
  CHECK(sum == 42);
}

TEST_CASE("a coroutine that nobody started does nothing", "[base][co]") {
  Gate gate;
  std::vector<std::string> steps;
  { const auto never = note_number(gate, steps); }
  CHECK(steps.empty());
}

TEST_CASE("a chain of coroutines gives its frames back", "[base][co]") {
  for (int round = 0; round < 3; ++round) {
    int sum = 0;
    start(store_sum(500, sum));
    CHECK(sum == 125'250);
  }
}

TEST_CASE("a suspended coroutine that is destroyed frees what it held", "[base][co]") {
  Gate gate;
  const auto held = std::make_shared<int>(0);
  {
    auto work = hold(held, gate);
    REQUIRE(work.await_suspend(std::noop_coroutine()));
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  CHECK(*held == 0);
}
