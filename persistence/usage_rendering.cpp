#include "net/base/json_text.hpp"
#include "net/base/money.hpp"
#include "persistence/usage_query.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace gateway {
namespace {

void append_field(std::string& out, std::string_view name, std::int64_t value) {
  out += ",\"";
  out += name;
  out += "\":";
  append_number(out, value);
}

void append_item(std::string& out, const UsageAnswer& answer, const UsageRow& row) {
  out += '{';
  for (std::size_t i = 0; i < row.key.size(); ++i) {
    append_json_string(out, dimension_text(answer.query.by[i]));
    out += ':';
    append_json_string(out, row.key[i]);
    out += ',';
  }
  const auto& counters = row.counters;
  out += "\"requests\":";
  append_number(out, counters.requests);
  append_field(out, "errors", counters.errors());
  append_field(out, "tokens_in", counters.tokens_in);
  append_field(out, "tokens_cached", counters.tokens_cached);
  append_field(out, "tokens_out", counters.tokens_out);
  append_field(out, "tokens_reasoning", counters.tokens_reasoning);
  out += ",\"cost_n\":\"";
  append_number(out, counters.cost_n);
  out += "\"}";
}

constexpr std::array<std::string_view, 7> number_heads{
  "requests", "errors", "tokens in", "cached", "tokens out", "reasoning", "cost $"};

/// A name may have come from a stranger, and a terminal obeys control characters.
std::string printable(std::string_view text) {
  std::string clean{text};
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return clean.empty() ? "-" : clean;
}

std::vector<std::string> table_row(std::vector<std::string> names, const UsageCounters& counters) {
  names.push_back(std::to_string(counters.requests));
  names.push_back(std::to_string(counters.errors()));
  names.push_back(std::to_string(counters.tokens_in));
  names.push_back(std::to_string(counters.tokens_cached));
  names.push_back(std::to_string(counters.tokens_out));
  names.push_back(std::to_string(counters.tokens_reasoning));
  names.push_back(to_usd_text(NanoDollars{counters.cost_n}));
  return names;
}

/// Characters, not bytes: continuation bytes take no place.
std::size_t width_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(
    std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
}

} // namespace

std::string render_usage_json(const UsageAnswer& answer) {
  std::string out = R"({"items":[)";
  for (std::size_t i = 0; i < answer.rows.size(); ++i) {
    if (i > 0) out += ',';
    append_item(out, answer, answer.rows[i]);
  }
  out += "]}";
  return out;
}

std::string render_usage_table(const UsageAnswer& answer) {
  const auto names = answer.query.by.size();
  std::vector<std::vector<std::string>> rows(1);
  for (const auto dimension : answer.query.by) rows[0].emplace_back(dimension_text(dimension));
  rows[0].insert(rows[0].end(), number_heads.begin(), number_heads.end());
  for (const auto& row : answer.rows) {
    std::vector<std::string> key;
    for (const auto& name : row.key) key.push_back(printable(name));
    rows.push_back(table_row(std::move(key), row.counters));
  }
  // Without dimensions the one row is the total already.
  if (names > 0) {
    std::vector<std::string> key(names);
    key[0] = "total";
    rows.push_back(table_row(std::move(key), answer.total));
  } else if (answer.rows.empty()) {
    rows.push_back(table_row({}, answer.total));
  }
  std::vector<std::size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - width_of(row[i]), ' ');
      if (i > 0) line += "  ";
      line += i < names ? row[i] + space : space + row[i];
    }
    out += line + '\n';
  }
  return out;
}

} // namespace gateway
