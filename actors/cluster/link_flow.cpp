#include "actors/cluster/link_flow.hpp"

#include <utility>

namespace gateway {

bool LinkFlow::offer(FrameKind kind, std::string bytes) {
  const bool fits = bytes.size() <= frame_bytes_max;
  if (fits && is_state(kind)) {
    states_[kind] = std::move(bytes);
    return true;
  }
  if (fits && waiting_.size() < waiting_max) {
    waiting_.emplace_back(kind, std::move(bytes));
    return true;
  }
  ++dropped_;
  return false;
}

std::optional<LinkFlow::Frame> LinkFlow::take() {
  if (sent_ - acknowledged_ >= window) return std::nullopt;
  // State first: it is small, there is one of each kind, and who is alive is judged by it.
  if (!states_.empty()) {
    auto state = states_.extract(states_.begin());
    return Frame{state.key(), ++sent_, std::move(state.mapped())};
  }
  if (waiting_.empty()) return std::nullopt;
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  return Frame{next.first, ++sent_, std::move(next.second)};
}

bool LinkFlow::acknowledged(std::uint64_t heard) {
  if (heard > sent_) return false;
  // An older word may come later.
  if (heard > acknowledged_) acknowledged_ = heard;
  return true;
}

bool LinkFlow::heard(std::uint64_t number) {
  if (number != heard_ + 1) return false;
  ++heard_;
  return heard_ - told_ <= window;
}

} // namespace gateway
