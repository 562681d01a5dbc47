#include "persistence/usage_totals.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace gateway {
namespace {

/// So far back a request's time is told where it was spent: in seconds as far as a chart may have
/// some, then in tens of them. What a longer one took before counts at the beginning of that.
constexpr Milliseconds busy_told_in_seconds = usage_seconds_kept - Milliseconds{30'000};
constexpr Milliseconds busy_told{60 * 60'000};

/// Never the same twice in a process, so that no two totals take a slice for theirs.
std::uint64_t fresh_version() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

} // namespace

UsageTotals::UsageTotals(const UsageTotals& other)
    : slices_(other.slices_), value_speeds_(other.value_speeds_), names_(other.names_),
      cells_(other.cells_), relieve_at_(other.relieve_at_), version_(fresh_version()) {
  other.version_ = fresh_version();
}

UsageTotals& UsageTotals::operator=(const UsageTotals& other) {
  if (this != &other) *this = UsageTotals(other);
  return *this;
}

void UsageTotals::add(const RequestRecord& record, WallTime at) {
  const auto span = span_of(at, usage_second);
  const auto name = names_.index_of(record);
  UsageCounters counters;
  counters.add(record);
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(at - span.start).count();
  if (counters.busy_us > since)
    counters.busy_us -= add_busy_before(span, name, counters.busy_us - since);
  auto& slice = writable(span);
  add_cell(slice, name, counters);
  if (has_times(record)) {
    source_speeds(slice, name).add(record);
    UsageValueSpeeds::Names names{};
    for (std::size_t i = 0; i < names.size(); ++i)
      names[i] = names_.first_of(name, value_speed_groups[i]);
    value_speeds_.add(record, at, names);
  }
  if (cells_ > relieve_at_) relieve();
}

/// Counts the time before a request's last second where it was spent. Returns it.
std::int64_t
UsageTotals::add_busy_before(const UsageSpan& last, std::uint32_t name, std::int64_t busy_us) {
  using std::chrono::microseconds;
  auto left = microseconds{busy_us};
  for (auto behind = last.start; left.count() > 0;) {
    const bool is_recent = behind > last.start - busy_told_in_seconds;
    const bool is_between = behind != span_of(behind, usage_detail).start;
    const auto length = is_recent || is_between ? usage_second : usage_detail;
    const UsageSpan span{behind - length, length};
    const bool is_first = span.start <= last.start - busy_told;
    const auto part = is_first ? left : std::min<microseconds>(left, length);
    UsageCounters busy;
    busy.busy_us = part.count();
    add_cell(writable(span), name, busy);
    left -= part;
    behind = span.start;
  }
  return busy_us;
}

void UsageTotals::add(const UsageSpan& span, const UsageName& name, const UsageCounters& counters) {
  add_cell(writable(span), index_of(name), counters);
}

void UsageTotals::add_speeds(
  const UsageSpan& span, SpeedGroup group, const UsageName& name, const UsageSpeeds& speeds) {
  const auto index = index_of(name);
  if (group == SpeedGroup::source)
    source_speeds(writable(span), index).merge(speeds);
  else
    value_speeds_.add(span, group, names_.first_of(index, group), speeds);
}

UsageSlice& UsageTotals::writable(const UsageSpan& span) {
  if (version_ == 0) version_ = fresh_version();
  // Nearly always the last one.
  auto at = slices_.end();
  if (!slices_.empty() && slices_.back().span >= span)
    at = std::ranges::lower_bound(slices_, span, {}, &Entry::span);
  if (at == slices_.end() || at->span != span)
    at = slices_.insert(at, {span, std::make_shared<UsageSlice>()});
  else if (at->slice->version != version_)
    at->slice = std::make_shared<UsageSlice>(*at->slice);
  at->slice->version = version_;
  return *at->slice;
}

void UsageTotals::add_cell(UsageSlice& slice, std::uint32_t name, const UsageCounters& counters) {
  auto at = std::ranges::lower_bound(slice.cells, name, {}, &UsageSlice::Cell::name);
  if (at == slice.cells.end() || at->name != name) {
    at = slice.cells.insert(at, {name, {}});
    ++cells_;
  }
  at->counters += counters;
}

UsageSpeeds& UsageTotals::source_speeds(UsageSlice& slice, std::uint32_t name) {
  return speeds_of(slice.speeds, names_.first_of(name, SpeedGroup::source));
}

/// Adds a slice of these totals to a coarser one.
void UsageTotals::merge(const UsageSpan& span, const UsageSlice& finer) {
  auto& coarse = writable(span);
  for (const auto& cell : finer.cells) add_cell(coarse, cell.name, cell.counters);
  for (const auto& from : finer.speeds) source_speeds(coarse, from.name).merge(from);
}

/// Slices of length `from` that end at or before `before` become slices of length `to`.
void UsageTotals::coarsen(WallTime before, Milliseconds from, Milliseconds to) {
  const auto limit = span_of(before, to).start;
  const auto is_old = [&](const Entry& entry) {
    return entry.span.length == from && entry.span.end() <= limit;
  };
  for (const auto& entry : take_out(slices_, is_old)) {
    cells_ -= entry.slice->cells.size();
    merge(span_of(entry.span.start, to), *entry.slice);
  }
}

void UsageTotals::fold(WallTime now) {
  coarsen(now - usage_seconds_kept, usage_second, usage_detail);
  coarsen(now - usage_detail_kept, usage_detail, usage_minute);
  coarsen(now - usage_minutes_kept, usage_minute, usage_hour);
  if (version_ == 0) version_ = fresh_version();
  value_speeds_.fold(now, version_);
}

void UsageTotals::fold_seconds() {
  if (!slices_.empty())
    coarsen(slices_.back().span.end() + usage_detail, usage_second, usage_detail);
}

/// Half of the slices of that length end before it; the epoch's beginning if there are few.
WallTime UsageTotals::middle_of(Milliseconds length) const noexcept {
  std::vector<WallTime> ends;
  for (const auto& entry : slices_)
    if (entry.span.length == length) ends.push_back(entry.span.end());
  return ends.size() < 2 ? WallTime{} : ends[ends.size() / 2];
}

/// There are too many cells: the older half of the finest detail becomes coarser. Each record makes
/// at most one cell, so this is done once in usage_cells_max / 4 records at most.
void UsageTotals::relieve() {
  for (int round = 0; round < 32 && cells_ > usage_cells_max * 3 / 4; ++round) {
    const auto before = slices_.size();
    coarsen(middle_of(usage_second), usage_second, usage_detail);
    if (cells_ > usage_cells_max * 3 / 4)
      coarsen(middle_of(usage_detail), usage_detail, usage_minute);
    if (cells_ > usage_cells_max * 3 / 4)
      coarsen(middle_of(usage_minute), usage_minute, usage_hour);
    if (slices_.size() == before) break;
  }
  relieve_at_ = std::max(usage_cells_max, cells_ + usage_cells_max / 4);
}

void UsageTotals::drop_before(Day day) {
  value_speeds_.drop_before(day);
  const auto dropped = std::erase_if(slices_, [&](const Entry& entry) {
    if (entry.span.end() > day) return false;
    cells_ -= entry.slice->cells.size();
    return true;
  });
  if (dropped > 0 && names_.size() > usage_names_max / 2) forget_unused_names();
}

void UsageTotals::forget_unused_names() {
  UsageTotals used;
  for (const auto& [span, slice] : slices_) {
    for (const auto& cell : slice->cells) used.add(span, name(cell.name), cell.counters);
    for (const auto& speeds : slice->speeds)
      used.add_speeds(span, SpeedGroup::source, name(speeds.name), speeds);
    // Nothing changed for whoever has a copy.
    if (!slice->cells.empty() || !slice->speeds.empty())
      used.slices_.back().slice->version = slice->version;
  }
  std::vector<std::uint32_t> names(names_.size());
  for (const auto& entry : value_speeds_.slices()) {
    for (const auto& group : entry.slice->groups)
      for (const auto& speeds : group) names[speeds.name] = used.index_of(name(speeds.name));
    used.put(entry, names);
  }
  *this = std::move(used);
}

std::uint64_t UsageTotals::seal() noexcept {
  const auto sealed = fresh_version();
  version_ = fresh_version();
  return sealed;
}

void UsageTotals::put(
  const UsageSpan& span, const UsageSlice& slice, std::span<const std::uint32_t> names) {
  std::erase_if(slices_, [&](const Entry& entry) {
    const bool within = entry.span.start >= span.start && entry.span.end() <= span.end();
    if (within) cells_ -= entry.slice->cells.size();
    return within;
  });
  const auto made = std::make_shared<UsageSlice>();
  made->version = slice.version;
  for (const auto& cell : slice.cells) add_cell(*made, names[cell.name], cell.counters);
  for (const auto& speed : slice.speeds) source_speeds(*made, names[speed.name]).merge(speed);
  slices_.insert(std::ranges::lower_bound(slices_, span, {}, &Entry::span), {span, made});
}

void UsageTotals::put(const UsageValueSpeeds::Entry& entry, std::span<const std::uint32_t> names) {
  auto made = entry;
  made.is_shared = false;
  made.slice = std::make_shared<ValueSpeedsSlice>(entry.slice->renamed(
    [&](std::uint32_t name, SpeedGroup group) { return names_.first_of(names[name], group); }));
  value_speeds_.put(std::move(made));
}

void UsageTotals::drop_from(WallTime from) {
  value_speeds_.drop_from(from);
  std::erase_if(slices_, [&](const Entry& entry) {
    if (entry.span.start < from) return false;
    cells_ -= entry.slice->cells.size();
    return true;
  });
}

std::size_t UsageTotals::bytes() const noexcept {
  constexpr std::size_t name_bytes = sizeof(UsageName) + 64; // texts of a usual length
  auto sum = names_.size() * name_bytes + slices_.size() * (sizeof(Entry) + sizeof(UsageSlice))
    + value_speeds_.bytes();
  for (const auto& [span, slice] : slices_) {
    sum += slice->cells.capacity() * sizeof(UsageSlice::Cell);
    for (const auto& speeds : slice->speeds) sum += speeds.bytes();
  }
  return sum;
}

UsageTotals UsageTotals::hours(WallTime from, WallTime to) const {
  UsageTotals coarse;
  for (const auto& [span, slice] : slices_) {
    if (span.start < from || span.start >= to) continue;
    const auto hour = span_of(span.start, usage_hour);
    for (const auto& cell : slice->cells) coarse.add(hour, name(cell.name), cell.counters);
    for (const auto& speeds : slice->speeds)
      coarse.add_speeds(hour, SpeedGroup::source, name(speeds.name), speeds);
  }
  for (const auto& [span, slice, told, told_at, is_untold, is_shared] : value_speeds_.slices()) {
    if (span.start < from || span.start >= to) continue;
    const auto stretch = span_of(span.start, std::max(span.length, usage_hour));
    for (const auto group : value_speed_groups)
      for (const auto& speeds : slice->of(group))
        coarse.add_speeds(stretch, group, name(speeds.name), speeds);
  }
  return coarse;
}

} // namespace gateway
