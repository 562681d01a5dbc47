#include "actors/router/walking.hpp"
#include "actors/runtime/cast.hpp"
#include "tests/actors/quota/book_room.hpp"
#include "tests/actors/router/market.hpp"
#include "tests/actors/runtime/two_threads.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr std::chrono::seconds answer_max{10};

// A disk that is as fast as can be, or at fault.
PermitJournalActor spawn_disk(caf::actor_system& system, bool good) {
  return system.spawn([good]() -> PermitJournalActor::behavior_type {
    return {[good](const JournalAppend& asked) {
      return JournalAppended{asked.request.ticket, good};
    }};
  });
}

Clocks still_clocks() {
  return {[] { return TestClock{}.at; }, [] { return TestClock{}.wall; }};
}

template <class Answer, class Actor, class Question>
Answer answer_of(caf::scoped_actor& self, const Actor& actor, Question question) {
  Answer answer;
  self->request(actor, answer_max, std::move(question))
    .receive(
      [&](Answer& its) { answer = std::move(its); }, [](const caf::error&) { FAIL("no answer"); });
  return answer;
}

// A key's budget of 1 000 nano-dollars as a stop, and a call that the provider has admitted.
class BudgetStop {
public:
  explicit BudgetStop(bool good_disk)
      : disk_(spawn_disk(two_.system(), good_disk)), self_(two_.system()) {
    market_.model("p", "m", 0.001, 0.001); // a nano-dollar a token
    market_.key("app").budget = BudgetConfig{1'000, WindowKind::month, "utc"};
    StopSpec spec{"budget/key/app", books_.open(TestClock{}), disk_, still_clocks(), 0};
    stop_ = spawn_pool(two_.system(), std::move(spec));
    plan_ = market_.plan();
    caf::anon_send(stop_, StopConfigured{plan_});
  }
  ~BudgetStop() {
    caf::anon_send_exit(stop_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(disk_, caf::exit_reason::user_shutdown);
  }

  std::shared_ptr<Walk> admit(std::int64_t tokens) {
    auto walk = market_.ask("m", Instant{}, "app");
    walk->plan = plan_;
    REQUIRE(next_stop(*walk));
    grant(*walk, {});
    walk->cost = {tokens, 0, 0};
    auto directory = std::make_shared<Directory>();
    directory->plan = plan_;
    directory->stops.resize(plan_->stops.size(), stop_);
    return answer_of<RouteAnswer>(self_, stop_, AdmitRequest{walk, directory}).walk;
  }

private:
  TwoThreads two_;
  BookRoom books_;
  Market market_;
  PermitJournalActor disk_;
  caf::scoped_actor self_;
  StopActor stop_;
  std::shared_ptr<const Plan> plan_;
};

} // namespace

TEST_CASE("a call that only lacks a line of the permit journal waits for it", "[runtime][budget]") {
  BudgetStop stop{true};
  // The first block that the journal has is a hundredth of the budget.
  const auto walk = stop.admit(700);
  CHECK(walk->admitted);
  CHECK(walk->held.size() == 2);
  CHECK(stop.admit(300)->admitted);
  const auto refused = stop.admit(1);
  CHECK_FALSE(refused->admitted);
  CHECK(refused->candidates[0].passed_over == PassedOver::budget_spent);
  CHECK(refused->candidates[0].quota == "key/app month");
}

TEST_CASE("with a disk at fault a budget is refused, not waited for", "[runtime][budget]") {
  BudgetStop stop{false};
  const auto walk = stop.admit(700);
  CHECK_FALSE(walk->admitted);
  CHECK(walk->candidates[0].passed_over == PassedOver::budget_spent);
}
