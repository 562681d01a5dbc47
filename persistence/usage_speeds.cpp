#include "persistence/usage_speeds.hpp"

#include <algorithm>

namespace gateway {
namespace {

bool was_answered(const RequestRecord& record) noexcept {
  return !record.provider.empty()
    && (record.outcome == Outcome::first_try || record.outcome == Outcome::failover);
}

} // namespace

void UsageSpeeds::add(const RequestRecord& record) {
  if (was_answered(record)) {
    latency.add(record.latency_us);
    if (record.first_token_us) first_token.add(*record.first_token_us);
  }
  if (record.queued_us > 0) queued.add(record.queued_us);
}

void UsageSpeeds::merge(const UsageSpeeds& other) {
  first_token.merge(other.first_token);
  latency.merge(other.latency);
  queued.merge(other.queued);
}

std::size_t UsageSpeeds::bytes() const noexcept {
  auto sum = sizeof(NamedSpeeds);
  for (const auto* sketch : {&first_token, &latency, &queued})
    sum += sketch->buckets().size() * sizeof(LatencySketch::Bucket);
  return sum;
}

bool has_times(const RequestRecord& record) noexcept {
  return was_answered(record) || record.queued_us > 0;
}

UsageSpeeds& speeds_of(std::vector<NamedSpeeds>& sorted, std::uint32_t name) {
  auto at = std::ranges::lower_bound(sorted, name, {}, &NamedSpeeds::name);
  if (at == sorted.end() || at->name != name) {
    at = sorted.insert(at, NamedSpeeds{});
    at->name = name;
  }
  return *at;
}

} // namespace gateway
