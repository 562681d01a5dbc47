// What runs beside each other in a node: io threads with their lanes, the sync thread, the store
// thread. Meant for ThreadSanitizer above all.
#include "persistence/journal.hpp"
#include "persistence/store_thread.hpp"
#include "tests/persistence/store_support.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;
using testing::TemporaryFolder;

/// Every hundredth write and sync fails; from many threads at once.
class UnreliableFiles : public Files {
public:
  ssize_t write(int descriptor, std::string_view bytes) override {
    const auto call = ++calls_;
    if (call % 97 == 0) return -ENOSPC;
    if (call % 89 == 0) return Files::write(descriptor, bytes.substr(0, bytes.size() / 2));
    return Files::write(descriptor, bytes);
  }
  int sync(int) override { return ++calls_ % 53 == 0 ? -EIO : 0; }
  int sync_folder(const std::string&) override { return 0; }

private:
  std::atomic<std::uint64_t> calls_{0};
};

/// Counted down by other threads, waited for by the test.
class Countdown {
public:
  explicit Countdown(int count) : left_(count) {}
  void done() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return left_ <= 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int left_;
};

} // namespace

TEST_CASE(
  "lanes of several threads lose nothing and write nothing twice", "[persistence][threads]") {
  TemporaryFolder data;
  UnreliableFiles files;
  auto opened = Journal::open(files, {data / "requests", Durability::write, 1ms, 1ms}, at(1));
  REQUIRE(opened);
  auto& journal = **opened;
  constexpr std::uint64_t lanes = 3;
  constexpr std::uint64_t turns = 400;
  std::vector<std::vector<RecordBatch>> written(lanes);
  std::vector<std::thread> threads;
  std::vector<JournalLane*> made;
  for (std::uint64_t i = 0; i < lanes; ++i) made.push_back(&journal.make_lane());
  journal.start();
  for (std::uint64_t i = 0; i < lanes; ++i)
    threads.emplace_back([&, i] {
      for (std::uint64_t turn = 0; turn < turns; ++turn) {
        made[i]->add(sample_record(i * turns + turn, at(1)));
        (void)made[i]->flush(written[i]); // what failed leaves with a later one
      }
      while (made[i]->has_lines())
        if (!made[i]->flush(written[i])) std::this_thread::yield();
    });
  for (auto& thread : threads) thread.join();
  journal.stop();
  std::set<std::string> reported;
  for (const auto& batches : written)
    for (const auto& batch : batches)
      for (const auto& record : batch.records) REQUIRE(reported.insert(record.id).second);
  REQUIRE(reported.size() == lanes * turns);
  const auto ids = testing::ids_in(data.path());
  REQUIRE(std::set<std::string>(ids.begin(), ids.end()) == reported);
  REQUIRE(ids.size() == reported.size());
  REQUIRE(journal.counts().failures > 0);
}

TEST_CASE("who waits for the disk is told by the sync thread", "[persistence][threads]") {
  TemporaryFolder data;
  auto opened =
    Journal::open(real_files(), {data / "requests", Durability::sync, 1'000ms, 1ms}, at(1));
  REQUIRE(opened);
  auto& journal = **opened;
  auto& lane = journal.make_lane();
  journal.start();
  std::vector<RecordBatch> written;
  Countdown told{20};
  std::atomic<int> durable{0};
  for (std::uint64_t i = 0; i < 20; ++i) {
    lane.add(sample_record(i, at(1)));
    REQUIRE(lane.flush(written));
    lane.when_durable([&](Result<void> done) {
      if (done) ++durable;
      told.done();
    });
  }
  told.wait();
  REQUIRE(durable == 20);
}

TEST_CASE("a stopped journal has told everybody", "[persistence][threads]") {
  TemporaryFolder data;
  auto opened =
    Journal::open(real_files(), {data / "requests", Durability::sync, 50ms, 1ms}, at(1));
  REQUIRE(opened);
  auto& lane = (*opened)->make_lane();
  std::vector<RecordBatch> written;
  lane.add(sample_record(1, at(1)));
  REQUIRE(lane.flush(written));
  bool told = false;
  lane.when_durable([&](Result<void> done) { told = static_cast<bool>(done); });
  (*opened)->stop();
  REQUIRE(told);
}

TEST_CASE(
  "the store thread runs its jobs in order, and all before it ends", "[persistence][threads]") {
  std::vector<int> order;
  {
    StoreThread thread;
    for (int i = 0; i < 100; ++i) REQUIRE(thread.run([&order, i] { order.push_back(i); }));
  }
  REQUIRE(order.size() == 100);
  REQUIRE(std::ranges::is_sorted(order));
}

TEST_CASE("the store thread refuses what it has no room for", "[persistence][threads]") {
  std::size_t ran = 0;
  std::size_t taken = 0;
  {
    Countdown running{1};
    Countdown go{1};
    StoreThread thread; // whose jobs know both
    REQUIRE(thread.run([&] {
      running.done();
      go.wait();
    }));
    running.wait();
    while (thread.run([&] { ++ran; })) ++taken;
    go.done();
  }
  REQUIRE(taken == store_jobs_max);
  REQUIRE(ran == store_jobs_max);
}

} // namespace gateway
