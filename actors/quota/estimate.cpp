#include "actors/quota/estimate.hpp"

#include <algorithm>
#include <cmath>

namespace gateway {
namespace {

// Before anything is learned (cluster-quota.md, section 9): the bound for text, and what common
// tokenizers give for English.
constexpr double bytes_per_token_least = 2.5;
constexpr double bytes_per_token_common = 4.0;
// The largest figure among the common vendors: Anthropic bills up to about 1 600 an image.
constexpr double image_tokens_unlearned = 1'600.0;
constexpr double output_expected_unlearned = 256.0; // a guess that the first answers replace
// Roles and separators around a message, names and braces around a tool, as bytes of text.
constexpr std::int64_t message_bytes = 16;
constexpr std::int64_t tool_bytes = 48;

constexpr std::uint64_t samples_least = 20;  // a 99th percentile of fewer says nothing
constexpr std::int64_t learnable_bytes = 64; // below, the frame outweighs the text
constexpr double upper = 0.99;
constexpr double head_room = 1.01;
constexpr double most = 1e15; // far above any limit, far below an overflow

double framed_bytes(const RequestSize& size) noexcept {
  const auto bytes = [](std::int64_t count, std::int64_t each) {
    return static_cast<double>(std::max<std::int64_t>(count, 0)) * static_cast<double>(each);
  };
  return bytes(size.text_bytes, 1) + bytes(size.messages, message_bytes)
    + bytes(size.tools, tool_bytes);
}

std::int64_t whole(double tokens) noexcept {
  return static_cast<std::int64_t>(std::ceil(std::clamp(tokens, 0.0, most)));
}

} // namespace

TokenEstimate
TokenEstimator::estimate(const RequestSize& size, bool reserve_p99, std::int64_t max_output) const {
  const auto kilobytes = framed_bytes(size) / 1'024.0;
  const auto images = static_cast<double>(std::max<std::int64_t>(size.images, 0));
  const bool text_learned = tokens_per_kilobyte_.samples() >= samples_least;
  const bool image_learned = tokens_per_image_.samples() >= samples_least;
  const bool output_learned = output_.samples() >= samples_least;

  const auto text_most = text_learned ? tokens_per_kilobyte_.quantile(upper) * head_room
                                      : 1'024.0 / bytes_per_token_least;
  const auto text_mean =
    text_learned ? tokens_per_kilobyte_.mean() : 1'024.0 / bytes_per_token_common;
  const auto image_most =
    image_learned ? tokens_per_image_.quantile(upper) * head_room : image_tokens_unlearned;
  const auto image_mean = image_learned ? tokens_per_image_.mean() : image_tokens_unlearned;

  // One choice: what the client allows, else what the model was seen to say.
  const auto learned_most =
    output_learned ? output_.quantile(upper) * head_room : static_cast<double>(output_unlearned);
  auto output_most = learned_most;
  if (size.max_tokens) {
    const auto allowed = static_cast<double>(std::max<std::int64_t>(*size.max_tokens, 0));
    output_most = reserve_p99 && output_learned ? std::min(allowed, learned_most) : allowed;
  }
  if (max_output > 0) output_most = std::min(output_most, static_cast<double>(max_output));
  const auto output_mean =
    std::min(output_most, output_learned ? output_.mean() : output_expected_unlearned);
  const auto choices = static_cast<double>(std::max<std::int64_t>(size.choices, 1));

  return {
    whole(kilobytes * text_most + images * image_most),
    whole(output_most * choices),
    whole(kilobytes * text_mean + images * image_mean),
    whole(output_mean * choices),
  };
}

void TokenEstimator::learn(const RequestSize& size, std::int64_t input, std::int64_t output) {
  if (input > 0 && size.text_bytes >= learnable_bytes && size.images == 0)
    tokens_per_kilobyte_.add(static_cast<double>(input) * 1'024.0 / framed_bytes(size));
  if (input > 0 && size.images > 0) {
    // What the text cannot explain is the images'.
    const auto text_mean = tokens_per_kilobyte_.samples() >= samples_least
      ? tokens_per_kilobyte_.mean()
      : 1'024.0 / bytes_per_token_common;
    const auto rest = static_cast<double>(input) - text_mean * framed_bytes(size) / 1'024.0;
    tokens_per_image_.add(std::max(rest, 1.0) / static_cast<double>(size.images));
  }
  if (output > 0)
    output_.add(
      static_cast<double>(output) / static_cast<double>(std::max<std::int64_t>(size.choices, 1)));
}

} // namespace gateway
