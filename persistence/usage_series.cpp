#include "persistence/usage_series.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace gateway {
namespace {

/// The first walk: how much each value has.
class Ranking final : public UsageVisitor {
public:
  explicit Ranking(UsageMetric metric) : metric_(metric) {}

  void counted(const UsageSpan&, std::uint32_t value, const UsageCounters& counters) override {
    if (sums_.size() <= value) sums_.resize(value + std::size_t{1});
    sums_[value] += counters;
  }
  void timed(const UsageSpan&, std::uint32_t, const SpeedBuckets&) override {}

  /// The values with the most, the first one first.
  std::vector<std::uint32_t> top(const UsageWalk& walk, std::size_t count) const {
    std::vector<std::uint32_t> values(sums_.size());
    std::iota(values.begin(), values.end(), 0U);
    const auto key = [&](std::uint32_t value) {
      return std::pair{-value_of(sums_[value], metric_), std::string_view{walk.text(value)}};
    };
    std::ranges::sort(values, {}, key);
    values.resize(std::min(values.size(), count));
    return values;
  }

private:
  const UsageMetric metric_;
  std::vector<UsageCounters> sums_; // by value
};

/// The second walk: what goes to which series and step.
class Drawing final : public UsageVisitor {
public:
  /// `steps` is the grid's, or 1 for the whole of it.
  Drawing(const UsageGrid& grid, std::size_t steps, bool speeds)
      : grid_(grid), steps_(steps), speeds_(speeds) {}

  void add_series(std::string key, std::uint32_t value) {
    if (places_.size() <= value) places_.resize(value + std::size_t{1}, none);
    places_[value] = make_series(std::move(key), false);
  }

  void counted(const UsageSpan& span, std::uint32_t value, const UsageCounters& counters) override {
    series_[place_of(value)].steps[step_of(span)] += counters;
  }

  void timed(const UsageSpan& span, std::uint32_t value, const SpeedBuckets& speeds) override {
    // A node's walk goes by time, so that one step at a time is being summed up.
    if (const auto step = step_of(span); step != open_step_) finish_step(step);
    auto& sums = sums_[place_of(value)];
    sums.first_token.add(speeds.first_token);
    sums.latency.add(speeds.latency);
    sums.queued.add(speeds.queued);
  }

  std::vector<UsageSeries> series() && {
    finish_step(0);
    return std::move(series_);
  }

private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  struct Sums {
    SketchSum first_token;
    SketchSum latency;
    SketchSum queued;
  };

  std::size_t step_of(const UsageSpan& span) const noexcept {
    return steps_ == 1 ? 0 : grid_.index_of(span.start);
  }

  std::size_t make_series(std::string key, bool other) {
    auto& made = series_.emplace_back();
    made.key = std::move(key);
    made.other = other;
    made.steps.resize(steps_);
    if (speeds_) made.speeds.resize(steps_);
    sums_.emplace_back();
    return series_.size() - 1;
  }

  std::size_t place_of(std::uint32_t value) {
    if (value < places_.size() && places_[value] != none) return places_[value];
    if (other_ == none) other_ = make_series("", true);
    return other_;
  }

  /// There is something already where another node's walk came by.
  static void add_to(LatencySketch& speed, SketchSum& sum) {
    if (sum.empty()) return;
    if (speed.empty())
      speed = sum.take();
    else
      speed.merge(sum.take());
  }

  void finish_step(std::size_t next) {
    for (std::size_t i = 0; i < series_.size() && speeds_; ++i) {
      auto& speeds = series_[i].speeds[open_step_];
      add_to(speeds.first_token, sums_[i].first_token);
      add_to(speeds.latency, sums_[i].latency);
      add_to(speeds.queued, sums_[i].queued);
    }
    open_step_ = next;
  }

  const UsageGrid& grid_;
  const std::size_t steps_;
  const bool speeds_;
  std::vector<UsageSeries> series_;
  std::vector<Sums> sums_;          // one a series, of the open step
  std::vector<std::size_t> places_; // by value, in series_
  std::size_t other_ = none;
  std::size_t open_step_ = 0;
};

/// The series over the grid, in its steps or, where `steps` is 1, as one sum each.
Result<std::vector<UsageSeries>>
draw(UsageWalk& walk, const UsageGrid& grid, const UsageSeriesQuery& query, std::size_t steps) {
  Drawing drawing{grid, steps, query.speeds};
  if (query.by) {
    Ranking ranking{query.ranked_by};
    if (auto walked = walk.visit(grid, false, ranking); !walked)
      return fail(std::move(walked.error()));
    for (const auto value : ranking.top(walk, query.top))
      drawing.add_series(walk.text(value), value);
  } else {
    drawing.add_series("", 0);
  }
  if (auto walked = walk.visit(grid, query.speeds, drawing); !walked)
    return fail(std::move(walked.error()));
  return std::move(drawing).series();
}

} // namespace

std::optional<double>
mean_in_flight(const UsageSeriesAnswer& chart, const UsageSeries& series, std::size_t step) {
  const WallTime begin = chart.grid.from + step * chart.grid.step;
  const auto length = std::min<Milliseconds>(chart.grid.step, chart.as_of - begin);
  if (length <= 0ms) return std::nullopt;
  const auto busy = std::chrono::microseconds{series.steps[step].busy_us};
  return std::chrono::duration<double>(busy) / std::chrono::duration<double>(length);
}

Result<UsageSeriesAnswer>
answer_usage_series(const UsagePast& past, const UsageSeriesQuery& query, WallTime now) {
  UsageWalk walk{past, query.by, query.nodes};
  UsageSeriesAnswer answer;
  answer.as_of = now;
  GATEWAY_TRY(answer.grid, walk.grid(query.from, query.to, query.speeds));
  const auto& grid = answer.grid;
  GATEWAY_TRY(const auto began, walk.began());
  const auto steps_before = [&](WallTime at) {
    return at <= grid.from ? 0 : std::min(grid.index_of(at), grid.steps);
  };
  // The present is in the last step that is known: it is being counted.
  answer.behind_known = steps_before(now + grid.step - 1ms);
  answer.first_known = began ? steps_before(*began) : answer.behind_known;
  GATEWAY_TRY(answer.series, draw(walk, grid, query, grid.steps));
  return answer;
}

Result<UsageBreakdown>
answer_usage_breakdown(const UsagePast& past, const UsageSeriesQuery& query) {
  UsageWalk walk{past, query.by, query.nodes};
  GATEWAY_TRY(const auto grid, walk.grid(query.from, query.to, false));
  GATEWAY_TRY(auto series, draw(walk, grid, query, 1));
  UsageBreakdown answer{grid.from, query.to, {}, {}, {}};
  for (auto& one : series) {
    answer.total += one.steps[0];
    if (one.other)
      answer.other = one.steps[0];
    else if (one.steps[0].requests > 0) // not where they ended behind the range
      answer.items.push_back(
        {std::move(one.key),
         one.steps[0],
         query.speeds ? std::move(one.speeds[0]) : UsageSpeeds{}});
  }
  return answer;
}

} // namespace gateway
