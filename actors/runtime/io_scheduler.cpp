#include "actors/runtime/io_scheduler.hpp"

#include <caf/actor_system.hpp>

namespace gateway {

IoScheduler::IoScheduler(caf::actor_system& system, std::span<Unit* const> units)
    : abstract_coordinator(system), units_(units.begin(), units.end()) {}

void IoScheduler::enqueue(caf::resumable* work) {
  if (auto* here = Unit::current()) return here->exec_later(work);
  units_[next_.fetch_add(1, std::memory_order_relaxed) % units_.size()]->schedule(work);
}

void IoScheduler::start() {
  for (auto* unit : units_) unit->attach(system());
  timer_ = std::thread([this] {
    system().thread_started();
    clock_.run_dispatch_loop();
    system().thread_terminates();
  });
  abstract_coordinator::start();
}

void IoScheduler::stop() {
  stop_actors();
  // An actor counts as ended a moment before its thread has left it. CAF's own workers are joined
  // here; ours live on, so each is waited for until it has come back from what it was at.
  for (auto* unit : units_) unit->wait_until_back();
  clock_.cancel_dispatch_loop();
  timer_.join();
}

void schedule_on(caf::actor_system_config& config, std::vector<Unit*> units) {
  config.module_factories.push_back(
    [units = std::move(units)](caf::actor_system& system) -> caf::actor_system::module* {
      return new IoScheduler(system, units);
    });
}

} // namespace gateway
