#pragma once

#include "actors/runtime/messages.hpp"

#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace gateway {

/// Walks that wait at one stop for what is there in some milliseconds, instead of being refused.
/// Thread: the stop's.
class WaitingWalks {
public:
  static constexpr std::size_t walks_max = 10'000;

  bool is_full() const noexcept { return walks_.size() >= walks_max; }

  template <class Self>
  caf::result<RouteAnswer> wait(Self* self, AdmitRequest request) {
    auto promise = self->template make_response_promise<RouteAnswer>();
    walks_.push_back({promise, std::move(request)});
    return promise;
  }

  /// Everybody asks again, in the order they came.
  template <class Self>
  void ask_again(Self* self) {
    for (auto& [promise, request] : std::exchange(walks_, {}))
      promise.delegate(StopActor{self}, std::move(request));
  }

private:
  struct Waiting {
    caf::typed_response_promise<RouteAnswer> promise;
    AdmitRequest request;
  };
  std::vector<Waiting> walks_;
};

} // namespace gateway
