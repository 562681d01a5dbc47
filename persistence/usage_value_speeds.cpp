#include "persistence/usage_value_speeds.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

struct Coarsening {
  Milliseconds from, to;
};
constexpr std::array coarsenings{
  Coarsening{usage_minute, usage_hour},
  Coarsening{usage_hour, usage_quarter},
  Coarsening{usage_quarter, usage_day_length}};

} // namespace

ValueSpeedsSlice ValueSpeedsSlice::renamed(const Renaming& renaming) const {
  ValueSpeedsSlice renamed;
  for (const auto group : value_speed_groups)
    for (const auto& speeds : of(group))
      speeds_of(renamed.of(group), renaming(speeds.name, group)).merge(speeds);
  return renamed;
}

std::size_t ValueSpeedsSlice::bytes() const noexcept {
  std::size_t sum = 0;
  for (const auto& group : groups)
    for (const auto& speeds : group) sum += speeds.bytes();
  return sum;
}

UsageValueSpeeds::UsageValueSpeeds(const UsageValueSpeeds& other)
    : slices_(other.slices_), bytes_(other.bytes_), relieve_at_(other.relieve_at_) {
  for (const auto& entry : slices_) entry.is_shared = true;
  for (const auto& entry : other.slices_) entry.is_shared = true;
}

UsageValueSpeeds& UsageValueSpeeds::operator=(const UsageValueSpeeds& other) {
  if (this != &other) *this = UsageValueSpeeds(other);
  return *this;
}

void UsageValueSpeeds::add(const RequestRecord& record, WallTime at, const Names& names) {
  auto& slice = writable(entry_of(at));
  for (std::size_t i = 0; i < names.size(); ++i)
    change(
      slice, value_speed_groups[i], names[i], [&](UsageSpeeds& speeds) { speeds.add(record); });
  if (bytes_ > relieve_at_) relieve();
}

void UsageValueSpeeds::add(
  const UsageSpan& span, SpeedGroup group, std::uint32_t name, const UsageSpeeds& speeds) {
  change(writable(entry_of(span)), group, name, [&](UsageSpeeds& sum) { sum.merge(speeds); });
}

template <class Write>
void UsageValueSpeeds::change(
  ValueSpeedsSlice& slice, SpeedGroup group, std::uint32_t name, Write write) {
  auto& speeds = speeds_of(slice.of(group), name);
  const auto before = speeds.empty() ? 0 : speeds.bytes();
  write(speeds);
  bytes_ += speeds.bytes() - before;
}

/// The one in which the moment lies, however long that is; else its minute.
UsageValueSpeeds::Entry& UsageValueSpeeds::entry_of(WallTime at) {
  const auto behind =
    std::ranges::upper_bound(slices_, at, {}, [](const Entry& entry) { return entry.span.start; });
  if (behind != slices_.begin() && std::prev(behind)->span.end() > at) return *std::prev(behind);
  return entry_of(span_of(at, usage_minute));
}

UsageValueSpeeds::Entry& UsageValueSpeeds::entry_of(const UsageSpan& span) {
  auto at = std::ranges::lower_bound(slices_, span, {}, &Entry::span);
  if (at == slices_.end() || at->span != span) {
    Entry made;
    made.span = span;
    made.slice = std::make_shared<ValueSpeedsSlice>();
    at = slices_.insert(at, std::move(made));
  }
  return *at;
}

ValueSpeedsSlice& UsageValueSpeeds::writable(Entry& entry) {
  if (std::exchange(entry.is_shared, false))
    entry.slice = std::make_shared<ValueSpeedsSlice>(*entry.slice);
  entry.is_untold = true;
  return *entry.slice;
}

/// All that is shorter in the spans of that length that begin before `limit`, whole spans: so no
/// minute stands beside its hour.
void UsageValueSpeeds::coarsen(WallTime limit, Milliseconds to) {
  const auto is_old = [&](const Entry& entry) {
    return entry.span.length < to && span_of(entry.span.start, to).start < limit;
  };
  for (const auto& entry : take_out(slices_, is_old)) {
    bytes_ -= entry.slice->bytes();
    const auto span = span_of(entry.span.start, to);
    for (const auto group : value_speed_groups)
      for (const auto& speeds : entry.slice->of(group)) add(span, group, speeds.name, speeds);
  }
}

void UsageValueSpeeds::fold(WallTime now, std::uint64_t version) {
  const auto oldest_hour = span_of(now - usage_value_minutes_kept, usage_hour);
  coarsen(oldest_hour.start, usage_hour);
  for (auto& entry : slices_) {
    const auto since = now - entry.told_at;
    const bool was_just_told = since >= 0ms && since < entry.span.length / 6;
    if (!entry.is_untold || was_just_told) continue;
    entry.is_untold = false;
    entry.told = version;
    entry.told_at = now;
  }
}

/// They take too much: the older half of the minutes becomes hours, and so on, until it is enough.
/// The hour that runs as well: what comes is then counted in it.
void UsageValueSpeeds::relieve() {
  constexpr auto enough = usage_value_bytes_max * 3 / 4;
  for (bool is_changed = true; bytes_ > enough && is_changed;) {
    is_changed = false;
    for (const auto& [from, to] : coarsenings) {
      std::vector<WallTime> starts;
      for (const auto& entry : slices_)
        if (entry.span.length == from) starts.push_back(entry.span.start);
      if (starts.empty() || bytes_ <= enough) continue;
      coarsen(starts[(starts.size() - 1) / 2] + 1ms, to);
      is_changed = true;
    }
  }
  relieve_at_ = std::max(usage_value_bytes_max, bytes_ + usage_value_bytes_max / 4);
}

template <class Predicate>
void UsageValueSpeeds::drop_where(Predicate predicate) {
  std::erase_if(slices_, [&](const Entry& entry) {
    if (!predicate(entry.span)) return false;
    bytes_ -= entry.slice->bytes();
    return true;
  });
}

void UsageValueSpeeds::put(Entry entry) {
  const auto& span = entry.span;
  drop_where(
    [&](const UsageSpan& one) { return one.start >= span.start && one.end() <= span.end(); });
  bytes_ += entry.slice->bytes();
  const auto at = std::ranges::lower_bound(slices_, span, {}, &Entry::span);
  slices_.insert(at, std::move(entry));
}

void UsageValueSpeeds::drop_before(WallTime at) {
  drop_where([&](const UsageSpan& span) { return span.end() <= at; });
}

void UsageValueSpeeds::drop_from(WallTime from) {
  drop_where([&](const UsageSpan& span) { return span.start >= from; });
}

} // namespace gateway
