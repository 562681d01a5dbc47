#include "persistence/usage_totals.hpp"

#include "persistence/record_line.hpp"

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

void join(std::string& into, std::initializer_list<std::string_view> texts) {
  into.clear();
  for (const auto text : texts) {
    into += text;
    into += '\0';
  }
}

const UsageName& other_name() {
  static const UsageName name = [] {
    UsageName made;
    made.fill("(other)");
    return made;
  }();
  return name;
}

bool was_answered(const RequestRecord& record) noexcept {
  return !record.provider.empty()
    && (record.outcome == Outcome::first_try || record.outcome == Outcome::failover);
}

const std::string& part(const UsageName& name, UsageDimension dimension) noexcept {
  return name[static_cast<std::size_t>(dimension)];
}

} // namespace

UsageSpan span_of(WallTime at, Milliseconds length) noexcept {
  const auto since = at.time_since_epoch();
  auto rest = since % length;
  if (rest < Milliseconds{0}) rest += length; // a clock set before 1970
  return {WallTime{since - rest}, length};
}

void UsageSpeeds::merge(const UsageSpeeds& other) {
  first_token.merge(other.first_token);
  latency.merge(other.latency);
  queued.merge(other.queued);
}

UsageTotals::UsageTotals(const UsageTotals& other)
    : slices_(other.slices_), names_(other.names_), cells_(other.cells_),
      relieve_at_(other.relieve_at_), version_(fresh_version()) {
  other.version_ = fresh_version();
}

UsageTotals& UsageTotals::operator=(const UsageTotals& other) {
  if (this != &other) *this = UsageTotals(other);
  return *this;
}

void UsageTotals::add(const RequestRecord& record, WallTime at) {
  const auto span = span_of(at, usage_second);
  const auto name = index_of(record);
  UsageCounters counters;
  counters.add(record);
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(at - span.start).count();
  if (counters.busy_us > since)
    counters.busy_us -= add_busy_before(span, name, counters.busy_us - since);
  auto& slice = writable(span);
  add_cell(slice, name, counters);
  if (was_answered(record)) {
    auto& speed = speed_of(slice, name);
    speed.latency.add(record.latency_us);
    if (record.first_token_us) speed.first_token.add(*record.first_token_us);
  }
  if (record.queued_us > 0) speed_of(slice, name).queued.add(record.queued_us);
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

void UsageTotals::add_speed(
  const UsageSpan& span, const UsageName& name, const UsageSpeeds& speeds) {
  speed_of(writable(span), index_of(name)).merge(speeds);
}

/// Nearly always known: then no name is built.
std::uint32_t UsageTotals::index_of(const RequestRecord& record) {
  learn_names();
  join(
    joined_,
    {record.node,
     record.provider,
     record.model,
     record.key,
     record.route,
     record.team,
     outcome_text(record.outcome)});
  const auto found = indices_.find(joined_);
  return found != indices_.end() ? found->second : index_of(usage_name(record));
}

std::uint32_t UsageTotals::index_of(const UsageName& name) {
  learn_names();
  join(joined_, {name[0], name[1], name[2], name[3], name[4], name[5], name[6]});
  if (const auto found = indices_.find(joined_); found != indices_.end()) return found->second;
  if (names_.size() >= usage_names_max && name != other_name()) return index_of(other_name());
  names_.push_back(std::make_shared<const UsageName>(name));
  const auto index = static_cast<std::uint32_t>(names_.size() - 1);
  learn(index);
  return index;
}

void UsageTotals::learn_names() {
  while (representatives_.size() < names_.size())
    learn(static_cast<std::uint32_t>(representatives_.size()));
}

void UsageTotals::learn(std::uint32_t index) {
  static_assert(usage_dimension_count == 7);
  const auto& name = *names_[index];
  join(joined_, {name[0], name[1], name[2], name[3], name[4], name[5], name[6]});
  indices_.emplace(joined_, index);
  std::string timed;
  join(
    timed,
    {part(name, UsageDimension::node),
     part(name, UsageDimension::provider),
     part(name, UsageDimension::model),
     part(name, UsageDimension::status)});
  representatives_.push_back(timed_apart_.emplace(std::move(timed), index).first->second);
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

UsageSlice::Speed& UsageTotals::speed_of(UsageSlice& slice, std::uint32_t name) {
  const auto first = representatives_[name];
  auto at = std::ranges::lower_bound(slice.speeds, first, {}, &UsageSlice::Speed::name);
  if (at == slice.speeds.end() || at->name != first) {
    at = slice.speeds.insert(at, UsageSlice::Speed{});
    at->name = first;
  }
  return *at;
}

/// Adds a slice of these totals to a coarser one.
void UsageTotals::merge(const UsageSpan& span, const UsageSlice& finer) {
  auto& coarse = writable(span);
  for (const auto& cell : finer.cells) add_cell(coarse, cell.name, cell.counters);
  for (const auto& from : finer.speeds) speed_of(coarse, from.name).merge(from);
}

/// Slices of length `from` that end at or before `before` become slices of length `to`.
void UsageTotals::coarsen(WallTime before, Milliseconds from, Milliseconds to) {
  const auto limit = span_of(before, to).start;
  const auto is_old = [&](const Entry& entry) {
    return entry.span.length == from && entry.span.end() <= limit;
  };
  if (std::ranges::none_of(slices_, is_old)) return;
  std::vector<Entry> old;
  std::vector<Entry> kept;
  for (auto& entry : slices_) (is_old(entry) ? old : kept).push_back(std::move(entry));
  slices_ = std::move(kept);
  learn_names();
  for (const auto& entry : old) {
    cells_ -= entry.slice->cells.size();
    merge(span_of(entry.span.start, to), *entry.slice);
  }
}

void UsageTotals::fold(WallTime now) {
  coarsen(now - usage_seconds_kept, usage_second, usage_detail);
  coarsen(now - usage_detail_kept, usage_detail, usage_minute);
  coarsen(now - usage_minutes_kept, usage_minute, usage_hour);
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
    for (const auto& speed : slice->speeds) used.add_speed(span, name(speed.name), speed);
    // Nothing changed for whoever has a copy.
    if (!slice->cells.empty() || !slice->speeds.empty())
      used.slices_.back().slice->version = slice->version;
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
  learn_names();
  for (const auto& cell : slice.cells) add_cell(*made, names[cell.name], cell.counters);
  for (const auto& speed : slice.speeds) speed_of(*made, names[speed.name]).merge(speed);
  slices_.insert(std::ranges::lower_bound(slices_, span, {}, &Entry::span), {span, made});
}

void UsageTotals::drop_from(WallTime from) {
  std::erase_if(slices_, [&](const Entry& entry) {
    if (entry.span.start < from) return false;
    cells_ -= entry.slice->cells.size();
    return true;
  });
}

std::size_t UsageTotals::bytes() const noexcept {
  constexpr std::size_t name_bytes = sizeof(UsageName) + 64; // texts of a usual length
  auto sum = names_.size() * name_bytes + slices_.size() * (sizeof(Entry) + sizeof(UsageSlice));
  for (const auto& [span, slice] : slices_) {
    sum += slice->cells.capacity() * sizeof(UsageSlice::Cell);
    sum += slice->speeds.capacity() * sizeof(UsageSlice::Speed);
    for (const auto& speed : slice->speeds)
      for (const auto* sketch : {&speed.first_token, &speed.latency, &speed.queued})
        sum += sketch->buckets().size() * sizeof(LatencySketch::Bucket);
  }
  return sum;
}

UsageTotals UsageTotals::hours(WallTime from, WallTime to) const {
  UsageTotals coarse;
  for (const auto& [span, slice] : slices_) {
    if (span.start < from || span.start >= to) continue;
    const auto hour = span_of(span.start, usage_hour);
    for (const auto& cell : slice->cells) coarse.add(hour, name(cell.name), cell.counters);
    for (const auto& speed : slice->speeds) coarse.add_speed(hour, name(speed.name), speed);
  }
  return coarse;
}

} // namespace gateway
