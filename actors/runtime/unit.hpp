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
  /// Several are on their way through this thread: it is worth looking who else can join the turn.
  virtual bool has_company() const noexcept = 0;
  virtual void flush() = 0;
};

/// One io thread as CAF sees it: actors run here wherever a message finds them idle, in a queue
/// that is drained in each turn of the loop (reference/request-path.md, 5.1). No thread is woken
/// for a message from this thread; one from another thread is posted.
/// A turn takes all that one pass of the loop has found, then goes on in step: what was begun for
/// many calls is done part by part, each part for all of them, so that all but the first find its
/// code in the processor's cache. One call after the other, a path this long finds nothing there.
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

  /// `co_await unit.step()`: goes on when the others of this turn have come as far.
  class Step {
  public:
    explicit Step(Unit& unit) noexcept : unit_(unit) {}
    bool await_ready() const noexcept { return !unit_.has_company(); }
    void await_suspend(std::coroutine_handle<> waiting) { unit_.make_ready(waiting); }
    void await_resume() const noexcept {}

  private:
    Unit& unit_;
  };
  Step step() noexcept { return Step{*this}; }

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

  bool has_company() const noexcept { return turn_ != nullptr && turn_->has_company(); }
  void end_turn();
  void drain();
  void run_actor(caf::resumable* work);

  IoThread& thread_;
  TurnWork* turn_ = nullptr;
  caf::strong_actor_ptr port_;
  std::deque<caf::resumable*> run_queue_;
  std::deque<std::coroutine_handle<>> ready_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_slots_;
};

} // namespace gateway
