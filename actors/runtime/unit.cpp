#include "actors/runtime/unit.hpp"

#include "net/base/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/logger.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>

#include <future>

namespace gateway {
namespace {

thread_local Unit* current_unit = nullptr;

// An actor handle without a mailbox: what is sent to it goes straight to the coroutine that asked.
class Port final : public caf::monitorable_actor {
public:
  Port(caf::actor_config& config, Unit& unit) : monitorable_actor(config), unit_(unit) {}

  const char* name() const override { return "port"; }

  void enqueue(caf::mailbox_element_ptr reply, caf::execution_unit*) override {
    if (current_unit == &unit_) return unit_.answer(std::move(reply));
    unit_.thread().post(
      [unit = &unit_, reply = std::move(reply)]() mutable { unit->answer(std::move(reply)); });
  }

private:
  Unit& unit_;
};

// How many messages one actor may handle before others have their turn.
constexpr std::size_t throughput_max = 50;
constexpr std::uint64_t slot_bits = 24;
constexpr std::size_t slots_max = (std::size_t{1} << slot_bits) - 2;
constexpr std::uint64_t request_id_mask = 0x0FFFFFFFFFFFFFFF;

} // namespace

Unit::Unit(IoThread& thread) : thread_(thread) {}

Unit::~Unit() = default;

Unit* Unit::current() noexcept {
  return current_unit;
}

void Unit::attach(caf::actor_system& system) {
  system_ = &system;
  caf::actor_config config{this};
  port_ = caf::make_actor<Port, caf::strong_actor_ptr>(
    system.next_actor_id(), system.node(), &system, config, *this);
}

void Unit::run() {
  current_unit = this;
  auto& loop = thread_.loop();
  while (!loop.takes_stop()) {
    end_turn();
    loop.run_once();
  }
  end_turn();
  current_unit = nullptr;
}

void Unit::stop() {
  thread_.loop().stop();
}

void Unit::wait_until_back() {
  std::promise<void> back;
  thread_.post([&back] {
    // A thread that spawned an actor keeps CAF's logger, whose end the system's destructor awaits.
    caf::logger::set_current_actor_system(nullptr);
    back.set_value();
  });
  back.get_future().wait();
}

void Unit::exec_later(caf::resumable* work) {
  if (current_unit == this)
    run_queue_.push_back(work);
  else
    schedule(work);
}

void Unit::schedule(caf::resumable* work) {
  thread_.post([this, work] { run_actor(work); });
}

void Unit::end_turn() {
  drain();
  while (turn_ != nullptr && turn_->pending()) {
    turn_->flush();
    drain();
  }
}

// First the coroutines, then the actors: a message each of them sends to one actor is then one run
// of that actor, and its answers are the next step.
void Unit::drain() {
  while (!run_queue_.empty() || !ready_.empty()) {
    while (!ready_.empty()) {
      const auto waiting = ready_.front();
      ready_.pop_front();
      waiting.resume();
    }
    for (auto actors = run_queue_.size(); actors > 0; --actors) {
      auto* work = run_queue_.front();
      run_queue_.pop_front();
      run_actor(work);
    }
  }
}

void Unit::run_actor(caf::resumable* work) {
  switch (work->resume(this, throughput_max)) {
  case caf::resumable::resume_later: exec_later(work); break;
  case caf::resumable::done:
  case caf::resumable::awaiting_message: caf::intrusive_ptr_release(work); break;
  case caf::resumable::shutdown_execution_unit: break;
  }
}

std::uint64_t Unit::open_slot(std::coroutine_handle<> waiting, caf::mailbox_element_ptr* reply) {
  if (free_slots_.empty()) {
    // Requests in flight are bounded far below this at the front door.
    if (slots_.size() >= slots_max) broken_promise("more open questions than slots");
    free_slots_.push_back(slots_.size());
    slots_.emplace_back();
  }
  const auto number = free_slots_.back();
  free_slots_.pop_back();
  auto& slot = slots_[number];
  slot.waiting = waiting;
  slot.reply = reply;
  return ((slot.generation << slot_bits) | (number + 1)) & request_id_mask;
}

void Unit::answer(caf::mailbox_element_ptr reply) {
  const auto id = reply->mid.integer_value() & request_id_mask;
  const auto number = (id & ((std::uint64_t{1} << slot_bits) - 1)) - 1;
  if (!reply->mid.is_response() || number >= slots_.size())
    return; // no answer to a question of ours
  auto& slot = slots_[number];
  if (!slot.waiting || (((slot.generation << slot_bits) | (number + 1)) & request_id_mask) != id)
    return; // answered already
  *slot.reply = std::move(reply);
  ready_.push_back(slot.waiting);
  slot.waiting = nullptr;
  ++slot.generation;
  free_slots_.push_back(number);
}

} // namespace gateway
