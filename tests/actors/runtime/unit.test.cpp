#include "actors/runtime/asio_scheduler.hpp"
#include "actors/runtime/ask.hpp"
#include "actors/runtime/messages.hpp"
#include "net/base/co.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace gateway;

namespace {

// A real actor system on two io threads, as a node has it.
class TwoThreads {
public:
  TwoThreads() {
    config_.add_message_types<caf::id_block::gateway>();
    schedule_on(config_, {&units_[0], &units_[1]});
    for (int i = 0; i < 2; ++i) threads_[i] = std::thread([this, i] { units_[i].run(); });
    system_ = std::make_unique<caf::actor_system>(config_);
  }
  ~TwoThreads() {
    for (int i = 0; i < 2; ++i) on(i, [this, i] { units_[i].detach(); });
    system_.reset();
    for (auto& unit : units_) unit.stop();
    for (auto& thread : threads_) thread.join();
  }

  template <class Work>
  void on(int thread, Work work) {
    std::promise<void> done;
    boost::asio::post(io_[thread].io(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  Unit& unit(int i) { return units_[i]; }
  IoThread& io(int i) { return io_[i]; }
  caf::actor_system& system() { return *system_; }

private:
  IoThread io_[2]{IoThread{0}, IoThread{1}};
  Unit units_[2]{Unit{io_[0]}, Unit{io_[1]}};
  std::thread threads_[2];
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
};

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
    boost::asio::post(
      two.io(i).io(), [&, i] { start(ask_many(two.unit(i), actor, 1'000, sums[i], done[i])); });
  for (auto& one : done) one.get_future().wait();
  CHECK(sums[0] == 500'500);
  CHECK(sums[1] == 500'500);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

TEST_CASE("an actor that has died answers with an error", "[runtime]") {
  TwoThreads two;
  auto actor = two.system().spawn(echo, std::string{"x"});
  std::promise<std::vector<bool>> done;
  boost::asio::post(two.io(0).io(), [&] {
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

TEST_CASE("a turn ends when everybody who could join it has joined", "[runtime]") {
  struct Work final : TurnWork {
    bool pending() const noexcept override { return waiting > 0; }
    bool nobody_can_join() const noexcept override { return waiting >= under_way; }
    void flush() override {
      flushes.push_back(waiting);
      waiting = 0;
    }
    int waiting = 0;
    int under_way = 3;
    std::vector<int> flushes;
  };
  IoThread io{0};
  Unit unit{io};
  Work work;
  unit.set_turn(&work);
  for (int i = 0; i < 3; ++i) boost::asio::post(io.io(), [&] { ++work.waiting; });
  boost::asio::post(io.io(), [&] { unit.stop(); });
  unit.run();
  CHECK(work.flushes == std::vector<int>{3});
}
