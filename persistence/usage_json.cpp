#include "persistence/usage_json.hpp"

#include "net/base/json_text.hpp"

#include <span>

namespace gateway {
namespace {

template <class Items, class Write>
void append_array(std::string& out, const Items& items, Write write, std::string_view between) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += between;
    first = false;
    write(item);
  }
  out += ']';
}

void append_text_array(std::string& out, std::span<const std::string_view> texts) {
  append_array(
    out, texts, [&](auto text) { append_json_string(out, text); }, ",");
}

void append_row(std::string& out, const UsageCounters& counters) {
  append_array(
    out, as_row(counters), [&](auto number) { append_number(out, number); }, ",");
}

void append_sketch(std::string& out, const LatencySketch& sketch) {
  out += '[';
  for (const auto& bucket : sketch.buckets()) {
    if (out.back() != '[') out += ',';
    append_number(out, bucket.index);
    out += ',';
    append_number(out, bucket.count);
  }
  out += ']';
}

void append_speeds(std::string& out, const std::vector<NamedSpeeds>& many) {
  append_array(
    out,
    many,
    [&](const NamedSpeeds& speeds) {
      out += '[';
      append_number(out, speeds.name);
      out += ',';
      append_sketch(out, speeds.first_token);
      out += ',';
      append_sketch(out, speeds.latency);
      if (!speeds.queued.empty()) {
        out += ',';
        append_sketch(out, speeds.queued);
      }
      out += ']';
    },
    ",");
}

void append_span(std::string& out, const UsageSpan& span) {
  out += R"({"t":)";
  append_number(out, milliseconds_since_epoch(span.start));
  out += R"(,"ms":)";
  append_number(out, span.length.count());
}

void append_slice(std::string& out, const UsageTotals::Entry& entry) {
  append_span(out, entry.span);
  out += R"(,"cells":)";
  append_array(
    out,
    entry.slice->cells,
    [&](const UsageSlice::Cell& cell) {
      out += '[';
      append_number(out, cell.name);
      for (const auto number : as_row(cell.counters)) {
        out += ',';
        append_number(out, number);
      }
      out += ']';
    },
    ",");
  out += R"(,"speeds":)";
  append_speeds(out, entry.slice->speeds);
  out += '}';
}

void append_value_speeds(std::string& out, const UsageValueSpeeds::Entry& entry) {
  append_span(out, entry.span);
  for (const auto group : value_speed_groups) {
    out += ",\"";
    out += dimension_text(dimension_of(group));
    out += "\":";
    append_speeds(out, entry.slice->of(group));
  }
  out += '}';
}

/// The part that both kinds of file have.
void append_totals(std::string& out, const UsageTotals& totals) {
  out += R"("counters":)";
  append_text_array(out, usage_counter_names());
  out += ",\n\"names\":[";
  for (std::uint32_t i = 0; i < totals.names(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    append_array(
      out, totals.name(i), [&](const auto& text) { append_json_string(out, text); }, ",");
  }
  out += "],\n\"slices\":";
  append_array(
    out, totals.slices(), [&](const auto& entry) { append_slice(out, entry); }, ",\n");
  out += ",\n\"value_speeds\":";
  append_array(
    out,
    totals.value_speeds().slices(),
    [&](const auto& entry) { append_value_speeds(out, entry); },
    ",\n");
}

void append_coverage(std::string& out, const Coverage& coverage) {
  out += '{';
  for (const auto& [file, ranges] : coverage.files()) {
    if (out.back() != '{') out += ',';
    append_json_string(out, file_name(file));
    out += ':';
    append_array(
      out,
      ranges,
      [&](const Coverage::Range& range) {
        out += '[';
        append_number(out, range.begin);
        out += ',';
        append_number(out, range.end);
        out += ']';
      },
      ",");
  }
  out += '}';
}

} // namespace

std::string render_usage_state(const UsageState& state, WallTime taken) {
  auto totals = state.totals;
  totals.fold_seconds();
  std::string out = R"({"format":1,"taken":)";
  append_number(out, milliseconds_since_epoch(taken));
  out += ",\n\"first_open_day\":\"" + day_text(state.first_open_day);
  out += "\",\"first_held_day\":\"" + day_text(state.first_held_day);
  out += "\",\n\"covers\":";
  append_coverage(out, state.coverage);
  out += ",\n\"all_time\":";
  append_row(out, state.all_time);
  out += ",\n";
  append_totals(out, totals);
  out += "}\n";
  return out;
}

std::string render_usage_day(const UsageTotals& totals, Day day) {
  std::string out = R"({"format":1,"day":")" + day_text(day) + "\",\n";
  append_totals(out, totals.hours(day, day + std::chrono::days{1}));
  out += "}\n";
  return out;
}

} // namespace gateway
