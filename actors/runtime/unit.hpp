#pragma once

#include "net/http/io_thread.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/resumable.hpp>

#include <coroutine>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace gateway {

/// What collects in the course of a turn and leaves at its end in one go (see Unit).
class TurnWork {
public:
  virtual ~TurnWork() = default;
  /// Something waits for the end of the turn.
  virtual bool pending() const noexcept = 0;
  /// All that could still join this turn waits already: ending it early costs nobody anything.
  virtual bool nobody_can_join() const noexcept = 0;
  virtual void flush() = 0;
};

/// One io thread as CAF sees it: actors run here wherever a message finds them idle, in a queue
/// that is drained after each handler of the loop (reference/request-path.md, 5.1). No thread is
/// woken for a message from this thread; one from another thread is posted.
/// Thread: all but `schedule`, `stop` and `wait_until_back` is for the thread in `run`.
class Unit final : public caf::execution_unit {
public:
  explicit Unit(IoThread& thread);
  ~Unit() override;

  /// Must be called once the actor system exists and before `run`.
  void attach(caf::actor_system& system);
  void set_turn(TurnWork* turn) noexcept { turn_ = turn; }

  /// The thread's loop; returns after `stop`, when the last turn has ended.
  void run();
  void stop();

  /// Returns when the thread has finished what it is at now. From another thread, while it runs.
  void wait_until_back();

  void exec_later(caf::resumable* work) override;
  void schedule(caf::resumable* work);

  /// The unit whose loop runs on this thread, null elsewhere.
  static Unit* current() noexcept;

  /// Resumes `waiting` in the next drain; never inside the handler that calls this.
  void make_ready(std::coroutine_handle<> waiting) { ready_.push_back(waiting); }

  IoThread& thread() noexcept { return thread_; }

  // What `ask` needs: a slot per open question, and the port that answers arrive at.
  std::uint64_t open_slot(std::coroutine_handle<> waiting, caf::mailbox_element_ptr* reply);
  const caf::strong_actor_ptr& port() const noexcept { return port_; }
  void answer(caf::mailbox_element_ptr reply);
  /// Lets go of the port; to be called before the actor system is destroyed.
  void detach() noexcept { port_.reset(); }

private:
  struct Slot {
    std::uint64_t generation = 1;
    std::coroutine_handle<> waiting;
    caf::mailbox_element_ptr* reply = nullptr;
  };

  void drain();
  void run_actor(caf::resumable* work);

  IoThread& thread_;
  TurnWork* turn_ = nullptr;
  caf::strong_actor_ptr port_;
  std::deque<caf::resumable*> run_queue_;
  std::deque<std::coroutine_handle<>> ready_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_slots_;
  unsigned handlers_this_turn_ = 0;
};

} // namespace gateway
