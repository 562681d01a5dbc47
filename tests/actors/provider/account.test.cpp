#include "actors/provider/account.hpp"

#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

// One provider with two models and a clock the test moves.
class AccountRoom {
public:
  AccountRoom() {
    provider_.name = "p";
    provider_.dialect = "openai";
    provider_.limits = {{"rpm", LimitUnit::requests, 2, 60s, WindowKind::sliding}};
    for (const auto* name : {"large", "small"}) provider_.models[name].name = name;
    configure();
  }

  void configure() {
    auto document = std::make_shared<Document>();
    document->providers["p"] = provider_;
    gauges_.resize(provider_.models.size());
    for (auto& gauges : gauges_)
      if (!gauges) gauges = std::make_shared<ProviderGauges>();
    auto done =
      account.configure(document, document->providers["p"], gauges_, nullptr, clock.now());
    if (!done) FAIL(done.error().message);
  }

  ProviderConfig& provider() { return provider_; }
  ProviderGauges& gauges(std::size_t model) { return *gauges_[model]; }

  std::optional<Account::Admitted> admit(std::uint32_t model = 0) {
    auto answer = account.admit(model, RequestSize{}, clock.at);
    if (auto* declined = std::get_if<Account::Declined>(&answer)) {
      last = *declined;
      return std::nullopt;
    }
    return std::get<Account::Admitted>(answer);
  }

  CallSettled call(const Account::Admitted& admitted, std::size_t model = 0) {
    CallSettled settled;
    settled.permits = admitted.permits;
    settled.probe = admitted.probe;
    settled.model = gauges_[model].get();
    settled.model_number = static_cast<std::uint32_t>(model);
    settled.settlement.written_at = clock.at;
    settled.settlement.first_byte_at = clock.at;
    settled.settlement.ended = clock.at;
    settled.settlement.usage_known = true;
    settled.settlement.used_input = 100;
    settled.settlement.used_output = 50;
    settled.first_token_us = 20'000;
    settled.writing_us = 500'000;
    return settled;
  }

  void fail(FailureKind kind, std::optional<Milliseconds> wait = {}, std::size_t model = 0) {
    auto admitted = admit(static_cast<std::uint32_t>(model));
    REQUIRE(admitted);
    auto settled = call(*admitted, model);
    settled.failure = Failure{kind, 500, wait, false, "failed", ""};
    account.settle(std::move(settled), clock.now());
  }

  BookRoom books;
  TestClock clock;
  Account account{books.open(clock), 1};
  Account::Declined last;

private:
  ProviderConfig provider_;
  std::vector<std::shared_ptr<ProviderGauges>> gauges_;
};

} // namespace

TEST_CASE("an account admits what its limits hold and says when more is free", "[provider]") {
  AccountRoom room;
  REQUIRE(room.admit(0));
  REQUIRE(room.admit(1));
  REQUIRE_FALSE(room.admit(0));
  CHECK(room.last.why == Account::Declined::Why::quota_spent);
  CHECK(room.last.quota == "rpm");
  CHECK(room.last.limit == 2);
  CHECK_FALSE(room.gauges(0).has_quota_left.load());
}

TEST_CASE("what was never sent is free again at once", "[provider]") {
  AccountRoom room;
  auto first = room.admit();
  REQUIRE(room.admit());
  REQUIRE(first);
  CHECK(room.gauges(0).in_flight == 2);
  room.account.give_back(first->permits, &room.gauges(0), 0, false, room.clock.at);
  CHECK(room.gauges(0).in_flight == 1);
  CHECK(room.admit());
}

TEST_CASE("a probe that another stop refused may be taken by the next call", "[provider]") {
  AccountRoom room;
  room.provider().limits.clear();
  room.configure();
  room.fail(FailureKind::rate_limited, 30s);
  room.clock.pass(150s);
  auto probe = room.admit();
  REQUIRE(probe);
  REQUIRE(probe->probe);
  room.account.give_back(probe->permits, &room.gauges(0), 0, true, room.clock.at);
  auto next = room.admit();
  REQUIRE(next);
  CHECK(next->probe);
}

TEST_CASE("an answered call's permit comes back a window later", "[provider]") {
  AccountRoom room;
  for (int i = 0; i < 2; ++i) {
    auto admitted = room.admit();
    REQUIRE(admitted);
    room.account.settle(room.call(*admitted), room.clock.now());
  }
  room.clock.pass(59s);
  CHECK_FALSE(room.admit());
  room.clock.pass(2s);
  CHECK(room.admit());
}

TEST_CASE("an account learns speed and tokens and publishes them", "[provider]") {
  AccountRoom room;
  auto admitted = room.admit();
  REQUIRE(admitted);
  CHECK(room.gauges(0).in_flight == 1);
  room.account.settle(room.call(*admitted), room.clock.now());
  CHECK(room.gauges(0).in_flight == 0);
  CHECK(room.gauges(0).first_token_us.load() > 15'000);
  CHECK(room.gauges(0).tokens_per_second.load() > 50);
  const auto state = room.account.state(room.clock.at);
  CHECK(state.attempts.at("ok") == 1);
  CHECK(state.models.size() == 2);
}

TEST_CASE("a 429 cools down for what the provider says at least", "[provider]") {
  AccountRoom room;
  room.provider().limits.clear();
  room.configure();
  room.fail(FailureKind::rate_limited, 30s);
  CHECK_FALSE(room.admit());
  CHECK(room.last.why == Account::Declined::Why::cooling_down);
  CHECK(room.last.by_rate_limit);
  CHECK(room.gauges(0).cooling_by_limit.load());
  room.clock.pass(29s);
  CHECK_FALSE(room.admit());
  // Back by one probe at a time, however long the jitter made it wait.
  room.clock.pass(120s);
  auto probe = room.admit();
  REQUIRE(probe);
  CHECK(probe->probe);
  CHECK_FALSE(room.admit());
  CHECK(room.last.why == Account::Declined::Why::probing);
  room.account.settle(room.call(*probe), room.clock.now());
  room.clock.pass(20s);
  CHECK(room.admit());
}

TEST_CASE("a model its provider does not know cools alone", "[provider]") {
  AccountRoom room;
  room.provider().limits.clear();
  room.configure();
  room.fail(FailureKind::model_not_found, {}, 0);
  CHECK_FALSE(room.admit(0));
  CHECK(room.admit(1));
}

TEST_CASE("a client that leaves says nothing of the provider's health", "[provider]") {
  AccountRoom room;
  room.provider().limits.clear();
  room.configure();
  for (int i = 0; i < 20; ++i) {
    auto admitted = room.admit();
    REQUIRE(admitted);
    auto settled = room.call(*admitted);
    settled.cancelled = true;
    settled.failure = Failure{FailureKind::network, 0, {}, false, "gone", ""};
    room.account.settle(std::move(settled), room.clock.now());
  }
  CHECK(room.account.state(room.clock.at).health == HealthState::ok);
  CHECK(room.account.state(room.clock.at).attempts.at("cancelled") == 20);
}

TEST_CASE("a call that began under an older version settles under the new one", "[provider]") {
  AccountRoom room;
  auto on_small = room.admit(1);
  REQUIRE(on_small);
  auto settled = room.call(*on_small, 1);
  room.provider().models.erase("large");
  room.provider().limits[0].limit = 5;
  // Model numbers have moved: "small" is the first one now, by its gauges still itself.
  auto document = std::make_shared<Document>();
  document->providers["p"] = room.provider();
  std::shared_ptr<ProviderGauges> small{std::shared_ptr<void>{}, &room.gauges(1)};
  REQUIRE(
    room.account.configure(document, document->providers["p"], {small}, nullptr, room.clock.now()));
  room.account.settle(std::move(settled), room.clock.now());
  CHECK(room.account.in_flight() == 0);
}

TEST_CASE("a disabled provider admits nothing", "[provider]") {
  AccountRoom room;
  room.provider().enabled = false;
  room.configure();
  CHECK_FALSE(room.admit());
  CHECK(room.last.why == Account::Declined::Why::disabled);
}

TEST_CASE("a drained account takes no call and says who drained it", "[provider]") {
  AccountRoom room;
  const auto running = room.admit();
  REQUIRE(running);
  room.account.carry_out(ProviderAct::drain, "ops", room.clock.at);
  CHECK_FALSE(room.admit());
  CHECK(room.last.why == Account::Declined::Why::drained);
  CHECK(room.last.by == "ops");
  auto state = room.account.state(room.clock.at);
  CHECK(state.health == HealthState::drained);
  CHECK(state.drained_by == "ops");
  // What runs goes on, and a new version of the document changes nothing.
  room.account.settle(room.call(*running), room.clock.now());
  room.configure();
  CHECK_FALSE(room.admit());
  room.account.carry_out(ProviderAct::undrain, "others", room.clock.at);
  CHECK(room.admit());
  CHECK(room.account.state(room.clock.at).health == HealthState::ok);
}

TEST_CASE("an operator's order reaches the models of an account, and routing", "[provider]") {
  AccountRoom room;
  room.fail(FailureKind::rate_limited, 60s);
  REQUIRE_FALSE(room.admit());
  REQUIRE(room.gauges(0).cooling_until_ns.load() > 0);
  SECTION("a probe") {
    room.account.carry_out(ProviderAct::probe, "ops", room.clock.at);
    CHECK(room.gauges(0).cooling_until_ns.load() == 0);
    const auto admitted = room.admit();
    REQUIRE(admitted);
    CHECK(admitted->probe);
  }
  SECTION("a cleared cooldown") {
    room.account.carry_out(ProviderAct::clear_cooldown, "ops", room.clock.at);
    CHECK(room.gauges(0).cooling_until_ns.load() == 0);
    const auto admitted = room.admit();
    REQUIRE(admitted);
    CHECK_FALSE(admitted->probe);
  }
}

TEST_CASE("a rest is told of when it begins and when it is over", "[provider]") {
  AccountRoom room;
  CHECK(room.account.take_rest_changes(room.clock.at).empty());
  room.fail(FailureKind::rate_limited, 60s);
  const auto began = room.account.take_rest_changes(room.clock.at);
  REQUIRE(began.size() == 1);
  CHECK(began[0].model == "large");
  CHECK(began[0].began);
  CHECK(began[0].reason == FailureKind::rate_limited);
  CHECK(began[0].left == Milliseconds{60'000});
  CHECK(room.account.take_rest_changes(room.clock.at).empty());
  // A probe that fails goes on with the same rest.
  room.account.carry_out(ProviderAct::probe, "ops", room.clock.at);
  room.fail(FailureKind::rate_limited, 60s);
  CHECK(room.account.take_rest_changes(room.clock.at).empty());
  room.account.carry_out(ProviderAct::clear_cooldown, "ops", room.clock.at);
  const auto over = room.account.take_rest_changes(room.clock.at);
  REQUIRE(over.size() == 1);
  CHECK(over[0].model == "large");
  CHECK_FALSE(over[0].began);
}

TEST_CASE("a rest of the whole account is no rest of its models", "[provider]") {
  AccountRoom room;
  room.fail(FailureKind::credentials);
  const auto began = room.account.take_rest_changes(room.clock.at);
  REQUIRE(began.size() == 1);
  CHECK(began[0].model.empty());
  CHECK(began[0].reason == FailureKind::credentials);
}

TEST_CASE("a provider shows that its models cool, and that they are back", "[provider]") {
  AccountRoom room;
  room.fail(FailureKind::rate_limited, 30s, 0);
  auto state = room.account.state(room.clock.at);
  CHECK(state.health == HealthState::degraded);
  CHECK(state.reason == FailureKind::rate_limited);
  CHECK_FALSE(state.cooling);
  room.fail(FailureKind::rate_limited, 60s, 1);
  state = room.account.state(room.clock.at);
  CHECK(state.health == HealthState::cooldown);
  CHECK(state.cooling == Milliseconds{30'000});
  CHECK(state.models[1].cooling == Milliseconds{60'000});
  room.account.carry_out(ProviderAct::clear_cooldown, "ops", room.clock.at);
  CHECK(room.account.state(room.clock.at).health == HealthState::ok);
}

TEST_CASE("what a provider says to one node is told to the others once", "[provider]") {
  AccountRoom room;
  CHECK(room.account.take_rests(room.clock.at) == std::vector<Rest>{});
  CHECK_FALSE(room.account.take_rests(room.clock.at));
  room.fail(FailureKind::rate_limited, 60s);
  const auto told = room.account.take_rests(room.clock.at);
  CHECK(told == std::vector<Rest>{{"large", FailureKind::rate_limited, 60s}});
  CHECK_FALSE(room.account.take_rests(room.clock.at));
}

TEST_CASE("of several nodes that were told to wait the last one counts", "[provider]") {
  AccountRoom room;
  room.account.hear("gw-2", {{"large", FailureKind::rate_limited, 10s}}, room.clock.at);
  room.account.hear("gw-3", {{"large", FailureKind::rate_limited, 20s}}, room.clock.at);
  CHECK_FALSE(room.admit(0));
  CHECK(room.last.why == Account::Declined::Why::cooling_down);
  CHECK(room.gauges(0).cooling_until_ns.load() > 0);
  CHECK(room.admit(1));
  const auto began = room.account.take_rest_changes(room.clock.at);
  REQUIRE(began.size() == 1);
  CHECK(began[0].said_to == "gw-2");

  room.account.hear("gw-2", {{"large", FailureKind::rate_limited, 0ms}}, room.clock.at);
  CHECK_FALSE(room.admit(0));
  room.account.hear("gw-3", {{"large", FailureKind::rate_limited, 0ms}}, room.clock.at);
  CHECK(room.admit(0));
}

TEST_CASE("a rest that an operator ended does not come back by hearsay", "[provider]") {
  AccountRoom room;
  room.account.hear("gw-2", {{"", FailureKind::overloaded, 20s}}, room.clock.at);
  CHECK_FALSE(room.admit(0));
  room.account.carry_out(ProviderAct::clear_cooldown, "ops", room.clock.at);
  room.account.hear("gw-2", {{"", FailureKind::overloaded, 20s}}, room.clock.at);
  CHECK(room.admit(0));
  room.account.carry_out(ProviderAct::drain, "ops", room.clock.at);
  room.account.carry_out(ProviderAct::undrain, "ops", room.clock.at);
  room.account.hear("gw-2", {{"", FailureKind::overloaded, 20s}}, room.clock.at);
  CHECK(room.admit(0));
  room.account.hear("gw-2", {{"", FailureKind::overloaded, 60s}}, room.clock.at);
  CHECK_FALSE(room.admit(0));
}

TEST_CASE("a rest that its teller no longer names is over", "[provider]") {
  AccountRoom room;
  room.account.hear("gw-2", {{"large", FailureKind::model_not_found, 1h}}, room.clock.at);
  CHECK_FALSE(room.admit(0));
  room.account.hear("gw-3", {}, room.clock.at);
  CHECK_FALSE(room.admit(0));
  room.account.hear("gw-2", {}, room.clock.at);
  CHECK(room.admit(0));
}

TEST_CASE("a node's own rest goes on when that of another is over", "[provider]") {
  AccountRoom room;
  room.fail(FailureKind::rate_limited, 10s);
  room.account.hear("gw-2", {{"large", FailureKind::quota_exhausted, 1h}}, room.clock.at);
  CHECK(room.account.state(room.clock.at).models[0].reason == FailureKind::quota_exhausted);
  room.account.hear("gw-2", {}, room.clock.at);
  const auto state = room.account.state(room.clock.at);
  CHECK(state.models[0].reason == FailureKind::rate_limited);
  CHECK(state.models[0].cooling == Milliseconds{10'000});
}
