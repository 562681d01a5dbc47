#include "persistence/usage_query.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace gateway {
namespace {

Failed odd_last() {
  return fail(
    ErrorKind::invalid_value,
    "last must be a number of hours or days, as 24h or 30d, up to " + std::to_string(usage_days_max)
      + "d",
    "last");
}

Result<Milliseconds> read_last(std::string_view text) {
  if (text.empty()) return UsageQuery{}.last;
  const char unit = text.back();
  text.remove_suffix(1);
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool read = error == std::errc{} && end == text.data() + text.size();
  if (!read || count < 1 || (unit != 'h' && unit != 'd')) return odd_last();
  const std::int64_t hours_a_unit = unit == 'd' ? 24 : 1;
  if (count > usage_days_max * 24 / hours_a_unit) return odd_last();
  return count * hours_a_unit * usage_hour;
}

Result<std::vector<UsageDimension>> read_by(std::string_view text) {
  std::vector<UsageDimension> by;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto dimension = read_dimension(text.substr(0, comma));
    if (!dimension || std::ranges::find(by, *dimension) != by.end())
      return fail(
        ErrorKind::invalid_value,
        "by must name some of provider, model, key, node, route, team and status, each once, "
        "separated by commas",
        "by");
    by.push_back(*dimension);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return by;
}

WallTime start_of(const UsageQuery& query, WallTime now) noexcept {
  const auto step = query.last > usage_minutes_kept ? usage_hour : usage_minute;
  return span_of(now - query.last, step).start;
}

/// Rows being summed up.
class Sums {
public:
  explicit Sums(const UsageQuery& query)
      : by_(query.by), nodes_(query.nodes),
        has_speed_(std::ranges::all_of(query.by, [](UsageDimension dimension) {
          return speed_group_of(dimension) == SpeedGroup::source;
        })) {}

  void add(const UsageTotals& totals, const UsageSlice& slice) {
    for (const auto& cell : slice.cells)
      if (is_wanted(totals, cell.name)) row_of(totals, cell.name).counters += cell.counters;
    if (!has_speed_) return;
    for (const auto& speed : slice.speeds) {
      if (!is_wanted(totals, speed.name)) continue;
      auto& row = row_of(totals, speed.name);
      row.first_token.merge(speed.first_token);
      row.latency.merge(speed.latency);
    }
  }

  std::vector<UsageRow> rows() && {
    std::vector<UsageRow> rows;
    for (auto& [key, row] : rows_) rows.push_back(std::move(row));
    std::ranges::sort(rows, [](const UsageRow& a, const UsageRow& b) {
      return std::tie(b.counters.cost_n, b.counters.requests, a.key)
        < std::tie(a.counters.cost_n, a.counters.requests, b.key);
    });
    return rows;
  }

private:
  bool is_wanted(const UsageTotals& totals, std::uint32_t name) const noexcept {
    constexpr auto node = static_cast<std::size_t>(UsageDimension::node);
    return nodes_.empty() || std::ranges::find(nodes_, totals.name(name)[node]) != nodes_.end();
  }

  /// Names have the same index in all slices of one totals: their rows are looked up once.
  UsageRow& row_of(const UsageTotals& totals, std::uint32_t name) {
    if (&totals != known_) {
      known_ = &totals;
      by_name_.clear();
    }
    if (by_name_.size() <= name) by_name_.resize(totals.names(), nullptr);
    auto*& row = by_name_[name];
    if (row == nullptr) {
      std::vector<std::string> key;
      for (const auto dimension : by_)
        key.push_back(totals.name(name)[static_cast<std::size_t>(dimension)]);
      row = &rows_[key];
      row->key = std::move(key);
    }
    return *row;
  }

  const std::vector<UsageDimension>& by_;
  const std::vector<std::string>& nodes_;
  const bool has_speed_;
  std::map<std::vector<std::string>, UsageRow> rows_;
  const UsageTotals* known_ = nullptr;
  std::vector<UsageRow*> by_name_;
};

} // namespace

Result<UsageQuery> read_usage_query(std::string_view last, std::string_view by) {
  UsageQuery query;
  GATEWAY_TRY(query.last, read_last(last));
  GATEWAY_TRY(query.by, read_by(by));
  return query;
}

Result<void>
visit_slices(const UsagePast& past, WallTime from, WallTime to, const SliceVisitor& visit) {
  const auto visit_all = [&](const UsageTotals& totals, WallTime first, WallTime behind) {
    for (const auto& entry : totals.slices()) {
      if (entry.span.start < first || entry.span.start >= behind) continue;
      if (entry.span.end() > from && entry.span.start <= to) visit(totals, entry);
    }
  };
  constexpr std::chrono::days one{1};
  // The day before stays until the next one is there, so that no two have one address.
  std::shared_ptr<const UsageTotals> shown;
  for (const auto& [state, history] : past) {
    const auto last_file = std::min(state->first_held_day, day_of(to) + one);
    for (auto day = day_of(from); day < last_file; day += one) {
      GATEWAY_TRY(auto totals, history->day(day));
      visit_all(*totals, day, day + one);
      shown = std::move(totals);
    }
    visit_all(state->totals, state->first_held_day, WallTime::max());
  }
  return {};
}

Result<UsageAnswer> answer_usage(const UsagePast& past, const UsageQuery& query, WallTime now) {
  UsageAnswer answer{query, start_of(query, now), now, {}, {}};
  Sums sums{query};
  const auto visited = visit_slices(
    past, answer.from, answer.to, [&](const UsageTotals& totals, const UsageTotals::Entry& entry) {
      sums.add(totals, *entry.slice);
    });
  if (!visited) return fail(Error{visited.error()});
  answer.rows = std::move(sums).rows();
  for (const auto& row : answer.rows) answer.total += row.counters;
  return answer;
}

Result<UsageAnswer>
usage_from_folder(const std::string& data, const UsageQuery& query, WallTime now) {
  GATEWAY_TRY(const auto state, read_usage_state(data, now));
  UsageHistory history{data};
  return answer_usage({{state, history}}, query, now);
}

} // namespace gateway
