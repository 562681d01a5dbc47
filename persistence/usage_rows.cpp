#include "persistence/usage_rows.hpp"

#include "persistence/packed_bytes.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace gateway {
namespace {

constexpr std::uint64_t layout = 2;
constexpr std::uint64_t layout_without_value_speeds = 1;
constexpr std::size_t text_bytes_max = 1'024;

std::int64_t seconds_of(WallTime at) noexcept {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

void append_source(std::string& out, const UsageSource& source) {
  append_packed_text(out, source.id);
  append_packed_text(out, source.name);
  append_packed(out, source.mark.life);
  append_packed(out, source.mark.version);
}

void append_sketch(std::string& out, const LatencySketch& sketch) {
  append_packed(out, sketch.buckets().size());
  std::uint32_t last = 0;
  for (const auto& bucket : sketch.buckets()) {
    append_packed(out, bucket.index - last);
    append_packed(out, bucket.count);
    last = bucket.index;
  }
}

/// Most counters of most cells are 0: a bit each says which are there.
void append_counters(std::string& out, const UsageCounters& counters) {
  const auto row = as_row(counters);
  std::uint64_t there = 0;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (row[i] != 0) there |= std::uint64_t{1} << i;
  append_packed(out, there);
  for (const auto number : row)
    if (number != 0) append_packed_signed(out, number);
}

/// The entries to be sent, a coarse one before the finer ones of its time.
std::vector<const UsageTotals::Entry*>
changed_since(const UsageTotals& totals, std::uint64_t version) {
  std::vector<const UsageTotals::Entry*> changed;
  for (const auto& entry : totals.slices())
    if (entry.slice->version > version) changed.push_back(&entry);
  std::vector<UsageSpan> coarse;
  for (const auto* entry : changed)
    if (entry->span.length > usage_second) coarse.push_back(entry->span);
  const auto is_replaced = [&](const UsageSpan& span) {
    return std::ranges::any_of(coarse, [&](const UsageSpan& by) {
      return by.length > span.length && span.start >= by.start && span.end() <= by.end();
    });
  };
  // Only where a coarse one changed can a finer one that did not be lost; there are few.
  if (!coarse.empty())
    for (const auto& entry : totals.slices())
      if (entry.slice->version <= version && is_replaced(entry.span)) changed.push_back(&entry);
  std::ranges::sort(changed, [](const auto* a, const auto* b) {
    return a->span.length != b->span.length ? a->span.length > b->span.length
                                            : a->span.start < b->span.start;
  });
  return changed;
}

/// Names that are used, numbered in the order in which they are met.
class NamesUsed {
public:
  explicit NamesUsed(const UsageTotals& totals) : totals_(totals) {}

  std::uint32_t number_of(std::uint32_t name) {
    if (numbers_.size() <= name) numbers_.resize(totals_.names(), none);
    if (numbers_[name] == none) {
      numbers_[name] = count_++;
      for (const auto& text : totals_.name(name)) append_packed_text(texts_, text);
    }
    return numbers_[name];
  }
  std::uint32_t count() const noexcept { return count_; }
  const std::string& texts() const noexcept { return texts_; }

private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  const UsageTotals& totals_;
  std::vector<std::uint32_t> numbers_;
  std::uint32_t count_ = 0;
  std::string texts_;
};

/// Reads numbers that must lie below a bound, so that nothing is made room for that is not there.
class RowsReader {
public:
  explicit RowsReader(std::string_view bytes) noexcept : reader_(bytes), bytes_(bytes.size()) {}

  std::uint64_t number() noexcept { return reader_.number(); }
  std::int64_t signed_number() noexcept { return reader_.signed_number(); }
  /// Of things that take a byte each at least.
  std::size_t count() noexcept { return below(bytes_ + 1); }
  std::size_t below(std::uint64_t bound) noexcept {
    const auto number = reader_.number();
    if (number < bound) return number;
    ok_ = false;
    return 0;
  }
  std::string text() {
    const auto text = reader_.text();
    ok_ = ok_ && text.size() <= text_bytes_max;
    return ok_ ? std::string{text} : std::string{};
  }
  bool ok() const noexcept { return ok_ && reader_.ok(); }
  bool is_whole() const noexcept { return ok() && reader_.at_end(); }

  LatencySketch sketch() {
    std::vector<LatencySketch::Bucket> buckets(below(LatencySketch::buckets_max + 1));
    std::uint64_t index = 0;
    for (auto& bucket : buckets) {
      if (!ok()) return {};
      index += number();
      const auto many = number();
      ok_ = ok_ && index < LatencySketch::buckets_max
        && many <= std::numeric_limits<std::uint32_t>::max();
      bucket = {static_cast<std::uint16_t>(index), static_cast<std::uint32_t>(many)};
    }
    LatencySketch sketch;
    ok_ = ok() && sketch.assign(std::move(buckets));
    return sketch;
  }

  UsageCounters counters() noexcept {
    std::array<std::int64_t, usage_counter_count> row{};
    const auto there = below(std::uint64_t{1} << usage_counter_count);
    for (std::size_t i = 0; i < row.size(); ++i)
      if ((there >> i & 1U) != 0) row[i] = signed_number();
    return from_row(row);
  }

private:
  PackedReader reader_;
  std::size_t bytes_;
  bool ok_ = true;
};

void append_speeds(std::string& out, const std::vector<NamedSpeeds>& many, NamesUsed& names) {
  append_packed(out, many.size());
  for (const auto& speeds : many) {
    append_packed(out, names.number_of(speeds.name));
    append_sketch(out, speeds.first_token);
    append_sketch(out, speeds.latency);
    append_sketch(out, speeds.queued);
  }
}

std::vector<NamedSpeeds> read_speeds(RowsReader& reader, std::size_t names) {
  std::vector<NamedSpeeds> many;
  for (auto left = reader.count(); left > 0 && reader.ok(); --left) {
    auto& speeds = many.emplace_back();
    speeds.name = static_cast<std::uint32_t>(reader.below(names));
    speeds.first_token = reader.sketch();
    speeds.latency = reader.sketch();
    speeds.queued = reader.sketch();
  }
  return many;
}

void append_slice(std::string& out, const UsageSlice& slice, NamesUsed& names) {
  append_packed(out, slice.version);
  append_packed(out, slice.cells.size());
  for (const auto& cell : slice.cells) {
    append_packed(out, names.number_of(cell.name));
    append_counters(out, cell.counters);
  }
  append_speeds(out, slice.speeds, names);
}

UsageSlice read_slice(RowsReader& reader, std::size_t names) {
  UsageSlice slice;
  slice.version = reader.number();
  for (auto left = reader.count(); left > 0 && reader.ok(); --left) {
    auto& cell = slice.cells.emplace_back();
    cell.name = static_cast<std::uint32_t>(reader.below(names));
    cell.counters = reader.counters();
  }
  slice.speeds = read_speeds(reader, names);
  return slice;
}

/// Starts are told as the distance from the one before.
void append_span(std::string& out, const UsageSpan& span, std::int64_t& last) {
  const auto start = seconds_of(span.start);
  append_packed_signed(out, start - std::exchange(last, start));
  append_packed(out, static_cast<std::uint64_t>(span.length / usage_second));
}

constexpr std::int64_t days_max = 10'000 * 366;

/// Nothing where it is none of those lengths, or begins where none of them does.
std::optional<UsageSpan>
read_span(RowsReader& reader, std::int64_t& start, std::initializer_list<Milliseconds> lengths) {
  start += reader.signed_number();
  const auto seconds = reader.number();
  constexpr std::int64_t seconds_max = days_max * 86'400;
  if (start < -seconds_max || start > seconds_max) return std::nullopt;
  for (const auto length : lengths) {
    if (seconds != static_cast<std::uint64_t>(length / usage_second)) continue;
    const UsageSpan span{WallTime{std::chrono::seconds{start}}, length};
    if (span == span_of(span.start, length)) return span;
  }
  return std::nullopt;
}

/// Those that were told after that version.
std::uint64_t append_value_speeds(
  std::string& out, const UsageValueSpeeds& value_speeds, std::uint64_t since, NamesUsed& names) {
  std::uint64_t count = 0;
  std::int64_t last = 0;
  for (const auto& entry : value_speeds.slices()) {
    if (entry.told <= since) continue;
    ++count;
    append_span(out, entry.span, last);
    append_packed(out, entry.told);
    for (const auto& group : entry.slice->groups) append_speeds(out, group, names);
  }
  return count;
}

bool read_value_speeds(RowsReader& reader, UsageRows& rows) {
  std::int64_t start = 0;
  for (auto left = reader.count(); left > 0 && reader.ok(); --left) {
    const auto span =
      read_span(reader, start, {usage_minute, usage_hour, usage_quarter, usage_day_length});
    if (!span) return false;
    auto& entry = rows.value_speeds.emplace_back();
    entry.span = *span;
    entry.told = reader.number();
    entry.slice = std::make_shared<ValueSpeedsSlice>();
    for (auto& group : entry.slice->groups) group = read_speeds(reader, rows.names.size());
  }
  return true;
}

} // namespace

std::string encode_usage_rows(
  const UsageSource& source,
  const UsageTotals& totals,
  Day first_held_day,
  const UsageMark& since) {
  std::string slices;
  NamesUsed names{totals};
  std::int64_t last = 0;
  const bool is_whole = since.life != source.mark.life;
  const auto version = is_whole ? 0 : since.version;
  const auto changed = changed_since(totals, version);
  for (const auto* entry : changed) {
    append_span(slices, entry->span, last);
    append_slice(slices, *entry->slice, names);
  }
  std::string value_speeds;
  const auto told = append_value_speeds(value_speeds, totals.value_speeds(), version, names);
  std::string out;
  append_packed(out, layout);
  append_source(out, source);
  append_packed(out, since.life);
  append_packed(out, since.version);
  append_packed_signed(out, first_held_day.time_since_epoch().count());
  append_packed(out, names.count());
  out += names.texts();
  append_packed(out, changed.size());
  out += slices;
  append_packed(out, told);
  return out + value_speeds;
}

Result<UsageRows> decode_usage_rows(std::string_view bytes) {
  const auto odd = [] {
    return fail(ErrorKind::invalid_value, "rows of usage that can't be read");
  };
  RowsReader reader{bytes};
  UsageRows rows;
  const auto its_layout = reader.number();
  if (its_layout != layout && its_layout != layout_without_value_speeds) return odd();
  rows.source.id = reader.text();
  rows.source.name = reader.text();
  rows.source.mark = {reader.number(), reader.number()};
  rows.since = {reader.number(), reader.number()};
  const auto day = reader.signed_number();
  if (!reader.ok() || day < -days_max || day > days_max) return odd();
  rows.first_held_day = Day{std::chrono::days{day}};
  for (auto left = reader.count(); left > 0 && reader.ok(); --left) {
    auto& name = rows.names.emplace_back();
    for (auto& text : name) text = reader.text();
  }
  std::int64_t start = 0;
  for (auto left = reader.count(); left > 0 && reader.ok(); --left) {
    const auto span =
      read_span(reader, start, {usage_second, usage_detail, usage_minute, usage_hour});
    if (!span) return odd();
    rows.slices.push_back({*span, read_slice(reader, rows.names.size())});
  }
  if (its_layout == layout && !read_value_speeds(reader, rows)) return odd();
  if (!reader.is_whole()) return odd();
  return rows;
}

} // namespace gateway
