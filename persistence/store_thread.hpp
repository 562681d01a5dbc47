#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace gateway {

constexpr std::size_t store_jobs_max = 1'024;

/// A thread for slow work with the store's files. What writes (snapshots, day files, traces,
/// retention) has one, what only reads others: nobody who looks at a chart waits for a snapshot.
/// Syncs have their own (Journal), so that a snapshot never delays them.
class StoreThread {
public:
  enum class Priority : std::uint8_t {
    usual,
    low // runs in what time the others leave
  };
  explicit StoreThread(std::size_t jobs_max = store_jobs_max, Priority priority = Priority::usual);
  /// Runs what was given before, then ends.
  ~StoreThread();

  /// Runs `job` after those before it. False, and the job is dropped, where `jobs_max` wait.
  bool run(std::function<void()> job);

private:
  void loop();

  const std::size_t jobs_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace gateway
