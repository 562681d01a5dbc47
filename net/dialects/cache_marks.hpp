#pragma once

#include "net/unified/chat.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace gateway {

/// Which of a request's cache breakpoints are sent: APIs take so many, and the last ones are worth
/// most. They are asked about in the order in which the API reads: tools, then messages.
class CacheMarks {
public:
  static constexpr std::int64_t marks_max = 4;

  explicit CacheMarks(const ChatRequest& request) {
    const auto is_marked = [](const auto& one) { return !one.cache_ttl.empty(); };
    auto marks = std::ranges::count_if(request.tools, is_marked);
    for (const auto& message : request.messages)
      marks += std::ranges::count_if(message.blocks, is_marked);
    skip_ = std::max<std::int64_t>(0, marks - marks_max);
  }

  /// Whether a breakpoint is to be sent behind a block whose `cache_ttl` this is.
  bool take(std::string_view ttl) noexcept { return !ttl.empty() && skip_-- <= 0; }

private:
  std::int64_t skip_ = 0;
};

} // namespace gateway
