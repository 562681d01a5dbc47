#pragma once

#include "actors/runtime/ask.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/turn.hpp"
#include "net/base/co.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace gateway {

/// The right to send one request upstream: the permits of every stop that admitted it. Settles
/// itself exactly once: by `settle`, or, dropped by an exception or a vanished client, as
/// cancelled, with what was known of it by then.
/// Thread: the turn's.
class Ticket {
public:
  Ticket(Turn& turn, std::shared_ptr<const Directory> directory, std::vector<Held> held)
      : turn_(&turn), directory_(std::move(directory)), held_(std::move(held)) {}
  Ticket(Ticket&& other) noexcept
      : turn_(std::exchange(other.turn_, nullptr)), directory_(std::move(other.directory_)),
        held_(std::move(other.held_)), story_(std::move(other.story_)) {}
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    if (turn_ == nullptr) return;
    story_.cancelled = true;
    settle();
  }

  /// What is known of the call so far; `settle` sends it. The first stop is the provider.
  CallSettled& story() noexcept { return story_; }

  /// The provider has counted request and input by `at`: their permits may mature from then on.
  Co<void> counted(Unit& unit, Instant at) {
    for (auto& held : held_) {
      CallCounted fact{held.permits, at};
      auto asked = ask<CallCounted>(unit, directory_->stops[held.stop], std::move(fact));
      auto answer = co_await asked;
      if (answer) held.permits = std::move(answer->permits);
    }
  }

  void settle() {
    // The first stop is the provider: how the attempt went concerns nobody else.
    for (std::size_t i = held_.size(); i-- > 1;) {
      auto settled = story_;
      settled.permits = held_[i].permits;
      turn_->settle(directory_->stops[held_[i].stop], std::move(settled));
    }
    if (!held_.empty()) {
      story_.permits = held_[0].permits;
      turn_->settle(directory_->stops[held_[0].stop], std::move(story_));
    }
    turn_ = nullptr;
  }

private:
  Turn* turn_;
  std::shared_ptr<const Directory> directory_;
  std::vector<Held> held_;
  CallSettled story_;
};

} // namespace gateway
