#include "actors/provider/speed.hpp"

#include <cmath>

namespace gateway {
namespace {

constexpr Nanoseconds measurable = 20ms; // shorter, the network's packets are measured
constexpr double tenths = 10.0;          // the sketch counts from 1 on

std::optional<std::int64_t> quantile_of(const DecayingSketch& sketch, double share, double unit) {
  if (sketch.samples() == 0) return std::nullopt;
  return std::llround(sketch.quantile(share) / unit);
}

} // namespace

void Speed::add(Nanoseconds first_token, std::int64_t output, Nanoseconds streaming) {
  if (first_token > 0ns)
    first_token_us_.add(std::chrono::duration<double, std::micro>(first_token).count());
  if (output > 1 && streaming >= measurable)
    tokens_per_second_.add(
      tenths * static_cast<double>(output) / std::chrono::duration<double>(streaming).count());
}

std::optional<std::int64_t> Speed::first_token_us() const {
  return quantile_of(first_token_us_, 0.5, 1.0);
}

std::optional<std::int64_t> Speed::first_token_us_p95() const {
  return quantile_of(first_token_us_, 0.95, 1.0);
}

std::optional<std::int64_t> Speed::tokens_per_second() const {
  return quantile_of(tokens_per_second_, 0.5, tenths);
}

} // namespace gateway
