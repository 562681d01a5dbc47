#pragma once

#include "actors/quota/decaying_sketch.hpp"

#include <cstdint>
#include <optional>

namespace gateway {

/// What is known of a request before it is sent.
struct RequestSize {
  std::int64_t text_bytes = 0;
  std::int64_t images = 0;
  std::int64_t messages = 0;
  std::int64_t tools = 0;
  std::int64_t choices = 1;
  std::optional<std::int64_t> max_tokens; // of each choice
};

struct TokenEstimate {
  std::int64_t input = 0;          // conservative: what is reserved
  std::int64_t output_reserve = 0; // what is reserved
  std::int64_t input_expected = 0; // the mean: what prices are compared by
  std::int64_t output_expected = 0;
};

/// Learns per model what requests cost in tokens. Thread: its owner's.
class TokenEstimator {
public:
  static constexpr std::int64_t output_unlearned = 1'024;

  /// `reserve_p99`: reserve the learned 99th percentile even where max_tokens is larger.
  /// `max_output`: the model's own bound, 0 if unknown.
  TokenEstimate estimate(const RequestSize& size, bool reserve_p99, std::int64_t max_output) const;

  /// What an answer's usage said; estimated usage must not be passed.
  void learn(const RequestSize& size, std::int64_t input, std::int64_t output);

private:
  DecayingSketch tokens_per_kilobyte_{1'000.0};
  DecayingSketch tokens_per_image_{200.0};
  DecayingSketch output_{1'000.0};
};

} // namespace gateway
