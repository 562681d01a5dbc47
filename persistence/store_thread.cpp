#include "persistence/store_thread.hpp"

#include <sys/resource.h>
#include <utility>

namespace gateway {

StoreThread::StoreThread(std::size_t jobs_max, Priority priority)
    : jobs_max_(jobs_max), thread_([this, priority] {
        constexpr int niceness = 10; // a tenth of what a usual thread gets where both want to run
        // 0 is the calling thread. Best effort: without it, it competes like the others.
        if (priority == Priority::low) ::setpriority(PRIO_PROCESS, 0, niceness);
        loop();
      }) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool StoreThread::run(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= jobs_max_) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void StoreThread::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

} // namespace gateway
