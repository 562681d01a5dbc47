#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// No message between nodes is longer than 64 KiB, so that none delays the others: a longer one
/// goes in parts, some at a time.
constexpr std::size_t message_part_bytes_max = 48 * 1024;
constexpr std::size_t message_parts_max = 1'024;

/// Cuts what one peer is to get; one message at a time.
class MessageCutter {
public:
  bool is_busy() const noexcept { return next_ < count_; }
  /// Takes a message when no other is under way. `number` tells its parts from those of others,
  /// of earlier lives too: random.
  void take(std::string message, std::uint64_t number);
  /// The next part, ready to be sent; only while it is busy.
  std::string next();

private:
  std::string message_;
  std::uint64_t number_ = 0;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

/// Joins what one peer sent in parts: lost, doubled and in any order. It remembers two messages, so
/// that what is late of one does not spoil the next.
class MessageJoiner {
public:
  /// The message, once its last missing part came. Errors: invalid_value.
  Result<std::optional<std::string>> take(std::string_view part);

private:
  struct Pieces {
    std::uint64_t number = 0;
    std::size_t missing = 0;
    std::vector<std::string> parts; // none where all came
    std::size_t count = 0;
  };

  Pieces* find(std::uint64_t number, std::size_t count);

  std::vector<Pieces> pieces_; // the newest last
};

} // namespace gateway
