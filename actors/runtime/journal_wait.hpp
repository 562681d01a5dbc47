#pragma once

#include "actors/runtime/waiting_walks.hpp"

namespace gateway {

/// Walks at one stop whose long windows (days, budgets) only lack a line of the permit journal.
/// Its sync takes some milliseconds, so they wait for it instead of being refused.
/// Thread: the stop's.
class JournalWait {
public:
  /// False where a disk at fault or too many that wait already leave a refusal only.
  bool may_wait() const noexcept { return !disk_failed_ && !walks_.is_full(); }

  template <class Self>
  caf::result<RouteAnswer> wait(Self* self, AdmitRequest request) {
    return walks_.wait(self, std::move(request));
  }

  /// The journal has answered.
  template <class Self>
  void answered(Self* self, bool stands) {
    disk_failed_ = !stands;
    walks_.ask_again(self);
  }

private:
  WaitingWalks walks_;
  bool disk_failed_ = false; // until a later line was synced
};

} // namespace gateway
