#pragma once

#include "actors/runtime/messages.hpp"
#include "actors/runtime/unit.hpp"
#include "net/base/result.hpp"
#include "persistence/journal.hpp"

#include <coroutine>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace gateway {

/// What an io thread's calls give off in the course of a turn of its loop, sent at its end: one
/// write to the journal, one batch to each provider, one to the ledger (architecture.md).
/// Thread: its io thread.
class Turn final : public TurnWork {
public:
  Turn(Unit& unit, JournalLane& lane, Durability durability, LedgerActor ledger);

  void settle(const StopActor& stop, CallSettled settled);

  /// `co_await turn.record(…)`: resumes when the record is written. The answer's last byte leaves
  /// after that. Errors: storage_unavailable.
  class Recording {
  public:
    Recording(Turn& turn, RequestRecord& record, std::string& trace)
        : turn_(turn), record_(record), trace_(trace) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) { turn_.join(*this, waiting); }
    Result<void> await_resume() { return std::move(outcome_); }

  private:
    friend class Turn;
    Turn& turn_;
    RequestRecord& record_;
    std::string& trace_;
    Result<void> outcome_;
    std::coroutine_handle<> waiting_;
  };
  /// Both are moved from, and live until it has resumed.
  Recording record(RequestRecord& record, std::string& trace) { return {*this, record, trace}; }

  // Calls under way on this thread: what may still join a turn.
  void call_began() noexcept { ++calls_; }
  void call_ended() noexcept { --calls_; }

  bool pending() const noexcept override { return !waiting_.empty() || !batches_.empty(); }
  bool nobody_can_join() const noexcept override { return waiting_.size() >= calls_; }
  void flush() override;

private:
  void join(Recording& recording, std::coroutine_handle<> waiting);
  void wake(const std::vector<Recording*>& waiting, const Result<void>& outcome);

  Unit& unit_;
  JournalLane& lane_;
  const Durability durability_;
  LedgerActor ledger_;
  std::vector<Recording*> waiting_;
  std::vector<TraceEntry> traces_;
  std::vector<std::pair<StopActor, SettleBatch>> batches_;
  std::size_t calls_ = 0;
};

} // namespace gateway
