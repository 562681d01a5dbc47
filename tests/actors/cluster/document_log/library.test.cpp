// Our state machine on the library's own deterministic fixture: its network, disk and clock.
#include "actors/cluster/raft_machine.hpp"
#include "actors/cluster/raft_memory.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <random>

extern "C" {
#include <raft/fixture.h>
}

namespace gateway {
namespace {

using ApplyRequest = struct raft_apply;

/// A cluster of the fixture's; what its machines apply is compared at every entry.
class Fixture {
public:
  explicit Fixture(unsigned voters) {
    REQUIRE(raft_fixture_initialize(&fixture_) == 0);
    for (unsigned i = 0; i < voters; ++i) {
      auto& raft = fixture_.servers[i].raft;
      machines_.push_back(std::make_unique<RaftMachine>(raft, RaftMachine::Kept{5, 1'000'000}));
      machines_.back()->on_applied = [this](RaftMachine::Applied one) {
        const auto seen = applied_.insert({one.index, one.outcome});
        REQUIRE(seen.first->second == one.outcome);
        if (one.outcome.verdict == EntryOutcome::Verdict::stale) ++stale;
      };
      REQUIRE(raft_fixture_grow(&fixture_, machines_.back()->fsm()) == 0);
      raft_set_snapshot_threshold(&raft, 30);
      raft_set_pre_vote(&raft, true);
    }
    struct raft_configuration servers {};
    REQUIRE(raft_fixture_configuration(&fixture_, voters, &servers) == 0);
    REQUIRE(raft_fixture_bootstrap(&fixture_, &servers) == 0);
    raft_configuration_close(&servers);
    REQUIRE(raft_fixture_start(&fixture_) == 0);
  }
  ~Fixture() { raft_fixture_close(&fixture_); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  unsigned size() const { return static_cast<unsigned>(machines_.size()); }
  struct raft_fixture* raw() {
    return &fixture_;
  }
  const DocumentState& state(unsigned i) const { return machines_[i]->state(); }

  /// Proposes at the leader an edit of the version that machine `seen` has.
  bool edit(unsigned seen, const std::string& line) {
    const auto leader = raft_fixture_leader_index(&fixture_);
    if (leader >= size()) return false;
    DocumentEntry entry;
    entry.proposal = ++proposals_;
    auto& edit = entry.edit.emplace();
    edit.base = state(seen).version();
    edit.splice = splice_of(state(seen).text(), state(seen).text() + line + "\n");
    const auto buffer = raft_buffer_of(encode(entry));
    auto* request = new ApplyRequest{};
    const auto done = [](struct raft_apply* own, int, void*) { delete own; };
    auto* raft = raft_fixture_get(&fixture_, leader);
    if (raft_apply(raft, request, &buffer, 1, done) == 0) return true;
    raft_free(buffer.base);
    delete request;
    return false;
  }
  bool agree() {
    for (unsigned i = 1; i < size(); ++i)
      if (!(state(i) == state(0))) return false;
    return true;
  }
  bool settle() {
    for (int i = 0; i < 200 && !(agree() && raft_fixture_leader_index(&fixture_) < size()); ++i)
      raft_fixture_step_until_elapsed(&fixture_, 100);
    raft_fixture_step_until_elapsed(&fixture_, 1'000);
    return agree();
  }

  std::size_t stale = 0;

private:
  struct raft_fixture fixture_ {};
  std::vector<std::unique_ptr<RaftMachine>> machines_;
  std::map<std::uint64_t, EntryOutcome> applied_;
  std::uint64_t proposals_ = 0;
};

} // namespace

TEST_CASE(
  "the library applies the same entries in the same order on all", "[document log][library]") {
  Fixture three{3};
  REQUIRE(raft_fixture_step_until_has_leader(three.raw(), 10'000));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(three.edit(static_cast<unsigned>(i) % 3, std::to_string(i)));
    if (i % 3 == 0) raft_fixture_step_until_elapsed(three.raw(), 50);
  }
  REQUIRE(three.settle());
  CHECK(three.state(0).version() > 20);
  // Two edits of one version: one of them counted.
  CHECK(three.stale > 0);
}

TEST_CASE("a stale edit is stale on every server", "[document log][library]") {
  Fixture three{3};
  REQUIRE(raft_fixture_step_until_has_leader(three.raw(), 10'000));
  const auto leader = raft_fixture_leader_index(three.raw());
  REQUIRE(three.edit(leader, "one"));
  REQUIRE(three.edit(leader, "other"));
  REQUIRE(three.settle());
  CHECK(three.stale == 3);
  CHECK(three.state(2).text() == "one\n");
  CHECK(three.state(2).since(0).size() == 1);
}

TEST_CASE(
  "through crashes, partitions and lost messages the library keeps one order",
  "[document log][library]") {
  std::uint64_t versions = 0;
  for (unsigned seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    Fixture five{5};
    std::vector<bool> is_down(5, false);
    for (int turn = 0; turn < 150; ++turn) {
      const auto one = static_cast<unsigned>(random() % 5);
      const auto other = static_cast<unsigned>((one + 1 + random() % 4) % 5);
      switch (random() % 12) {
      case 0:
        if (!is_down[one] && !is_down[other] && !is_down[(other + 1) % 5]) {
          raft_fixture_kill(five.raw(), one);
          is_down[one] = true;
        }
        break;
      case 1:
      case 2:
        if (is_down[one]) raft_fixture_revive(five.raw(), one);
        is_down[one] = false;
        break;
      case 3: raft_fixture_saturate(five.raw(), one, other); break; // one way
      case 4:
        raft_fixture_saturate(five.raw(), one, other);
        raft_fixture_saturate(five.raw(), other, one);
        break;
      case 5:
      case 6:
        raft_fixture_desaturate(five.raw(), one, other);
        raft_fixture_desaturate(five.raw(), other, one);
        break;
      default: five.edit(one, std::to_string(turn));
      }
      raft_fixture_step_until_elapsed(five.raw(), 100 + static_cast<unsigned>(random() % 200));
    }
    for (unsigned i = 0; i < 5; ++i) {
      if (is_down[i]) raft_fixture_revive(five.raw(), i);
      for (unsigned j = 0; j < 5; ++j)
        if (i != j) raft_fixture_desaturate(five.raw(), i, j);
    }
    REQUIRE(five.settle());
    versions += five.state(0).version();
  }
  CHECK(versions > 500);
}

} // namespace gateway
