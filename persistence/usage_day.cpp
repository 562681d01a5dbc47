#include "persistence/usage_day.hpp"

#include "persistence/packed_bytes.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t all = usage_dimension_count; // the group in which nothing is told apart
constexpr auto node = static_cast<std::size_t>(UsageDimension::node);
constexpr std::size_t quarters_a_day = 4;
constexpr std::size_t hours_a_day = 24;

constexpr bool group_has_speeds(std::size_t group) noexcept {
  return has_speeds(
    group == all ? std::optional<UsageDimension>{} : static_cast<UsageDimension>(group));
}

std::size_t group_of(std::optional<UsageDimension> by) noexcept {
  return by ? static_cast<std::size_t>(*by) : all;
}

// Sketches are most of what there is to read, so their buckets have one width and no branch: a byte
// of distance and two of count where all fit, else two and four.
enum class Width : std::uint64_t { narrow, wide };

template <class Number>
void append_bytes(std::string& out, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

template <class Number>
Number number_at(const char* bytes) noexcept {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

template <class Distance, class Count>
void append_buckets(std::string& out, SketchBuckets buckets) {
  std::string bytes;
  auto before = buckets.empty() ? std::uint16_t{0} : buckets.front().index;
  append_packed(out, before);
  for (const auto& bucket : buckets) {
    append_bytes(bytes, static_cast<Distance>(bucket.index - std::exchange(before, bucket.index)));
    append_bytes(bytes, static_cast<Count>(bucket.count));
  }
  append_packed_text(out, bytes);
}

template <class Distance, class Count>
void read_buckets(PackedReader& from, std::vector<LatencySketch::Bucket>& buckets) {
  constexpr auto each = sizeof(Distance) + sizeof(Count);
  constexpr unsigned last = LatencySketch::buckets_max - 1;
  auto index = static_cast<unsigned>(std::min<std::uint64_t>(from.number(), last));
  const auto bytes = from.text();
  buckets.resize(std::min<std::size_t>(bytes.size() / each, last + 1));
  const char* at = bytes.data();
  for (auto& bucket : buckets) {
    index = std::min(index + number_at<Distance>(at), last); // more is none of ours
    bucket = {static_cast<std::uint16_t>(index), number_at<Count>(at + sizeof(Distance))};
    at += each;
  }
}

void append_sketch(std::string& out, const LatencySketch& sketch) {
  bool narrow = true;
  auto before = sketch.empty() ? std::uint16_t{0} : sketch.buckets().front().index;
  for (const auto& [index, count] : sketch.buckets())
    narrow = narrow && index - std::exchange(before, index) <= UINT8_MAX && count <= UINT16_MAX;
  append_packed(out, static_cast<std::uint64_t>(narrow ? Width::narrow : Width::wide));
  if (narrow)
    append_buckets<std::uint8_t, std::uint16_t>(out, sketch.buckets());
  else
    append_buckets<std::uint16_t, std::uint32_t>(out, sketch.buckets());
}

void read_sketch(PackedReader& from, std::vector<LatencySketch::Bucket>& buckets) {
  if (static_cast<Width>(from.number()) == Width::narrow)
    read_buckets<std::uint8_t, std::uint16_t>(from, buckets);
  else
    read_buckets<std::uint16_t, std::uint32_t>(from, buckets);
}

/// The sums of one stretch in one group, by value and node.
class Pile {
public:
  struct Key {
    std::uint32_t value = 0;
    std::uint32_t node = 0;
  };

  void set_nodes(std::size_t nodes) noexcept { nodes_ = nodes; }

  void add(const Key& key, const UsageCounters& counters) { sum_of(key).counters += counters; }
  void add(const Key& key, const UsageSlice::Speed& speed) {
    auto& sum = sum_of(key);
    sum.first_token.add(speed.first_token.buckets());
    sum.latency.add(speed.latency.buckets());
    sum.queued.add(speed.queued.buckets());
  }

  /// Appends a row a value and node, and is empty afterwards.
  void move_to(std::string& out, bool speeds) {
    std::ranges::sort(used_);
    std::string row;
    for (const auto place : used_) {
      auto& sum = sums_[place];
      row.clear();
      for (const auto number : as_row(sum.counters)) append_packed_signed(row, number);
      if (speeds) {
        append_sketch(row, sum.first_token.take());
        append_sketch(row, sum.latency.take());
        append_sketch(row, sum.queued.take());
      }
      append_packed(out, place / nodes_);
      append_packed(out, place % nodes_);
      append_packed_text(out, row);
      sum.counters = {};
      sum.used = false;
    }
    used_.clear();
  }

private:
  struct Sum {
    UsageCounters counters;
    SketchSum first_token;
    SketchSum latency;
    SketchSum queued;
    bool used = false;
  };

  Sum& sum_of(const Key& key) {
    const auto place = key.value * nodes_ + key.node;
    if (sums_.size() <= place) sums_.resize(place + 1);
    if (!std::exchange(sums_[place].used, true)) used_.push_back(place);
    return sums_[place];
  }

  std::size_t nodes_ = 1;
  std::vector<Sum> sums_;
  std::vector<std::size_t> used_; // in sums_
};

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
    Block block;
    for (std::size_t group = 0; group < group_count; ++group) {
      piles_[group].move_to(block.bytes, group_has_speeds(group));
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
    for (const auto& speed : slice.speeds)
      for (std::size_t group = 0; group < group_count; ++group)
        if (group_has_speeds(group)) piles_[group].add(key_of(speed.name, group), speed);
  }

  Pile::Key key_of(std::uint32_t name, std::size_t group) const noexcept {
    return {values_[name][group], values_[name][node]};
  }

  const UsageTotals& hours_;
  std::vector<std::array<std::uint32_t, group_count>> values_; // by name; the last is always 0
  std::array<Pile, group_count> piles_;
};

UsageDay::UsageDay(Day day, const UsageTotals& hours) : day_(day) {
  Builder builder{hours};
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
  return quarters_.empty() ? usage_day_length : usage_quarter;
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
    const UsageSpan span{at, usage_day_length / static_cast<int>(blocks.size())};
    visit_block(block, span, group_of(by), speeds, visitor);
    at = span.end();
  }
}

void UsageDay::visit_block(
  const Block& block,
  const UsageSpan& span,
  std::size_t group,
  bool speeds,
  const RowVisitor& visitor) const {
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
    row.value = static_cast<std::uint32_t>(value);
    row.node = static_cast<std::uint32_t>(its_node);
    std::array<std::int64_t, usage_counter_count> counters;
    for (auto& number : counters) number = numbers.signed_number();
    row.counters = from_row(counters);
    if (speeds && group_has_speeds(group)) {
      for (auto* sketch : {&first_token, &latency, &queued}) read_sketch(numbers, *sketch);
      row.speeds = {first_token, latency, queued};
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
