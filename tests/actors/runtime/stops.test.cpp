#include "actors/router/walking.hpp"
#include "actors/runtime/cast.hpp"
#include "tests/actors/quota/book_room.hpp"
#include "tests/actors/router/market.hpp"
#include "tests/actors/runtime/two_threads.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include <vector>

using namespace gateway;

namespace {

constexpr std::chrono::seconds answer_max{10};

// A disk that is as fast as can be, or at fault.
PermitJournalActor spawn_disk(caf::actor_system& system, bool good) {
  // By argument: CAF 0.17 dereferences a null tuple for a function that takes none.
  const auto disk = [](bool is_good) -> PermitJournalActor::behavior_type {
    return {[is_good](const JournalAppend& asked) {
      return JournalAppended{asked.request.ticket, is_good};
    }};
  };
  return system.spawn(disk, good);
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
    caf::anon_send(stop_, StopConfigured{plan_, nullptr});
  }
  ~BudgetStop() {
    caf::anon_send_exit(stop_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(disk_, caf::exit_reason::user_shutdown);
  }

  std::shared_ptr<Walk> admit(std::int64_t tokens) {
    auto walk = market_.ask("m", Instant{}, "app");
    // What was ranked names the parts of its own plan, which goes with it.
    walk->plan = plan_;
    walk->key_stops = plan_->stops_of(walk->key);
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

// A router and the versions it has put in force.
class Routing {
public:
  Routing() : disk_(spawn_disk(two_.system(), true)), self_(two_.system()) {
    RouterSpec spec;
    spec.memory = books_.open(TestClock{});
    spec.journal = disk_;
    spec.clocks = still_clocks();
    spec.removed_look_every = std::chrono::hours{1}; // the test says when
    spec.in_force = [this](std::shared_ptr<const Directory> directory) {
      in_force_.set_value(std::move(directory));
    };
    router_ = spawn_router(two_.system(), std::move(spec));
  }
  ~Routing() {
    caf::anon_send_exit(router_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(disk_, caf::exit_reason::user_shutdown);
  }

  std::shared_ptr<const Directory> publish(std::initializer_list<const char*> providers) {
    in_force_ = {};
    auto document = std::make_shared<Document>();
    for (const auto* name : providers) {
      auto& provider = document->providers[name];
      provider.name = name;
      provider.models["m"].name = "m";
    }
    caf::anon_send(router_, DocumentPublished{document});
    return in_force_.get_future().get();
  }

  /// Looks so many times whether what was removed can end; returns when that is done.
  void look(int times) {
    for (int i = 0; i < times; ++i) self_->send(router_, RouterTick{});
    auto walk = std::make_shared<Walk>();
    walk->plan = std::make_shared<Plan>();
    walk->asked_model = "nobody's";
    answer_of<RouteAnswer>(self_, router_, RouteRequest{walk, {}});
  }

  bool answers(const StopActor& stop) {
    return answer_of<StateAnswer>(self_, stop, StateRequest{}).provider.is_provider;
  }
  void wait_for_end_of(const StopActor& stop) {
    self_->monitor(stop);
    self_->receive([](const caf::down_msg&) {});
  }

private:
  TwoThreads two_;
  BookRoom books_;
  PermitJournalActor disk_;
  caf::scoped_actor self_;
  RouterActor router_;
  std::promise<std::shared_ptr<const Directory>> in_force_;
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

TEST_CASE("a removed stop ends when no call is left that may ask it", "[runtime]") {
  Routing routing;
  auto both = routing.publish({"kept", "removed"});
  const auto kept = both->stops[0];
  const auto removed = both->stops[1];
  const auto one = routing.publish({"kept"});
  routing.look(5);
  CHECK(routing.answers(removed)); // a call may be under way under the older version
  both.reset();
  routing.look(1);
  CHECK(routing.answers(removed)); // what it gave off at its end may be on its way
  routing.look(1);
  routing.wait_for_end_of(removed);
  CHECK(routing.answers(kept));
}

TEST_CASE("a stop that comes back before its end is the same one", "[runtime]") {
  Routing routing;
  const auto stop = routing.publish({"kept", "removed"})->stops[1];
  routing.publish({"kept"});
  routing.look(1);
  const auto again = routing.publish({"kept", "removed"});
  routing.look(3);
  CHECK(again->stops[1] == stop);
  CHECK(routing.answers(stop));
}

TEST_CASE("a stop that comes back after its end is a new one with the old books", "[runtime]") {
  Routing routing;
  const auto stop = routing.publish({"kept", "removed"})->stops[1];
  routing.publish({"kept"});
  routing.look(2);
  routing.wait_for_end_of(stop);
  const auto again = routing.publish({"kept", "removed"});
  CHECK(again->stops[1] != stop);
  CHECK(routing.answers(again->stops[1]));
}
