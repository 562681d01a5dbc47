#pragma once

#include "net/base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace gateway {

/// Every message between nodes, as its sender made it: what the network makes of it is not counted.
class SimTraffic {
public:
  struct Message {
    Nanoseconds at{0};
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    bool is_to_broker = false; // whom its sender reports to
  };
  using Which = std::function<bool(const Message&)>;

  void note(const Message& message) { messages_.push_back(message); }
  const std::vector<Message>& messages() const { return messages_; }

  /// The most of any ordered pair of nodes within any interval of `within`, a second.
  double most(Nanoseconds from, Nanoseconds within, const Which& which) const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Nanoseconds>> pairs;
    for (const auto& message : messages_)
      if (message.at >= from && which(message))
        pairs[{message.from, message.to}].push_back(message.at);
    std::size_t most = 0;
    for (const auto& [pair, times] : pairs) {
      std::size_t oldest = 0;
      for (std::size_t i = 0; i < times.size(); ++i) {
        while (times[oldest] <= times[i] - within) ++oldest;
        most = std::max(most, i + 1 - oldest);
      }
    }
    return static_cast<double>(most) / std::chrono::duration<double>(within).count();
  }
  /// How many there were in all.
  std::size_t count(Nanoseconds from, const Which& which) const {
    return static_cast<std::size_t>(std::ranges::count_if(
      messages_, [&](const Message& message) { return message.at >= from && which(message); }));
  }

private:
  std::vector<Message> messages_;
};

} // namespace gateway
