#pragma once

#include "actors/runtime/messages.hpp"

#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace gateway {

/// Walks at one stop whose long windows (days, budgets) only lack a line of the permit journal.
/// Its sync takes some milliseconds, so they wait for it instead of being refused.
/// Thread: the stop's.
class JournalWait {
public:
  static constexpr std::size_t walks_max = 10'000;

  /// False where a disk at fault or too many that wait already leave a refusal only.
  bool may_wait() const noexcept { return !disk_failed_ && walks_.size() < walks_max; }

  template <class Self>
  caf::result<RouteAnswer> wait(Self* self, AdmitRequest request) {
    auto promise = self->template make_response_promise<RouteAnswer>();
    walks_.push_back({promise, std::move(request)});
    return promise;
  }

  /// The journal has answered: everybody asks again, in the order they came.
  template <class Self>
  void answered(Self* self, bool stands) {
    disk_failed_ = !stands;
    for (auto& [promise, request] : std::exchange(walks_, {}))
      promise.delegate(StopActor{self}, std::move(request));
  }

private:
  struct Waiting {
    caf::typed_response_promise<RouteAnswer> promise;
    AdmitRequest request;
  };
  std::vector<Waiting> walks_;
  bool disk_failed_ = false; // until a later line was synced
};

} // namespace gateway
