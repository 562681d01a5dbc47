#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace gateway {

/// What a provider's headers said about one of its limits. Only ever used to tighten.
struct LimitReport {
  enum class Unit : std::uint8_t { requests, tokens, input_tokens, output_tokens };
  enum class Window : std::uint8_t { unknown, second, minute, hour, day, month, other };
  Unit unit = Unit::requests;
  Window window = Window::unknown;
  std::optional<std::int64_t> limit = {};
  std::optional<std::int64_t> remaining = {};
  std::optional<std::chrono::milliseconds> reset = {}; // from now
  std::chrono::seconds length{0};                      // of a window that is none of those
};

} // namespace gateway
