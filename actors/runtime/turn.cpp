#include "actors/runtime/turn.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_cast.hpp>
#include <caf/mailbox_element.hpp>

#include <algorithm>

namespace gateway {
namespace {

// No sender: what a turn sends is a fact, nobody waits for an answer.
template <class Actor, class Message>
void tell(Unit& unit, const Actor& actor, Message message) {
  auto to = caf::actor_cast<caf::strong_actor_ptr>(actor);
  if (!to) return;
  to->enqueue(caf::make_mailbox_element(nullptr, caf::message_id{}, {}, std::move(message)), &unit);
}

} // namespace

Turn::Turn(Unit& unit, JournalLane& lane, Durability durability, LedgerActor ledger)
    : unit_(unit), lane_(lane), durability_(durability), ledger_(std::move(ledger)) {}

void Turn::settle(const StopActor& stop, CallSettled settled) {
  const auto known =
    std::ranges::find_if(batches_, [&](const auto& batch) { return batch.first == stop; });
  auto& batch = known != batches_.end() ? *known : batches_.emplace_back(stop, SettleBatch{});
  batch.second.calls.push_back(std::move(settled));
}

void Turn::join(Recording& recording, std::coroutine_handle<> waiting) {
  recording.waiting_ = waiting;
  const auto& record = recording.record_;
  const std::chrono::microseconds latency{record.latency_us};
  if (!recording.trace_.empty())
    traces_.push_back(
      {record.id,
       record.started + std::chrono::floor<Milliseconds>(latency),
       record.outcome != Outcome::first_try,
       std::move(recording.trace_)});
  lane_.add(std::move(recording.record_));
  waiting_.push_back(&recording);
}

void Turn::flush() {
  for (auto& [stop, batch] : std::exchange(batches_, {})) tell(unit_, stop, std::move(batch));
  if (waiting_.empty() && !lane_.has_lines()) return;
  RecordsWritten written;
  const auto outcome = lane_.flush(written.batches);
  written.traces = std::exchange(traces_, {});
  tell(unit_, ledger_, std::move(written));
  // The coroutines own their recordings and stay suspended until they are woken.
  auto waiting = std::exchange(waiting_, {});
  if (!outcome || durability_ == Durability::write) return wake(waiting, outcome);
  lane_.when_durable([this, waiting = std::move(waiting)](const Result<void>& synced) {
    boost::asio::post(unit_.thread().io(), [this, waiting, synced] { wake(waiting, synced); });
  });
}

void Turn::wake(const std::vector<Recording*>& waiting, const Result<void>& outcome) {
  for (auto* recording : waiting) {
    recording->outcome_ = outcome;
    unit_.make_ready(recording->waiting_);
  }
}

} // namespace gateway
