#include "persistence/usage_json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <vector>

namespace gateway {
namespace {

constexpr std::int64_t format = 1;

/// Reads what usage_json.cpp writes. Every getter remembers that something was not as it should be,
/// and hands out something harmless instead; who reads asks ok() before using it.
class Reader {
public:
  using Element = simdjson::dom::element;
  using Array = simdjson::dom::array;

  Reader() {
    const auto harmless = harmless_.parse(std::string_view("[[],null]"));
    if (
      harmless.at(0).get(empty_) != simdjson::SUCCESS
      || harmless.at(1).get(null_) != simdjson::SUCCESS)
      broken_promise("a JSON constant is not read");
  }

  template <class T>
  T get(const Element& from) {
    T value{};
    if (from.get(value) != simdjson::SUCCESS) ok_ = false;
    return value;
  }
  template <class T>
  T get(const simdjson::simdjson_result<Element>& from) {
    return get<T>(there(from));
  }
  Array array(const Element& from) {
    Array items;
    if (from.get(items) == simdjson::SUCCESS) return items;
    ok_ = false;
    return empty_;
  }
  Array array(const simdjson::simdjson_result<Element>& from) { return array(there(from)); }
  std::int64_t number(Element from) { return get<std::int64_t>(from); }
  std::uint64_t count(Element from) { return get<std::uint64_t>(from); }
  Day day(const simdjson::simdjson_result<Element>& from) {
    const auto day = read_day(get<std::string_view>(from));
    if (!day) ok_ = false;
    return day.value_or(Day{});
  }
  Element at(Array items, std::size_t index) { return there(items.at(index)); }
  UsageCounters counters(Array row, std::size_t skipped) {
    std::array<std::int64_t, usage_counter_count> numbers{};
    // Fewer in a file of a version that counted less.
    if (row.size() > numbers.size() + skipped) ok_ = false;
    std::size_t index = 0;
    for (const auto item : row) {
      if (index >= skipped && index - skipped < numbers.size())
        numbers[index - skipped] = number(item);
      ++index;
    }
    return from_row(numbers);
  }
  LatencySketch sketch(Array items) {
    std::vector<LatencySketch::Bucket> buckets;
    bool is_index = true;
    for (const auto item : items) {
      const auto value = count(item);
      if (is_index)
        buckets.push_back({narrow<std::uint16_t>(value), 0});
      else
        buckets.back().count = narrow<std::uint32_t>(value);
      is_index = !is_index;
    }
    LatencySketch sketch;
    if (!is_index || !sketch.assign(std::move(buckets))) ok_ = false;
    return sketch;
  }

  void check(bool holds) { ok_ = ok_ && holds; }
  bool ok() const noexcept { return ok_; }

private:
  /// What must be there.
  Element there(const simdjson::simdjson_result<Element>& from) {
    Element found;
    if (simdjson::simdjson_result<Element>(from).get(found) == simdjson::SUCCESS) return found;
    ok_ = false;
    return null_;
  }
  template <class To>
  To narrow(std::uint64_t value) {
    if (value > std::numeric_limits<To>::max()) ok_ = false;
    return static_cast<To>(value);
  }

  simdjson::dom::parser harmless_;
  Array empty_;
  Element null_;
  bool ok_ = true;
};

std::vector<UsageName> read_names(Reader& reader, Reader::Array items) {
  std::vector<UsageName> names;
  for (const auto item : items) {
    auto& name = names.emplace_back();
    std::size_t index = 0;
    for (const auto text : reader.array(item)) {
      if (index < name.size()) name[index] = reader.get<std::string_view>(text);
      ++index;
    }
    reader.check(index <= name.size()); // fewer in a file of a version that told less apart
  }
  return names;
}

UsageSpan
read_span(Reader& reader, Reader::Element from, std::initializer_list<Milliseconds> lengths) {
  constexpr std::int64_t time_max = 253'402'300'799'999; // the end of the year 9999
  const auto start = reader.get<std::int64_t>(from["t"]);
  const Milliseconds length{reader.get<std::int64_t>(from["ms"])};
  reader.check(start >= 0 && start <= time_max);
  reader.check(std::ranges::find(lengths, length) != lengths.end());
  return reader.ok() ? span_of(WallTime{Milliseconds{start}}, length) : UsageSpan{};
}

const UsageName& name_of(Reader& reader, Reader::Array row, const std::vector<UsageName>& names) {
  static const UsageName none;
  const auto index = reader.count(reader.at(row, 0));
  reader.check(index < names.size());
  return reader.ok() ? names[index] : none;
}

void read_speeds(
  Reader& reader,
  Reader::Array items,
  const std::vector<UsageName>& names,
  const UsageSpan& span,
  SpeedGroup group,
  UsageTotals& totals) {
  for (const auto item : items) {
    const auto row = reader.array(item);
    const auto& name = name_of(reader, row, names);
    UsageSpeeds speeds;
    speeds.first_token = reader.sketch(reader.array(reader.at(row, 1)));
    speeds.latency = reader.sketch(reader.array(reader.at(row, 2)));
    if (row.size() > 3) speeds.queued = reader.sketch(reader.array(reader.at(row, 3)));
    if (!reader.ok()) return;
    totals.add_speeds(span, group, name, speeds);
  }
}

void read_slice(
  Reader& reader, Reader::Element from, const std::vector<UsageName>& names, UsageTotals& totals) {
  const auto span = read_span(reader, from, {usage_detail, usage_minute, usage_hour});
  if (!reader.ok()) return;
  for (const auto item : reader.array(from["cells"])) {
    const auto row = reader.array(item);
    const auto& name = name_of(reader, row, names);
    const auto counters = reader.counters(row, 1);
    if (!reader.ok()) return;
    totals.add(span, name, counters);
  }
  read_speeds(reader, reader.array(from["speeds"]), names, span, SpeedGroup::source, totals);
}

void read_value_speeds(
  Reader& reader, Reader::Element from, const std::vector<UsageName>& names, UsageTotals& totals) {
  const auto span =
    read_span(reader, from, {usage_minute, usage_hour, usage_quarter, usage_day_length});
  for (const auto group : value_speed_groups) {
    if (!reader.ok()) return;
    const auto items = reader.array(from[dimension_text(dimension_of(group))]);
    read_speeds(reader, items, names, span, group, totals);
  }
}

UsageTotals read_totals(Reader& reader, Reader::Element from) {
  UsageTotals totals;
  std::size_t known = 0;
  for (const auto item : reader.array(from["counters"])) {
    const auto name = reader.get<std::string_view>(item);
    reader.check(known < usage_counter_count && name == usage_counter_names()[known]);
    ++known;
  }
  const auto names = read_names(reader, reader.array(from["names"]));
  for (const auto item : reader.array(from["slices"])) read_slice(reader, item, names, totals);
  // A file of an earlier version has none.
  if (Reader::Element many; from["value_speeds"].get(many) == simdjson::SUCCESS)
    for (const auto item : reader.array(many)) read_value_speeds(reader, item, names, totals);
  return totals;
}

Coverage read_coverage(Reader& reader, Reader::Element from) {
  Coverage coverage;
  simdjson::dom::object files;
  reader.check(from["covers"].get(files) == simdjson::SUCCESS);
  if (!reader.ok()) return coverage;
  for (const auto field : files) {
    const auto file = read_file_name(field.key);
    reader.check(file.has_value());
    for (const auto item : reader.array(field.value)) {
      const auto range = reader.array(item);
      const auto begin = reader.count(reader.at(range, 0));
      const auto end = reader.count(reader.at(range, 1));
      if (reader.ok()) coverage.add(Extent{*file, begin, end});
    }
  }
  return coverage;
}

/// Parses `text` and lets `read` fill the value; a text of another format is not read.
template <class T, class Read>
Result<T> read_text(std::string_view text, Read read) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS)
    return fail(ErrorKind::invalid_json, "not JSON");
  Reader reader;
  reader.check(reader.get<std::int64_t>(root["format"]) == format);
  T value;
  if (reader.ok()) read(reader, root, value);
  if (!reader.ok()) return fail(ErrorKind::invalid_value, "not a usage file of this version");
  return value;
}

} // namespace

Result<UsageState> read_usage_state_text(std::string_view text) {
  return read_text<UsageState>(text, [](Reader& reader, Reader::Element root, UsageState& state) {
    state.first_open_day = reader.day(root["first_open_day"]);
    state.first_held_day = reader.day(root["first_held_day"]);
    state.coverage = read_coverage(reader, root);
    state.all_time = reader.counters(reader.array(root["all_time"]), 0);
    state.totals = read_totals(reader, root);
  });
}

Result<UsageTotals> read_usage_day_text(std::string_view text) {
  return read_text<UsageTotals>(
    text, [](Reader& reader, Reader::Element root, UsageTotals& totals) {
      totals = read_totals(reader, root);
    });
}

} // namespace gateway
