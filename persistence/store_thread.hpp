#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace gateway {

/// The one thread on which the ledger's slow work runs: snapshots, day files, traces, retention,
/// look-ups. Syncs have their own (Journal), so that a snapshot never delays them.
class StoreThread {
public:
  StoreThread();
  /// Runs what was given before, then ends.
  ~StoreThread();

  /// Runs `job` after those before it. False, and the job is dropped, where store_jobs_max wait.
  bool run(std::function<void()> job);

private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

constexpr std::size_t store_jobs_max = 1'024;

} // namespace gateway
