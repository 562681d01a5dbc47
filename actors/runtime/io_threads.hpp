#pragma once

#include "actors/runtime/unit.hpp"
#include "net/http/io_thread.hpp"

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace gateway {

/// The node's io threads: a loop each, on which sockets and actors run.
class IoThreads {
public:
  explicit IoThreads(std::size_t count);
  ~IoThreads();

  std::vector<Unit*> units();
  std::size_t size() const noexcept { return lanes_.size(); }
  Unit& unit(std::size_t number) { return *lanes_[number]->unit; }
  IoThread& thread(std::size_t number) { return *lanes_[number]->io; }

  /// Starts the loops; the units must be attached to an actor system, or will be while they run.
  void start();
  /// Ends the loops and joins.
  void stop();

  /// Runs `work` on that thread and waits for it. Not from an io thread.
  void run_on(std::size_t number, const std::function<void()>& work);
  void run_on_all(const std::function<void(std::size_t number)>& work);

private:
  struct Lane {
    std::unique_ptr<IoThread> io;
    std::unique_ptr<Unit> unit;
    std::thread thread;
  };
  std::vector<std::unique_ptr<Lane>> lanes_;
};

} // namespace gateway
