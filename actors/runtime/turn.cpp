#include "actors/runtime/turn.hpp"

#include "actors/runtime/tell.hpp"

#include <algorithm>

namespace gateway {
Turn::Turn(Unit& unit, JournalLane& lane, Durability durability, LedgerActor ledger)
    : unit_(unit), lane_(lane), durability_(durability), ledger_(std::move(ledger)) {}

void Turn::settle(const StopActor& stop, CallSettled&& settled) {
  const auto known =
    std::ranges::find_if(batches_, [&](const auto& batch) { return batch.first == stop; });
  auto& batch = known != batches_.end() ? *known : begin_batch(stop);
  batch.second.calls.push_back(std::move(settled));
}

Turn::Batch& Turn::begin_batch(const StopActor& stop) {
  auto& batch = batches_.emplace_back(stop, SettleBatch{});
  batch.second.calls.reserve(settled_last_turn_);
  return batch;
}

Turn::Recording Turn::record(std::string_view trace) {
  const auto& record = lane_.begun();
  traces_.add({record.id, ended(record), record.outcome != Outcome::first_try, trace});
  lane_.add();
  return Recording{*this};
}

void Turn::flush() {
  // About as many as now end in the next turn.
  settled_last_turn_ = 0;
  for (auto& [stop, batch] : batches_) {
    settled_last_turn_ = std::max(settled_last_turn_, batch.calls.size());
    tell(unit_, stop, std::move(batch));
  }
  batches_.clear();
  if (waiting_.empty() && !lane_.has_lines()) return;
  RecordsWritten written;
  const auto outcome = lane_.flush(written.batches);
  written.traces = std::exchange(traces_, {});
  tell(unit_, ledger_, std::move(written));
  // The coroutines own their recordings and stay suspended until they are woken.
  auto waiting = std::exchange(waiting_, {});
  if (!outcome || durability_ == Durability::write) return wake(waiting, outcome);
  lane_.when_durable([this, waiting = std::move(waiting)](const Result<void>& synced) {
    unit_.thread().post([this, waiting, synced] { wake(waiting, synced); });
  });
}

void Turn::wake(const std::vector<Recording*>& waiting, const Result<void>& outcome) {
  for (auto* recording : waiting) {
    recording->outcome_ = outcome;
    unit_.make_ready(recording->waiting_);
  }
}

} // namespace gateway
