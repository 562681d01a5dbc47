#include "actors/quota/limit_watch.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr Nanoseconds twice_within = 5s;
constexpr std::int64_t share_that_counts = 50; // a 50th: 2 %
constexpr std::int64_t share_set_aside = 100;
constexpr Nanoseconds unnamed_window_most = 1min;

std::optional<QuotaUnit> unit_of(LimitReport::Unit unit) noexcept {
  switch (unit) {
  case LimitReport::Unit::requests: return QuotaUnit::requests;
  case LimitReport::Unit::tokens: return QuotaUnit::tokens;
  case LimitReport::Unit::input_tokens: return QuotaUnit::input_tokens;
  case LimitReport::Unit::output_tokens: return QuotaUnit::output_tokens;
  }
  return std::nullopt;
}

bool is_window(const LimitReport& report, const QuotaSpec& spec) noexcept {
  const bool is_sliding = spec.kind == WindowKind::sliding;
  switch (report.window) {
  case LimitReport::Window::unknown: return false;
  case LimitReport::Window::second: return is_sliding && spec.window == 1s;
  case LimitReport::Window::minute: return is_sliding && spec.window == 1min;
  case LimitReport::Window::hour: return is_sliding && spec.window == 1h;
  case LimitReport::Window::day:
    return spec.kind == WindowKind::day || (is_sliding && spec.window == 24h);
  case LimitReport::Window::month: return spec.kind == WindowKind::month;
  case LimitReport::Window::other: return is_sliding && spec.window == report.length;
  }
  return false;
}

} // namespace

std::optional<std::size_t>
match(const LimitReport& report, std::span<const QuotaSpec* const> quotas) noexcept {
  const auto unit = unit_of(report.unit);
  std::optional<std::size_t> only_short;
  std::size_t shorts = 0;
  std::size_t same_unit = 0;
  std::optional<std::size_t> same_limit;
  std::optional<std::size_t> same_window;
  std::size_t windows = 0;
  for (std::size_t i = 0; i < quotas.size(); ++i) {
    const auto& spec = *quotas[i];
    if (spec.unit != unit) continue;
    ++same_unit;
    const bool has_limit = report.limit && spec.limit == *report.limit;
    if (has_limit && report.window == LimitReport::Window::unknown) same_limit = i;
    // Of two quotas with that window (a provider's and its model's) the one with that limit.
    if (is_window(report, spec) && (++windows == 1 || has_limit)) same_window = i;
    if (!is_calendar(spec) && window_of(spec) <= unnamed_window_most) {
      ++shorts;
      only_short = i;
    }
  }
  if (report.window != LimitReport::Window::unknown) return same_window;
  if (same_limit) return same_limit;
  return shorts == 1 && same_unit == 1 ? only_short : std::nullopt;
}

bool LimitWatch::note_limit(std::int64_t said, std::int64_t configured) noexcept {
  const auto before = limit_in_force(configured);
  said_limit_.reset();
  if (said > 0) said_limit_ = said;
  return limit_in_force(configured) != before;
}

std::int64_t LimitWatch::note_remaining(
  std::int64_t said, std::int64_t idle, std::int64_t limit, Instant now) noexcept {
  const auto gap = idle - std::max<std::int64_t>(said, 0);
  if (gap <= limit / share_that_counts) {
    seen_short_.reset();
    return 0;
  }
  if (said <= 0) return gap;
  // Once may be a matter of when it was said and when it was heard.
  if (seen_short_ && now - *seen_short_ <= twice_within) {
    seen_short_.reset();
    return gap;
  }
  seen_short_ = now;
  return 0;
}

void LimitWatch::note_external(std::int64_t amount, Instant until) {
  if (amount <= 0) return;
  if (external_.size() == external_max) external_.pop_front(); // only shown
  external_.push_back({amount, until});
}

bool LimitWatch::forget(Instant now) noexcept {
  std::erase_if(external_, [now](const External& external) { return external.until <= now; });
  if (!aside_until_ || *aside_until_ > now) return false;
  aside_until_.reset();
  return true;
}

std::int64_t LimitWatch::limit_in_force(std::int64_t configured) const noexcept {
  const auto limit = std::min(configured, said_limit_.value_or(configured));
  return limit - (aside_until_ ? limit / share_set_aside : 0);
}

std::int64_t LimitWatch::external(Instant now) const noexcept {
  std::int64_t sum = 0;
  for (const auto& external : external_)
    if (external.until > now) sum += external.amount;
  return sum;
}

} // namespace gateway
