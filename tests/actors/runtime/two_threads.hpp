#pragma once

#include "actors/runtime/io_scheduler.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/unit.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <future>
#include <memory>
#include <thread>

namespace gateway {

/// A real actor system on two io threads, as a node has it.
class TwoThreads {
public:
  TwoThreads() {
    config_.add_message_types<caf::id_block::gateway>();
    schedule_on(config_, {&units_[0], &units_[1]});
    for (int i = 0; i < 2; ++i) threads_[i] = std::thread([this, i] { units_[i].run(); });
    system_ = std::make_unique<caf::actor_system>(config_);
  }
  ~TwoThreads() {
    for (int i = 0; i < 2; ++i) on(i, [this, i] { units_[i].detach(); });
    system_.reset();
    for (auto& unit : units_) unit.stop();
    for (auto& thread : threads_) thread.join();
  }

  template <class Work>
  void on(int thread, Work work) {
    std::promise<void> done;
    io_[thread].post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  Unit& unit(int i) { return units_[i]; }
  IoThread& io(int i) { return io_[i]; }
  caf::actor_system& system() { return *system_; }

private:
  IoThread io_[2]{IoThread{0}, IoThread{1}};
  Unit units_[2]{Unit{io_[0]}, Unit{io_[1]}};
  std::thread threads_[2];
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
};

} // namespace gateway
