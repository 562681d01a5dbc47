#include "net/demo/limiter.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gateway {
namespace {

constexpr std::array<std::pair<DemoLimitKind, std::string_view>, 3> kind_names{{
  {DemoLimitKind::fixed, "fixed"},
  {DemoLimitKind::sliding, "sliding"},
  {DemoLimitKind::bucket, "bucket"},
}};

/// The end of the window of a clock-aligned rule in which `now` lies.
Instant aligned_end(const DemoRule& rule, Instant now) {
  const auto since = now.time_since_epoch() - rule.phase;
  auto index = since / rule.window;
  if (since < Nanoseconds{0} && since % rule.window != Nanoseconds{0}) --index;
  return Instant{rule.phase + rule.window * (index + 1)};
}

} // namespace

std::string_view name_of(DemoLimitKind kind) noexcept {
  for (const auto& [known, name] : kind_names)
    if (known == kind) return name;
  return {};
}

std::string_view name_of(DemoLimitUnit unit) noexcept {
  return unit == DemoLimitUnit::requests ? "requests" : "tokens";
}

std::optional<DemoLimitKind> find_demo_limit_kind(std::string_view name) noexcept {
  for (const auto& [kind, known] : kind_names)
    if (known == name) return kind;
  return std::nullopt;
}

DemoMeter::DemoMeter(DemoRule rule) : rule_(rule) {
  if (rule_.capacity <= 0) rule_.capacity = rule_.limit;
  level_ = Wide{rule_.capacity} * rule_.window.count();
}

std::int64_t DemoMeter::ceiling() const noexcept {
  return rule_.kind == DemoLimitKind::bucket ? rule_.capacity : rule_.limit;
}

void DemoMeter::forget(Instant now) {
  switch (rule_.kind) {
  case DemoLimitKind::fixed:
    if (now >= window_end_) used_ = 0;
    break;
  case DemoLimitKind::sliding:
    while (!log_.empty() && log_.front().at + rule_.window <= now) {
      used_ -= log_.front().cost;
      log_.pop_front();
    }
    break;
  case DemoLimitKind::bucket: {
    const auto full = Wide{rule_.capacity} * rule_.window.count();
    level_ = std::min(full, level_ + Wide{rule_.limit} * (now - refilled_).count());
    refilled_ = now;
  }
  }
}

std::optional<Nanoseconds> DemoMeter::wait_for(std::int64_t cost, Instant now) {
  forget(now);
  if (cost > ceiling()) return rule_.window;
  switch (rule_.kind) {
  case DemoLimitKind::fixed:
    if (used_ + cost <= rule_.limit) return std::nullopt;
    return window_end_ - now;
  case DemoLimitKind::sliding: {
    if (used_ + cost <= rule_.limit) return std::nullopt;
    auto left = used_;
    for (const auto& use : log_) {
      left -= use.cost;
      if (left + cost <= rule_.limit) return use.at + rule_.window - now;
    }
    return rule_.window;
  }
  case DemoLimitKind::bucket: break;
  }
  const auto missing = Wide{cost} * rule_.window.count() - level_;
  if (missing <= 0) return std::nullopt;
  return Nanoseconds{static_cast<std::int64_t>((missing + rule_.limit - 1) / rule_.limit)};
}

void DemoMeter::charge(std::int64_t cost, Instant now) {
  forget(now);
  if (cost <= 0) return;
  switch (rule_.kind) {
  case DemoLimitKind::fixed:
    if (now >= window_end_)
      window_end_ = rule_.from_first_call ? now + rule_.window : aligned_end(rule_, now);
    used_ += cost;
    break;
  case DemoLimitKind::sliding:
    log_.push_back({now, cost});
    used_ += cost;
    break;
  case DemoLimitKind::bucket: level_ -= Wide{cost} * rule_.window.count();
  }
}

DemoStanding DemoMeter::standing(Instant now) {
  forget(now);
  DemoStanding standing{ceiling(), used_, 0, Nanoseconds{0}};
  switch (rule_.kind) {
  case DemoLimitKind::fixed:
    if (used_ > 0) standing.until_full = window_end_ - now;
    break;
  case DemoLimitKind::sliding:
    if (!log_.empty()) standing.until_full = log_.back().at + rule_.window - now;
    break;
  case DemoLimitKind::bucket: {
    const auto missing = Wide{rule_.capacity} * rule_.window.count() - level_;
    standing.used =
      static_cast<std::int64_t>((missing + rule_.window.count() - 1) / rule_.window.count());
    standing.until_full =
      Nanoseconds{static_cast<std::int64_t>((missing + rule_.limit - 1) / rule_.limit)};
  }
  }
  standing.remaining = standing.limit - standing.used;
  return standing;
}

DemoLimiter::DemoLimiter(const std::vector<DemoRule>& rules, std::int64_t concurrency)
    : concurrency_(concurrency) {
  for (const auto& rule : rules) meters_.emplace_back(rule);
}

DemoVerdict DemoLimiter::arrive(std::int64_t tokens, Instant now) {
  DemoVerdict verdict;
  if (concurrency_ > 0 && under_way_ >= concurrency_) verdict.allowed = false;
  const auto cost_in = [&](const DemoMeter& meter) {
    return meter.rule().unit == DemoLimitUnit::requests ? 1 : tokens;
  };
  for (auto& meter : meters_) {
    const auto wait = meter.wait_for(cost_in(meter), now);
    if (!wait) continue;
    verdict.allowed = false;
    if (!verdict.broken || *wait > verdict.wait) verdict.broken = meter.rule().unit;
    verdict.wait = std::max(verdict.wait, *wait);
  }
  if (!verdict.allowed) {
    ++counts_.over;
    return verdict;
  }
  for (auto& meter : meters_) meter.charge(cost_in(meter), now);
  ++counts_.allowed;
  under_way_max_ = std::max(under_way_max_, ++under_way_);
  return verdict;
}

void DemoLimiter::leave() noexcept {
  --under_way_;
}

std::optional<DemoStanding> DemoLimiter::standing(DemoLimitUnit unit, Instant now) {
  std::optional<DemoStanding> tightest;
  const auto share = [](const DemoStanding& at) {
    return static_cast<double>(at.remaining)
      / static_cast<double>(std::max<std::int64_t>(at.limit, 1));
  };
  for (auto& meter : meters_) {
    if (meter.rule().unit != unit) continue;
    const auto standing = meter.standing(now);
    if (!tightest || share(standing) < share(*tightest)) tightest = standing;
  }
  return tightest;
}

} // namespace gateway
