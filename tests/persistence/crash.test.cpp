// The store's promise under random faults and crashes: what was acknowledged stands once in the
// journal, and once in the totals.
#include "persistence/journal.hpp"
#include "persistence/usage_query.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <random>
#include <set>

namespace gateway {
namespace {

using testing::FaultyFiles;
using testing::FileCall;
using testing::sample_record;
using testing::TemporaryFolder;

/// What all lives of the node together know.
struct Ledger {
  std::string data;
  std::uint64_t records = 0;
  std::set<std::string> added;
  std::set<std::string> acknowledged;
  WallTime now = testing::at(21);
};

/// One life: random turns of lanes, syncs, late batches and snapshots, with faults on the way,
/// until its files stop answering in the middle of something.
class RandomLife {
public:
  RandomLife(Ledger& ledger, Durability durability, std::mt19937& random)
      : ledger_(ledger), durability_(durability), random_(random) {}

  void run() {
    LoadReport report;
    auto loaded = UsageStore::load(files, ledger_.data, ledger_.now, report);
    REQUIRE(loaded);
    UsageStore store = *std::move(loaded);
    auto opened = Journal::open(
      files,
      {ledger_.data + "/requests", durability_, Milliseconds{50}, Milliseconds{1'000}},
      ledger_.now);
    REQUIRE(opened);
    auto& journal = **opened;
    journal.set_first_open_day(store.first_appendable_day());
    lanes_ = {{&journal.make_lane(), {}}, {&journal.make_lane(), {}}};
    const auto death = files.calls + 1 + random_() % 150;
    const auto fault_in = 5 + random_() % 60;
    files.fails = [this, death, fault_in](FileCall, std::uint64_t number) {
      if (number >= death) return std::optional{EIO};
      return random_() % fault_in == 0 ? std::optional{ENOSPC} : std::nullopt;
    };
    while (files.calls < death && ++steps_ < 2'000) step(store, journal);
    files.fails = [](FileCall, std::uint64_t) { return std::optional{EIO}; };
  }

  FaultyFiles files;

private:
  struct Lane {
    JournalLane* lane;
    std::vector<std::string> unacknowledged;
  };

  void step(UsageStore& store, Journal& journal) {
    ledger_.now += Milliseconds{random_() % 90'000};
    boot_ += Nanoseconds{std::chrono::milliseconds{random_() % 700}};
    switch (random_() % 8) {
    case 0: journal.sync_turn(boot_); break;
    case 1: deliver(store); break;
    case 2: take_snapshot(store, journal); break;
    case 3:
      if (random_() % 4 == 0) files.short_write = random_() % 900;
      break;
    default: turn(lanes_[random_() % lanes_.size()]);
    }
  }

  /// An io thread's turn: lines, one flush, and the answers of those that are recorded.
  void turn(Lane& lane) {
    for (auto count = random_() % 3; count > 0; --count) {
      const auto record = sample_record(++ledger_.records, ledger_.now);
      ledger_.added.insert(record.id);
      lane.unacknowledged.push_back(record.id);
      lane.lane->add(RequestRecord{record});
    }
    const bool flushed = static_cast<bool>(lane.lane->flush(batches_));
    auto ids = std::move(lane.unacknowledged);
    lane.unacknowledged.clear();
    if (!flushed) return; // all of them got 503
    if (durability_ == Durability::write) {
      ledger_.acknowledged.insert(ids.begin(), ids.end());
      return;
    }
    lane.lane->when_durable([this, ids = std::move(ids)](Result<void> done) {
      if (done) ledger_.acknowledged.insert(ids.begin(), ids.end());
    });
  }

  /// Batches reach the ledger later, and not in order.
  void deliver(UsageStore& store) {
    std::ranges::shuffle(batches_, random_);
    while (!batches_.empty() && random_() % 5 != 0) {
      store.add(batches_.back());
      batches_.pop_back();
    }
  }

  void take_snapshot(UsageStore& store, Journal& journal) {
    auto snapshot = store.take(ledger_.now);
    journal.set_first_open_day(snapshot.first_appendable_day);
    turn(lanes_[0]); // life goes on while it is written
    if (const auto written = UsageStore::write(files, ledger_.data, std::move(snapshot)))
      store.closed(*written);
  }

  Ledger& ledger_;
  const Durability durability_;
  std::mt19937& random_;
  std::vector<Lane> lanes_;
  std::vector<RecordBatch> batches_;
  Instant boot_{std::chrono::seconds{1}};
  int steps_ = 0;
};

/// How many seeds are tried: more at night, with GATEWAY_SEEDS.
std::uint32_t seeds(std::uint32_t usual) {
  const char* wanted = std::getenv("GATEWAY_SEEDS");
  return wanted != nullptr ? static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 10)) : usual;
}

/// Every acknowledged record stands once; nothing stands twice, and nothing that never was.
std::set<std::string> check_journal(const Ledger& ledger) {
  const auto ids = testing::ids_in(ledger.data);
  const std::set<std::string> once(ids.begin(), ids.end());
  REQUIRE(once.size() == ids.size());
  REQUIRE(std::ranges::includes(once, ledger.acknowledged));
  REQUIRE(std::ranges::includes(ledger.added, once));
  return once;
}

} // namespace

TEST_CASE(
  "after any crash of the process all that was acknowledged counts once", "[persistence][crash]") {
  std::size_t acknowledged = 0;
  for (std::uint32_t seed = 1; seed <= seeds(30); ++seed) {
    std::mt19937 random{seed};
    TemporaryFolder data;
    Ledger ledger;
    ledger.data = data.path();
    CAPTURE(seed);
    for (int life = 0; life < 6; ++life) {
      CAPTURE(life);
      RandomLife{ledger, Durability::write, random}.run();
      // The start after it repairs the files, and counts.
      const auto store = testing::load_store(ledger.data, ledger.now);
      const auto stored = check_journal(ledger);
      const auto expected = static_cast<std::int64_t>(stored.size());
      REQUIRE(store.state().all_time.requests == expected);
      const UsageQuery month{std::chrono::days{30}, {}};
      const auto answer = usage_from_folder(ledger.data, month, ledger.now);
      REQUIRE(answer);
      REQUIRE(answer->total.requests == expected);
    }
    acknowledged += ledger.acknowledged.size();
  }
  REQUIRE(acknowledged > 1'000); // else it proved little
}

TEST_CASE(
  "with --durability sync a loss of power takes nothing acknowledged", "[persistence][crash]") {
  std::size_t acknowledged = 0;
  for (std::uint32_t seed = 1; seed <= seeds(20); ++seed) {
    std::mt19937 random{seed};
    TemporaryFolder data;
    Ledger ledger;
    ledger.data = data.path();
    CAPTURE(seed);
    for (int life = 0; life < 5; ++life) {
      CAPTURE(life);
      RandomLife one{ledger, Durability::sync, random};
      one.run();
      one.files.lose_power();
      testing::load_store(ledger.data, ledger.now);
      check_journal(ledger);
    }
    acknowledged += ledger.acknowledged.size();
  }
  REQUIRE(acknowledged > 500);
}

} // namespace gateway
