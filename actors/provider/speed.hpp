#pragma once

#include "actors/quota/decaying_sketch.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>

namespace gateway {

/// Measured speed of one model at one provider. Thread: its owner's.
class Speed {
public:
  /// `first_token`: from the write to the first token (a whole answer: to its end), `output`:
  /// tokens of the answer, `streaming`: from the first token to the end.
  void add(Nanoseconds first_token, std::int64_t output, Nanoseconds streaming);

  /// Median; none before the first sample.
  std::optional<std::int64_t> first_token_us() const;
  std::optional<std::int64_t> first_token_us_p95() const;
  std::optional<std::int64_t> tokens_per_second() const;

private:
  DecayingSketch first_token_us_{100.0};
  DecayingSketch tokens_per_second_{100.0};
};

} // namespace gateway
