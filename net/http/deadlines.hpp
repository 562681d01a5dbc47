#pragma once

#include "net/base/time.hpp"

#include <array>
#include <cstdint>

namespace gateway {

/// A moment by which something must have happened; armed in a Deadlines wheel, disarmed by its
/// destructor. `expire` may cancel an operation or set a flag; it must not destroy anything.
class Deadline {
public:
  using Expire = void (*)(void* owner) noexcept;

  Deadline() = default; // the head of a ring, nothing that expires
  Deadline(Expire expire, void* owner) : expire_(expire), owner_(owner) {}
  ~Deadline() { disarm(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void disarm() noexcept {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

  bool armed() const noexcept { return next_ != nullptr; }

private:
  friend class Deadlines;

  Deadline* previous_ = nullptr;
  Deadline* next_ = nullptr;
  Instant due_{};
  Expire expire_ = nullptr;
  void* owner_ = nullptr;
};

/// A wheel of slots swept by one tick per thread: arming and disarming are a few stores, where a
/// timer per operation cost more than the request (reference/request-path.md, 5.3).
/// Units: a deadline expires at the first sweep after it is due, so up to one tick late.
/// Thread: one io thread.
class Deadlines {
public:
  static constexpr Milliseconds tick{50};

  explicit Deadlines(Instant now = BootClock::now()) : swept_(slot_number(now)) {
    for (auto& head : slots_) head.previous_ = head.next_ = &head;
  }
  ~Deadlines() {
    for (auto& head : slots_) {
      while (head.next_ != &head) head.next_->disarm();
      head.previous_ = head.next_ = nullptr;
    }
  }

  void arm(Deadline& deadline, Instant due) noexcept {
    deadline.disarm();
    deadline.due_ = due;
    link(deadline);
  }

  /// So long from now, and two ticks more at most, without a look at the clock: as the last sweep
  /// was no longer ago than that.
  void arm_after(Deadline& deadline, Nanoseconds time) noexcept {
    arm(deadline, Instant{tick * (swept_ + 2)} + time);
  }

  void sweep(Instant now) noexcept {
    const auto last = slot_number(now);
    // After a long pause every slot is visited once, not every tick that was missed.
    if (last - swept_ > static_cast<std::int64_t>(slots_.size()))
      swept_ = last - static_cast<std::int64_t>(slots_.size());
    while (swept_ < last) visit(head_of(++swept_), now);
  }

private:
  static std::int64_t slot_number(Instant at) noexcept { return at.time_since_epoch() / tick; }

  Deadline& head_of(std::int64_t number) noexcept {
    return slots_[static_cast<std::size_t>(number) % slots_.size()];
  }

  void link(Deadline& deadline) noexcept {
    // One slot later than its own, so that the slot is swept only when the deadline is over.
    auto number = slot_number(deadline.due_) + 1;
    if (number <= swept_) number = swept_ + 1;
    auto& head = head_of(number);
    deadline.previous_ = head.previous_;
    deadline.next_ = &head;
    head.previous_->next_ = &deadline;
    head.previous_ = &deadline;
  }

  void visit(Deadline& head, Instant now) noexcept {
    // The slot is emptied first: an expiry may arm or disarm others of the same slot.
    Deadline ring;
    if (head.next_ == &head) return;
    ring.next_ = head.next_;
    ring.previous_ = head.previous_;
    ring.next_->previous_ = &ring;
    ring.previous_->next_ = &ring;
    head.previous_ = head.next_ = &head;
    while (ring.next_ != &ring) {
      Deadline& deadline = *ring.next_;
      deadline.disarm();
      if (deadline.due_ > now)
        link(deadline); // due in a later turn of the wheel
      else
        deadline.expire_(deadline.owner_);
    }
    ring.previous_ = ring.next_ = nullptr;
  }

  std::array<Deadline, 2048> slots_; // 102 s a turn
  std::int64_t swept_;
};

} // namespace gateway
