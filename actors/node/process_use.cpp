#include "actors/node/process_use.hpp"

#include "persistence/journal.hpp"

#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace gateway {
namespace {

Nanoseconds cpu_time() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// The second number of statm is what is resident, in pages.
std::int64_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

} // namespace

ProcessUse::Measured ProcessUse::look(Instant now) {
  const bool is_first = looked_at_ == Instant{};
  const auto passed = now - looked_at_;
  if (!is_first && passed < 1s) return measured_;
  const auto cpu = cpu_time();
  // The first look is measured from the process's beginning, which is not known here.
  if (!is_first) measured_.cpu_thousandths = (cpu - cpu_) * 1'000 / passed;
  measured_.rss_bytes = resident_bytes();
  looked_at_ = now;
  cpu_ = cpu;
  return measured_;
}

NodeUse node_use(ProcessUse& process, const NodeState& state) {
  const auto measured = process.look(BootClock::now());
  NodeUse use;
  use.cpu_thousandths = measured.cpu_thousandths;
  use.rss_bytes = measured.rss_bytes;
  use.draining = state.draining.load();
  use.storage_ok = state.journal->writable();
  if (!state.in_cluster) return use;
  const auto roles = state.roles.load();
  const auto broker = state.broker.load();
  use.roles = roles ? *roles : LogRoles{};
  if (broker) use.broker = *broker;
  return use;
}

} // namespace gateway
