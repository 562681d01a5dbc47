#include "persistence/usage_day.hpp"

#include "persistence/packed_bytes.hpp"
#include "persistence/packed_sketch.hpp"
#include "persistence/usage_pile.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t all = UsagePile::all;
constexpr std::size_t node = UsagePile::node;
constexpr std::size_t quarters_a_day = 4;
constexpr std::size_t hours_a_day = 24;

std::size_t group_of(std::optional<UsageDimension> by) noexcept {
  return by && *by != UsageDimension::node ? static_cast<std::size_t>(*by) : all;
}

} // namespace

/// Sums up what it meets in all groups, for a stretch at a time.
class UsageDay::Builder {
public:
  explicit Builder(const UsageTotals& hours) : hours_(hours), values_(hours.names()) {
    std::array<NumberedTexts, usage_dimension_count> numbers;
    for (std::uint32_t name = 0; name < values_.size(); ++name)
      for (std::size_t dimension = 0; dimension < usage_dimension_count; ++dimension)
        values_[name][dimension] = numbers[dimension].number_of(hours.name(name)[dimension]);
    for (std::size_t dimension = 0; dimension < usage_dimension_count; ++dimension)
      for (std::uint32_t value = 0; value < numbers[dimension].size(); ++value)
        texts[dimension].push_back(numbers[dimension].text(value));
    for (auto& pile : piles_) pile.set_nodes(std::max<std::size_t>(1, texts[node].size()));
  }

  Block sum(const UsageSpan& stretch) {
    for (const auto& [span, slice] : hours_.slices())
      if (span.start >= stretch.start && span.start < stretch.end()) add(*slice);
    for (const auto& entry : hours_.value_speeds().slices())
      if (entry.span.start >= stretch.start && entry.span.end() <= stretch.end())
        merge(*entry.slice);
    Block block;
    for (std::size_t group = 0; group < group_count; ++group) {
      piles_[group].move_to(block.bytes, UsagePile::has_speeds(group));
      block.starts[group + 1] = static_cast<std::uint32_t>(block.bytes.size());
    }
    block.bytes.shrink_to_fit();
    return block;
  }

  std::array<std::vector<std::string>, usage_dimension_count> texts;

private:
  void add(const UsageSlice& slice) {
    for (const auto& cell : slice.cells)
      for (std::size_t group = 0; group < group_count; ++group)
        piles_[group].add(key_of(cell.name, group), cell.counters);
    for (const auto& speeds : slice.speeds)
      for (std::size_t group = 0; group < group_count; ++group)
        if (UsagePile::has_speeds(group) && UsagePile::speed_group(group) == SpeedGroup::source)
          piles_[group].add(key_of(speeds.name, group), buckets_of(speeds));
  }

  void merge(const ValueSpeedsSlice& slice) {
    for (std::size_t group = 0; group < group_count; ++group)
      if (UsagePile::speed_group(group) != SpeedGroup::source)
        for (const auto& speeds : slice.of(UsagePile::speed_group(group)))
          piles_[group].merge(key_of(speeds.name, group), speeds);
  }

  UsagePile::Key key_of(std::uint32_t name, std::size_t group) const noexcept {
    return {values_[name][group], values_[name][node]};
  }

  const UsageTotals& hours_;
  std::vector<std::array<std::uint32_t, group_count>> values_; // by name; the last is always 0
  std::array<UsagePile, group_count> piles_;
};

UsageDay::UsageDay(Day day, const UsageTotals& hours) : day_(day) {
  Builder builder{hours};
  for (const auto& entry : hours.value_speeds().slices())
    finest_value_speeds_ = std::max(finest_value_speeds_, entry.span.length);
  WallTime at = day;
  for (std::size_t i = 0; i < hours_a_day; ++i, at += usage_hour)
    hours_.push_back(builder.sum({at, usage_hour}));
  at = day;
  for (std::size_t i = 0; i < quarters_a_day; ++i, at += usage_quarter)
    quarters_.push_back(builder.sum({at, usage_quarter}));
  whole_.push_back(builder.sum({day, usage_day_length}));
  texts_ = std::move(builder.texts);
}

Milliseconds UsageDay::finest() const noexcept {
  if (!hours_.empty()) return usage_hour;
  return quarters_.empty() ? length_ : usage_quarter;
}

Milliseconds UsageDay::finest_speeds(std::optional<UsageDimension> by) const noexcept {
  return speed_group_of(by) == SpeedGroup::source ? usage_hour : finest_value_speeds_;
}

const std::vector<UsageDay::Block>& UsageDay::blocks_of(Milliseconds length) const noexcept {
  if (length >= usage_day_length) return whole_;
  return length >= usage_quarter ? quarters_ : hours_;
}

void UsageDay::visit(
  Milliseconds length,
  std::optional<UsageDimension> by,
  bool speeds,
  const RowVisitor& visitor) const {
  WallTime at = day_;
  const auto& blocks = blocks_of(length);
  for (const auto& block : blocks) {
    const UsageSpan span{at, length_ / static_cast<int>(blocks.size())};
    visit_block(block, span, by, speeds, visitor);
    at = span.end();
  }
}

void UsageDay::visit_block(
  const Block& block,
  const UsageSpan& span,
  std::optional<UsageDimension> by,
  bool speeds,
  const RowVisitor& visitor) const {
  const auto group = group_of(by);
  const auto begin = block.starts[group];
  PackedReader rows{std::string_view(block.bytes).substr(begin, block.starts[group + 1] - begin)};
  const auto values = group == all ? 1 : texts_[group].size();
  std::vector<LatencySketch::Bucket> first_token;
  std::vector<LatencySketch::Bucket> latency;
  std::vector<LatencySketch::Bucket> queued;
  Row row{span, 0, 0, {}, {}};
  while (!rows.at_end()) {
    const auto value = rows.number();
    const auto its_node = rows.number();
    PackedReader numbers{rows.text()};
    if (value >= values || its_node >= texts_[node].size()) return; // of a file that was edited
    row.value = static_cast<std::uint32_t>(by == UsageDimension::node ? its_node : value);
    row.node = static_cast<std::uint32_t>(its_node);
    std::array<std::int64_t, usage_counter_count> counters;
    for (auto& number : counters) number = numbers.signed_number();
    row.counters = from_row(counters);
    if (speeds && UsagePile::has_speeds(group)) {
      row.speeds.first_token = read_sketch(numbers, first_token);
      row.speeds.latency = read_sketch(numbers, latency);
      row.speeds.queued = read_sketch(numbers, queued);
    }
    visitor(row);
  }
}

const std::string&
UsageDay::text(std::optional<UsageDimension> by, std::uint32_t value) const noexcept {
  static const std::string none;
  return by ? texts_[static_cast<std::size_t>(*by)][value] : none;
}

void UsageDay::keep(Milliseconds length) {
  if (length > usage_hour) hours_ = {};
  if (length > usage_quarter) quarters_ = {};
}

std::size_t UsageDay::bytes() const noexcept {
  auto sum = sizeof(UsageDay);
  for (const auto& texts : texts_)
    for (const auto& text : texts) sum += sizeof text + text.capacity();
  for (const auto* blocks : {&whole_, &quarters_, &hours_})
    for (const auto& block : *blocks) sum += sizeof block + block.bytes.capacity();
  return sum;
}

void UsageDay::Block::append_to(std::string& out) const {
  for (const auto start : starts) append_packed(out, start);
  append_packed_text(out, bytes);
}

bool UsageDay::Block::read(PackedReader& from) {
  for (auto& start : starts) start = static_cast<std::uint32_t>(from.number());
  bytes = from.text();
  return from.ok() && std::ranges::is_sorted(starts) && starts.back() == bytes.size();
}

void UsageDay::append_to(std::string& out, std::size_t& head_bytes) const {
  const auto begin = out.size();
  for (const auto& texts : texts_) {
    append_packed(out, texts.size());
    for (const auto& text : texts) append_packed_text(out, text);
  }
  append_packed(out, static_cast<std::uint64_t>(finest_value_speeds_ / usage_hour));
  for (const auto* blocks : {&whole_, &quarters_})
    for (const auto& block : *blocks) block.append_to(out);
  head_bytes = out.size() - begin;
  for (const auto& block : hours_) block.append_to(out);
}

std::optional<UsageDay> UsageDay::read(Day day, std::string_view head, std::string_view hours) {
  UsageDay read;
  read.day_ = day;
  PackedReader from{head};
  for (auto& texts : read.texts_)
    for (auto left = from.number(); left > 0 && from.ok(); --left) texts.emplace_back(from.text());
  const auto finest_hours = std::clamp<std::uint64_t>(from.number(), 1, hours_a_day);
  read.finest_value_speeds_ = static_cast<std::int64_t>(finest_hours) * usage_hour;
  const auto read_blocks = [](PackedReader& bytes, std::size_t count, std::vector<Block>& into) {
    into.resize(count);
    return std::ranges::all_of(into, [&](Block& block) { return block.read(bytes); });
  };
  bool good = read_blocks(from, 1, read.whole_) && read_blocks(from, quarters_a_day, read.quarters_)
    && from.at_end();
  if (!hours.empty()) {
    PackedReader behind{hours};
    good = good && read_blocks(behind, hours_a_day, read.hours_) && behind.at_end();
  }
  if (!good) return std::nullopt;
  return read;
}

} // namespace gateway
