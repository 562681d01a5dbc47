#pragma once

#include "actors/runtime/messages.hpp"
#include "actors/runtime/unit.hpp"
#include "net/base/result.hpp"
#include "persistence/journal.hpp"

#include <coroutine>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// What an io thread's calls give off in the course of a turn of its loop, sent at its end: one
/// write to the journal, one batch to each provider, one to the ledger (architecture.md).
/// Thread: its io thread.
class Turn final : public TurnWork {
public:
  Turn(Unit& unit, JournalLane& lane, Durability durability, LedgerActor ledger);

  void settle(const StopActor& stop, CallSettled&& settled);

  /// `co_await turn.record(…)`: resumes when the record is written. The answer's last byte leaves
  /// after that. Errors: storage_unavailable.
  class Recording {
  public:
    /// Of what was recorded before: nothing to wait for.
    Recording() = default;
    explicit Recording(Turn& turn) : turn_(&turn) {}
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    bool await_ready() const noexcept { return turn_ == nullptr; }
    void await_suspend(std::coroutine_handle<> waiting) {
      waiting_ = waiting;
      turn_->waiting_.push_back(this);
    }
    Result<void> await_resume() { return std::move(outcome_); }

  private:
    friend class Turn;
    Turn* turn_ = nullptr;
    Result<void> outcome_;
    std::coroutine_handle<> waiting_;
  };
  /// The record of a call that is over, to be filled in at once and then `record`ed.
  RequestRecord& begin_record() { return lane_.begin(); }
  Recording record(std::string_view trace);

  // Calls on their way through this thread, but those that stream already: what may join a turn.
  void call_came() noexcept { ++calls_; }
  void call_left() noexcept { --calls_; }

  bool pending() const noexcept override { return !waiting_.empty() || !batches_.empty(); }
  bool has_company() const noexcept override { return calls_ > 1; }
  void flush() override;

private:
  using Batch = std::pair<StopActor, SettleBatch>;

  Batch& begin_batch(const StopActor& stop);
  void wake(const std::vector<Recording*>& waiting, const Result<void>& outcome);

  Unit& unit_;
  JournalLane& lane_;
  const Durability durability_;
  LedgerActor ledger_;
  std::vector<Recording*> waiting_;
  TraceLines traces_;
  std::vector<Batch> batches_;
  std::size_t settled_last_turn_ = 0; // with one stop
  std::size_t calls_ = 0;
};

} // namespace gateway
