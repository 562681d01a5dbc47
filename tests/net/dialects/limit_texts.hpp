#pragma once

#include "net/dialects/dialect.hpp"

#include <string>
#include <vector>

namespace gateway {

// 2026-11-23T12:00:00Z
constexpr std::int64_t limits_now = 1'795'435'200'000;

/// "requests/minute limit=100 remaining=- reset=30000", which a failed test shows whole.
inline std::string limit_text(const LimitReport& report) {
  constexpr const char* units[] = {"requests", "tokens", "input", "output"};
  constexpr const char* windows[] = {"?", "second", "minute", "hour", "day", "month"};
  const auto number = [](const auto& value) {
    return value ? std::to_string(*value) : std::string{"-"};
  };
  const bool is_other = report.window == LimitReport::Window::other;
  std::string text = std::string{units[static_cast<int>(report.unit)]} + "/"
    + (is_other ? std::to_string(report.length.count()) + "s"
                : windows[static_cast<int>(report.window)]);
  text += " limit=" + number(report.limit) + " remaining=" + number(report.remaining);
  text += " reset=" + (report.reset ? std::to_string(report.reset->count()) : "-");
  return text;
}

inline std::vector<std::string>
limit_texts(const std::vector<Header>& headers, std::string_view style = "") {
  std::vector<std::string> all;
  for (const auto& report : read_limits(headers, style, limits_now))
    all.push_back(limit_text(report));
  return all;
}

} // namespace gateway
