#include "actors/runtime/ask.hpp"
#include "actors/runtime/messages.hpp"
#include "net/base/co.hpp"
#include "tests/actors/runtime/two_threads.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include <future>

using namespace gateway;

namespace {

struct EchoState {
  EchoState() = default;
  std::string path;
  static inline const char* name = "echo";
};

// Stands for the permit journal: answers with the ticket it was given.
PermitJournalActor::behavior_type
echo(PermitJournalActor::stateful_pointer<EchoState> self, std::string path) {
  self->state.path = std::move(path);
  return {
    [self](const JournalAppend& asked) -> caf::result<JournalAppended> {
      if (asked.request.ticket == 0) {
        self->quit();
        return make_error(caf::sec::runtime_error);
      }
      return JournalAppended{asked.request.ticket, true};
    },
  };
}

Co<void> ask_many(
  Unit& unit,
  PermitJournalActor actor,
  std::uint64_t count,
  std::uint64_t& sum,
  std::promise<void>& done) {
  for (std::uint64_t i = 1; i <= count; ++i) {
    JournalAppend question;
    question.request.ticket = i;
    auto asked = ask<JournalAppended>(unit, actor, std::move(question));
    const auto answer = co_await asked;
    if (answer) sum += answer->ticket;
    if (Unit::current() != &unit) sum += 1'000'000; // resumed on a foreign thread
  }
  done.set_value();
}

} // namespace

TEST_CASE("a coroutine asks an actor and resumes on its own thread", "[runtime]") {
  TwoThreads two;
  auto actor = two.system().spawn(echo, std::string{"x"});
  std::uint64_t sums[2] = {0, 0};
  std::promise<void> done[2];
  for (int i = 0; i < 2; ++i)
    two.io(i).post([&, i] { start(ask_many(two.unit(i), actor, 1'000, sums[i], done[i])); });
  for (auto& one : done) one.get_future().wait();
  CHECK(sums[0] == 500'500);
  CHECK(sums[1] == 500'500);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

TEST_CASE("an actor that has died answers with an error", "[runtime]") {
  TwoThreads two;
  auto actor = two.system().spawn(echo, std::string{"x"});
  std::promise<std::vector<bool>> done;
  two.io(0).post([&] {
    start([](Unit& unit, PermitJournalActor to, std::promise<std::vector<bool>>& told) -> Co<void> {
      std::vector<bool> answered;
      for (const std::uint64_t ticket : {7, 0, 7}) {
        JournalAppend question;
        question.request.ticket = ticket;
        auto asked = ask<JournalAppended>(unit, to, std::move(question));
        const auto answer = co_await asked;
        answered.push_back(static_cast<bool>(answer));
      }
      told.set_value(answered);
    }(two.unit(0), actor, done));
  });
  CHECK(done.get_future().get() == std::vector<bool>{true, false, false});
}

namespace {

// Calls that wait for the end of their turn.
struct Work final : TurnWork {
  bool pending() const noexcept override { return waiting > 0; }
  bool has_company() const noexcept override { return under_way > 1; }
  void flush() override {
    flushes.push_back(waiting);
    waiting = 0;
  }
  int waiting = 0;
  int under_way = 3;
  std::vector<int> flushes;
};

Co<void> walk(Unit& unit, char name, std::string& steps) {
  for (int i = 0; i < 3; ++i) {
    steps += name;
    co_await unit.step();
  }
}

} // namespace

TEST_CASE("a turn takes all that is there at once", "[runtime]") {
  IoThread io{0};
  Unit unit{io};
  Work work;
  unit.set_turn(&work);
  for (int i = 0; i < 3; ++i) io.post([&] { ++work.waiting; });
  io.post([&] { unit.stop(); });
  unit.run();
  CHECK(work.flushes == std::vector{3});
}

TEST_CASE("coroutines of one turn go in step", "[runtime]") {
  IoThread io{0};
  Unit unit{io};
  Work work;
  unit.set_turn(&work);
  std::string steps;
  SECTION("with company") {
    work.under_way = 3;
  }
  SECTION("each by itself, where none is said to have company") {
    work.under_way = 1;
  }
  for (const char name : {'a', 'b', 'c'}) io.post([&, name] { start(walk(unit, name, steps)); });
  io.post([&] { unit.stop(); });
  unit.run();
  CHECK(steps == (work.under_way == 3 ? "abcabcabc" : "aaabbbccc"));
}
