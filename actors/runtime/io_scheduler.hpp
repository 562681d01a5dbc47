#pragma once

#include "actors/runtime/unit.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <atomic>
#include <span>
#include <thread>
#include <vector>

namespace gateway {

/// Runs CAF's actors on the io threads instead of threads of CAF's own (reference/caf.md,
/// section 4): a message between two of them costs a quarter, and no thread is woken for it.
class IoScheduler final : public caf::scheduler::abstract_coordinator {
public:
  IoScheduler(caf::actor_system& system, std::span<Unit* const> units);

  void enqueue(caf::resumable* work) override;
  caf::actor_clock& clock() noexcept override { return clock_; }
  bool detaches_utility_actors() const override { return true; }
  void start() override;
  void stop() override;

private:
  std::vector<Unit*> units_;
  std::atomic<std::size_t> next_{0};
  caf::detail::thread_safe_actor_clock clock_;
  std::thread timer_;
};

/// Makes `config` build its system on these units, which must outlive the system and run while it
/// is destroyed.
void schedule_on(caf::actor_system_config& config, std::vector<Unit*> units);

} // namespace gateway
