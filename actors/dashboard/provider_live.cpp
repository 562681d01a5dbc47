#include "actors/dashboard/provider_live.hpp"

#include <chrono>
#include <utility>

namespace gateway {
namespace {

constexpr std::int64_t seconds_kept = 60;
// Ends are worked out from a wait at each look: less than this is the same end.
constexpr Milliseconds same_until{1'000};

std::int64_t second_of(WallTime at) noexcept {
  return at.time_since_epoch() / 1s;
}
std::int64_t minute_of(WallTime at) noexcept {
  return at.time_since_epoch() / 1min;
}

bool is_same(const std::optional<WallTime>& one, const std::optional<WallTime>& other) noexcept {
  if (!one || !other) return one.has_value() == other.has_value();
  return std::chrono::abs(*one - *other) < same_until;
}

// Who was called at neither node was not called; who rested at one only was called with errors.
char merged(char one, char other) noexcept {
  if (one == other || other == 'x') return one;
  if (one == 'x') return other;
  const bool no_good = (one == 'c' || one == 'e') && (other == 'c' || other == 'e');
  return no_good ? 'e' : 'w';
}

} // namespace

ProviderLive::Attempts attempts_of(const ProviderState& state) {
  ProviderLive::Attempts attempts;
  for (const auto& [outcome, count] : state.attempts) {
    const auto ended = static_cast<std::int64_t>(count);
    attempts.ended += ended;
    const bool failed = outcome != "ok" && outcome != "cancelled"
      && outcome != failure_text(FailureKind::bad_request)
      && outcome != failure_text(FailureKind::content_filtered);
    if (failed) attempts.failed += ended;
  }
  return attempts;
}

HealthStrip merged(const HealthStrip& one, const HealthStrip& other) {
  auto both = one;
  const auto later = (one.start - other.start) / 1min;
  for (std::size_t i = 0; i < both.letters.size(); ++i) {
    const auto there = static_cast<std::int64_t>(i) + later;
    if (there >= 0 && there < static_cast<std::int64_t>(other.letters.size()))
      both.letters[i] = merged(both.letters[i], other.letters[static_cast<std::size_t>(there)]);
  }
  return both;
}

std::string_view health_word(HealthState state) noexcept {
  switch (state) {
  case HealthState::ok: return "ok";
  case HealthState::degraded: return "degraded";
  case HealthState::cooldown: return "cooldown";
  case HealthState::half_open: return "half_open";
  case HealthState::down: return "down";
  case HealthState::disabled: return "disabled";
  case HealthState::drained: return "drained";
  }
  return "ok";
}

void ProviderLive::add_past(const PastUsage& past, WallTime now) {
  const auto& counters = past.counters;
  const auto age = now - past.span.start;
  // The store counts requests, not attempts: the nearest there is.
  const Attempts attempts{counters.requests, counters.errors()};
  if (age < usage_hour && past.span.length <= usage_minute)
    minutes_.at(minute_of(past.span.start)).attempts += attempts;
  if (age < usage_minute && past.span.length <= usage_detail)
    seconds_.at(second_of(past.span.start)) += attempts;
  if (day_of(past.span.start) != day_of(now)) return;
  today_ = day_of(now);
  cost_ += counters.cost_n;
  list_cost_ += counters.list_cost_n;
}

void ProviderLive::add(const UsageCounters& counters, WallTime now) {
  if (std::exchange(today_, day_of(now)) != day_of(now)) cost_ = list_cost_ = 0;
  cost_ += counters.cost_n;
  list_cost_ += counters.list_cost_n;
}

ProviderLive::Seen ProviderLive::saw(ProviderState state, WallTime now) {
  state_ = std::move(state);
  const auto before = std::exchange(attempts_, attempts_of(state_));
  // Fewer than before: a provider of that name that was away, and begins again.
  const bool again = attempts_.ended < before.ended;
  const Attempts since{
    attempts_.ended - (again ? 0 : before.ended), attempts_.failed - (again ? 0 : before.failed)};
  seconds_.at(second_of(now)) += since;
  auto& minute = minutes_.at(minute_of(now));
  minute.attempts += since;
  ++minute.looks;
  if (state_.cooling) ++minute.cooling;
  return {judge(now), since};
}

ProviderLive ProviderLive::uncounted() const {
  ProviderLive other;
  other.health_ = health_;
  other.seen_ = seen_;
  return other;
}

bool ProviderLive::judge(WallTime now) {
  ShownHealth health{health_word(state_.health), now, {}, {}};
  if (!state_.disabled_reason.empty())
    health.reason = state_.disabled_reason;
  else if (!state_.drained_by.empty())
    health.reason = "drained by " + state_.drained_by;
  else if (state_.reason)
    health.reason = failure_text(*state_.reason);
  if (state_.cooling && state_.drained_by.empty()) health.until = now + *state_.cooling;
  const bool was_seen = std::exchange(seen_, true);
  if (was_seen && health.state == health_.state) {
    health.since = health_.since;
    if (health.reason == health_.reason && is_same(health.until, health_.until)) return false;
  }
  health_ = std::move(health);
  return was_seen;
}

std::int64_t ProviderLive::in_flight() const noexcept {
  std::int64_t sum = 0;
  for (const auto& model : state_.models) sum += model.in_flight;
  return sum;
}

const ModelState* ProviderLive::busiest_model() const noexcept {
  const ModelState* best = nullptr;
  for (const auto& model : state_.models)
    if (model.first_token_us && (best == nullptr || model.in_flight > best->in_flight))
      best = &model;
  return best;
}

ProviderLive::Attempts ProviderLive::last_minute(WallTime now) const noexcept {
  Attempts sum;
  const auto last = second_of(now);
  for (auto second = last; second > last - seconds_kept; --second)
    if (const auto* cell = seconds_.find(second)) sum += *cell;
  return sum;
}

char ProviderLive::letter_of(const Minute* minute) noexcept {
  if (minute == nullptr) return 'x';
  if (minute->cooling > 0 && 2 * minute->cooling >= minute->looks) return 'c';
  const auto& attempts = minute->attempts;
  if (attempts.ended == 0) return minute->cooling > 0 ? 'c' : 'x';
  if (attempts.failed == 0) return 'o';
  return 2 * attempts.failed > attempts.ended ? 'e' : 'w';
}

HealthStrip ProviderLive::strip(WallTime now) const {
  const auto last = minute_of(now);
  HealthStrip strip{WallTime{1min * (last - HealthStrip::minutes + 1)}, {}};
  for (auto minute = last - HealthStrip::minutes + 1; minute <= last; ++minute)
    strip.letters += letter_of(minutes_.find(minute));
  return strip;
}

std::int64_t ProviderLive::cost_today(WallTime now) const noexcept {
  return today_ == day_of(now) ? cost_ : 0;
}

std::int64_t ProviderLive::list_cost_today(WallTime now) const noexcept {
  return today_ == day_of(now) ? list_cost_ : 0;
}

} // namespace gateway
