#include "actors/cluster/quota_sharing.hpp"
#include "actors/quota/permit_book.hpp"
#include "tests/actors/cluster/sim_network.hpp"
#include "tests/actors/cluster/sim_traffic.hpp"
#include "tests/actors/quota/book_room.hpp"
#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <vector>

using namespace gateway;

namespace {

constexpr std::int64_t limits[] = {5, 60, 600, 3'000};
constexpr Nanoseconds step = 20ms; // as often as stops say how their books stand

QuotaSpec spec_of(std::uint32_t quota) {
  auto spec = per_minute(limits[quota % 4]);
  spec.name = "rpm-" + std::to_string(quota);
  return spec;
}

/// A node that shares many quotas, each under a demand of its own.
struct ManyNode {
  ManyNode(std::uint32_t number, std::uint32_t nodes, std::uint32_t quotas)
      : room(slots_for(quotas, members_max)) {
    room.identity.node = std::string(30, '0') + std::to_string(10 + number);
    memory = room.open(clock);
    sharing = std::make_unique<QuotaSharing>(number, memory, SharingTimes{}, clock.at);
    std::vector<QuotaSharing::Member> members;
    for (std::uint32_t i = 0; i < nodes; ++i) members.push_back({i, true, Going::no});
    sharing->set_members(members, nodes);
    for (std::uint32_t quota = 0; quota < quotas; ++quota) {
      auto spec = spec_of(quota);
      std::map<std::uint32_t, std::int64_t> inits;
      for (std::uint32_t i = 0; i < nodes; ++i) inits[i] = i == 0 ? spec.limit : 0;
      spec.share = QuotaShare{1, inits.at(number), {}, nodes};
      for (std::uint32_t i = 0; i < nodes; ++i) spec.share->members.push_back(i);
      books.push_back(*PermitBook::make(memory, spec, clock.now()));
      sharing->set_quota(quota, spec.limit, std::move(inits));
    }
    waiting.resize(quotas);
    done.resize(quotas);
  }

  void note(std::uint32_t quota) {
    auto& book = *books[quota];
    book.sweep(clock.at);
    while (waiting[quota] > 0 && book.try_take(1)) {
      --waiting[quota];
      book.settle(1, clock.at, clock.at);
    }
    auto state = book.share();
    state.answers = done[quota];
    ShareDemand demand;
    demand.waiting = waiting[quota];
    for (std::int64_t i = 0; i < std::min<std::int64_t>(waiting[quota], 16); ++i)
      demand.needs.push_back(1);
    demand.steady = demand.soon = waiting[quota];
    sharing->note(quota, std::move(state), demand, clock.at);
  }

  /// What follows, with its messages.
  std::vector<QuotaSharing::Outgoing> work() {
    sharing->tick(clock.at);
    for (std::uint32_t quota = 0; quota < books.size(); ++quota) note(quota);
    for (const auto& [quota, batch, order] : sharing->take_orders(clock.at)) {
      books[quota]->carry_out(order, clock.at);
      done[quota] = batch;
    }
    for (std::uint32_t quota = 0; quota < books.size(); ++quota) note(quota);
    return sharing->take_messages(clock.at);
  }

  BookRoom room;
  TestClock clock;
  std::shared_ptr<PermitMemory> memory;
  std::unique_ptr<QuotaSharing> sharing;
  std::vector<std::unique_ptr<PermitBook>> books;
  std::vector<std::int64_t> waiting;
  std::vector<std::uint64_t> done;
};

} // namespace

TEST_CASE("many quotas cost no more messages than one", "[cluster][traffic]") {
  constexpr std::uint32_t quotas = 40;
  const auto nodes = GENERATE(3U, 8U);
  SimWorld world{nodes};
  SimTraffic traffic;
  std::vector<std::unique_ptr<ManyNode>> all;
  for (std::uint32_t i = 0; i < nodes; ++i)
    all.push_back(std::make_unique<ManyNode>(i, nodes, quotas));
  std::vector<std::size_t> wanted_at(quotas, 0);
  std::int64_t used = 0;
  std::int64_t most = 0;
  for (Nanoseconds now{0}; now < (gateway::testing::sanitized ? 20s : 40s); now += step) {
    for (std::uint32_t quota = 0; quota < quotas; ++quota) {
      if (world.is_so(.005)) wanted_at[quota] = world.below(nodes);
      if (world.is_so(.2)) all[wanted_at[quota]]->waiting[quota] += 1 + limits[quota % 4] / 100;
    }
    std::vector<std::pair<std::uint32_t, QuotaSharing::Outgoing>> sent;
    for (std::uint32_t i = 0; i < nodes; ++i) {
      all[i]->clock.pass(step);
      for (auto& message : all[i]->work()) {
        traffic.note({now, i, message.to, message.to == all[i]->sharing->broker()});
        sent.emplace_back(i, std::move(message));
      }
    }
    for (const auto& [from, message] : sent) {
      auto& to = *all[message.to];
      if (const auto* const pair = std::get_if<PairMessage>(&message.message))
        to.sharing->hear(from, *pair, to.clock.at);
    }
  }
  for (const auto& node : all)
    for (const auto& book : node->books) used += book->out();
  for (std::uint32_t quota = 0; quota < quotas; ++quota) most += limits[quota % 4];
  CAPTURE(nodes, traffic.messages().size());
  const auto is_any = [](const auto&) { return true; };
  const auto is_to_broker = [](const auto& message) { return message.is_to_broker; };
  CHECK(traffic.most(5s, 1s, is_to_broker) <= 6.5);
  CHECK(traffic.most(5s, 2s, is_any) <= 6.5);
  CHECK(used == most);
}
