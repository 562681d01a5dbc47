#include "actors/quota/calendar.hpp"

namespace gateway {
namespace {

using namespace std::chrono;

sys_seconds local_midnight(const Zone& zone, local_days day) noexcept {
  const auto as_if_utc = sys_seconds{seconds{day.time_since_epoch()}};
  // No zone is further than a day from UTC, and none changes twice in two days.
  const auto before = zone.offset_at(as_if_utc - 24h);
  const auto after = zone.offset_at(as_if_utc + 24h);
  const auto early = as_if_utc - std::max(before, after);
  const auto late = as_if_utc - std::min(before, after);
  if (early + zone.offset_at(early) == as_if_utc) return early;
  if (late + zone.offset_at(late) == as_if_utc) return late;
  return as_if_utc - before; // the midnight is skipped: the moment at which it is
}

/// 1970-01-05 was the first Monday.
constexpr days first_monday{4};

std::int64_t ordinal_of(WindowKind kind, local_days day) noexcept {
  const auto since = day.time_since_epoch();
  switch (kind) {
  case WindowKind::week: return floor<weeks>(since - first_monday).count();
  case WindowKind::month: {
    const year_month_day date{day};
    return std::int64_t{static_cast<int>(date.year())} * 12 + static_cast<unsigned>(date.month())
      - 1;
  }
  default: return since.count();
  }
}

local_days first_day(WindowKind kind, std::int64_t ordinal) noexcept {
  switch (kind) {
  case WindowKind::week: return local_days{first_monday + weeks{ordinal}};
  case WindowKind::month:
    return local_days{
      year{static_cast<int>(ordinal / 12)} / month{static_cast<unsigned>(ordinal % 12 + 1)} / 1};
  default: return local_days{days{ordinal}};
  }
}

} // namespace

Period period_of(const Zone& zone, WindowKind kind, std::int64_t ordinal) noexcept {
  return {
    ordinal,
    local_midnight(zone, first_day(kind, ordinal)),
    local_midnight(zone, first_day(kind, ordinal + 1))};
}

Period period_at(const Zone& zone, WindowKind kind, sys_seconds at) noexcept {
  const auto local = at.time_since_epoch() + zone.offset_at(at);
  auto period = period_of(zone, kind, ordinal_of(kind, local_days{floor<days>(local)}));
  // An hour that is there twice around midnight belongs to the day that its first midnight began.
  if (at >= period.ends) period = period_of(zone, kind, period.ordinal + 1);
  if (at < period.begins) period = period_of(zone, kind, period.ordinal - 1);
  return period;
}

} // namespace gateway
