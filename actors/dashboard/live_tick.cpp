#include "actors/dashboard/live_tick.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>

namespace gateway {
namespace {

void add_row(TickRow& into, const TickRow& later, const RowShape& shape) {
  for (std::size_t i = 0; i < shape.columns; ++i)
    into.values[i] = shape.is_sum(i) ? into.values[i] + later.values[i] : later.values[i];
}

void merge_rows(std::vector<TickRow>& into, const std::vector<TickRow>& later, RowShape shape) {
  std::vector<TickRow> merged;
  merged.reserve(into.size() + later.size());
  auto ours = into.begin();
  for (const auto& row : later) {
    while (ours != into.end() && ours->id < row.id) merged.push_back(*ours++);
    if (ours == into.end() || ours->id != row.id) {
      merged.push_back(row);
      continue;
    }
    add_row(*ours, row, shape);
    merged.push_back(*ours++);
  }
  merged.insert(merged.end(), ours, into.end());
  into = std::move(merged);
}

void append_value(std::string& out, const TickRow& row, std::size_t column, const RowShape& shape) {
  const auto value = row.values[column];
  if (value == unknown_number)
    out += "null";
  else if (shape.is_time(column))
    append_tick_time(out, value);
  else
    append_number(out, value);
}

void append_rows(std::string& out, const std::vector<TickRow>& rows, const RowShape& shape) {
  if (rows.empty()) return;
  out += ",\"";
  out += shape.letter;
  out += "\":{";
  for (const auto& row : rows) {
    if (out.back() != '{') out += ',';
    out += '"';
    append_number(out, row.id);
    out += "\":[";
    for (std::size_t i = 0; i < shape.columns; ++i) {
      if (i > 0) out += ',';
      append_value(out, row, i, shape);
    }
    out += ']';
  }
  out += '}';
}

void append_names(std::string& out, const LiveTick& tick) {
  const bool any = std::ranges::any_of(
    tick.tables, [](const LiveTick::Table& table) { return !table.names.empty(); });
  if (!any) return;
  out += ",\"ids\":{";
  for (std::size_t kind = 0; kind < row_kinds; ++kind) {
    if (tick.tables[kind].names.empty()) continue;
    if (out.back() != '{') out += ',';
    out += '"';
    out += row_shapes[kind].letter;
    out += "\":{";
    for (const auto& [id, name] : tick.tables[kind].names) {
      if (out.back() != '{') out += ',';
      append_json_string(out, name);
      out += ':';
      append_number(out, id);
    }
    out += '}';
  }
  out += '}';
}

} // namespace

std::size_t LiveTick::rows() const noexcept {
  std::size_t count = 0;
  for (const auto& table : tables) count += table.rows.size();
  return count;
}

void merge(LiveTick& into, const LiveTick& later) {
  into.at = later.at;
  for (std::size_t i = 0; i < into.totals.size(); ++i) into.totals[i] += later.totals[i];
  if (later.first_token[0] != unknown_number) into.first_token = later.first_token;
  for (std::size_t kind = 0; kind < row_kinds; ++kind) {
    auto& table = into.tables[kind];
    const auto& its = later.tables[kind];
    merge_rows(table.rows, its.rows, row_shapes[kind]);
    table.names.insert(table.names.end(), its.names.begin(), its.names.end());
  }
  into.merged += later.merged;
}

void append_tick_json(std::string& out, const LiveTick& tick) {
  out += "{\"t\":";
  append_number(out, milliseconds_since_epoch(tick.at));
  append_names(out, tick);
  out += ",\"tot\":[";
  for (const auto total : tick.totals) {
    if (out.back() != '[') out += ',';
    append_number(out, total);
  }
  out += "],\"ttft\":[";
  for (const auto time : tick.first_token) {
    if (out.back() != '[') out += ',';
    append_tick_time(out, time);
  }
  out += ']';
  for (std::size_t kind = 0; kind < row_kinds; ++kind)
    append_rows(out, tick.tables[kind].rows, row_shapes[kind]);
  if (tick.merged > 1) {
    out += ",\"merged\":";
    append_number(out, tick.merged);
  }
  out += '}';
}

void append_tick_time(std::string& out, std::int64_t us) {
  if (us == unknown_number) {
    out += "null";
    return;
  }
  const auto tenths = (us + 50) / 100;
  append_number(out, tenths / 10);
  if (tenths % 10 == 0) return;
  out += '.';
  append_number(out, tenths % 10);
}

} // namespace gateway
