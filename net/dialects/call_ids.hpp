#pragma once

#include "net/unified/chat.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace gateway {

/// Gives tool calls the ids that a provider leaves out or gives twice: the same answer gets the
/// same ids each time it is read.
class CallIds {
public:
  /// `answer` is what tells the answer from others: its id or the time it was made.
  void take(Block& call, std::string_view answer, std::int64_t choice);

private:
  std::unordered_set<std::string> given_;
  std::uint64_t calls_ = 0;
};

} // namespace gateway
