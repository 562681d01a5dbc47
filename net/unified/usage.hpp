#pragma once

#include <cstdint>

namespace gateway {

/// Tokens of one call by kind, in OpenAI's counting: input includes what was cached or written to a
/// cache, output includes reasoning. `estimated` where the provider said nothing and we counted.
struct Usage {
  std::int64_t input = 0;
  std::int64_t cached_input = 0;   // ⊆ input
  std::int64_t cache_write = 0;    // ⊆ input
  std::int64_t cache_write_1h = 0; // ⊆ cache_write
  std::int64_t output = 0;
  std::int64_t reasoning = 0; // ⊆ output
  bool known = false;         // false: nothing was said and nothing counted yet
  bool estimated = false;

  friend bool operator==(const Usage&, const Usage&) = default;
};

} // namespace gateway
