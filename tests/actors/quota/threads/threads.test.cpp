#include "actors/quota/permit_book.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

using namespace gateway;

TEST_CASE("io threads take and cool while the owner sweeps", "[quota][threads]") {
  constexpr std::int64_t limit = 100;
  constexpr int threads = 4;
  constexpr int calls_each = 3'000;
  BookRoom room;
  const TestClock clock;
  auto spec = per_minute(limit);
  spec.window = 50ms; // on the test's own time: each call moves it on by 100 us
  spec.count_delay = 0ms;
  auto made = PermitBook::make(room.open(clock), spec, clock.now());
  REQUIRE(made);
  auto& book = **made;

  std::atomic<std::int64_t> passed{0}; // ns since the start
  std::atomic<std::int64_t> out{0};
  std::atomic<std::int64_t> out_most{0};
  std::atomic<int> running{threads};
  const auto now = [&] { return clock.at + Nanoseconds{passed.load()}; };

  std::vector<std::thread> callers;
  for (int number = 0; number < threads; ++number) {
    callers.emplace_back([&, number] {
      std::minstd_rand random{static_cast<unsigned>(number + 1)};
      for (int call = 0; call < calls_each; ++call) {
        passed += 100'000;
        const std::int64_t amount = 1 + static_cast<std::int64_t>(random() % 9);
        if (!book.try_take(amount)) continue;
        const auto all = out += amount;
        for (auto most = out_most.load(); all > most && !out_most.compare_exchange_weak(most, all);)
          ;
        out -= amount;
        if (random() % 5 == 0)
          book.put_back(amount);
        else
          while (!book.cool(amount, now())) std::this_thread::yield();
      }
      --running;
    });
  }
  std::thread owner{[&] {
    while (running > 0) {
      book.sweep(now());
      std::this_thread::yield();
    }
  }};
  for (auto& caller : callers) caller.join();
  owner.join();

  CHECK(out_most <= limit);
  CHECK(book.in_flight() == 0);
  CHECK(book.idle() + book.cooling() == limit);
  // An add that came late is in a later turn of the ring.
  book.sweep(now() + 60s);
  book.sweep(now() + 120s);
  CHECK(book.idle() == limit);
}

TEST_CASE("owners on several threads open and close books of their own", "[quota][threads]") {
  constexpr int threads = 4;
  constexpr int times = 300;
  BookRoom room;
  const TestClock clock;
  const auto memory = room.open(clock);
  std::atomic<int> wrong{0};
  std::vector<std::thread> owners;
  for (int number = 0; number < threads; ++number) {
    owners.emplace_back([&, number] {
      auto requests = per_minute(10 + number);
      auto tokens = per_minute(1'000 + number, QuotaUnit::tokens);
      requests.owner = tokens.owner = "provider/" + std::to_string(number);
      for (int time = 0; time < times; ++time) {
        const auto first = PermitBook::make(memory, requests, clock.now());
        const auto second = PermitBook::make(memory, tokens, clock.now());
        if (!first || !second || !(*first)->try_take(requests.limit)) {
          ++wrong;
          continue;
        }
        if ((*second)->idle() != tokens.limit) ++wrong;
        (*first)->put_back(requests.limit);
      }
    });
  }
  for (auto& owner : owners) owner.join();
  CHECK(wrong == 0);
}
