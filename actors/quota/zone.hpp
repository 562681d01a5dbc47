#pragma once

#include "net/base/result.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace gateway {

/// A time zone's rules, read from the system's zone files. g++ 12 has no zone database and the C
/// library knows one zone per process, so the files are read here.
/// Source: RFC 8536 (TZif); POSIX.1, "TZ" for the rule at the file's end.
class Zone {
public:
  /// "utc" or a name like "America/Los_Angeles".
  /// Errors: invalid_value, when there is no such zone or its file is none.
  static Result<std::shared_ptr<const Zone>> find(std::string_view name);
  /// Of a zone file's bytes. Errors: invalid_value.
  static Result<std::shared_ptr<const Zone>> read(std::string_view bytes);

  /// Local time less UTC.
  std::chrono::seconds offset_at(std::chrono::sys_seconds at) const noexcept;

private:
  struct Transition {
    std::int64_t at;
    std::int64_t offset; // from here on
  };
  /// One change of a year's two: the `week`-th `weekday` of `month`, or a day of the year.
  struct Change {
    enum class Kind : std::uint8_t { weekday_of_month, day_without_leap, day_from_zero };
    Kind kind = Kind::weekday_of_month;
    int month = 0;
    int week = 0; // 5: the last
    int day = 0;  // weekday from Sunday, or day of the year
    std::int64_t time = 7'200;
  };
  /// What holds after the last transition of the file.
  struct Rule {
    std::int64_t standard = 0;
    std::int64_t summer = 0;
    std::optional<std::array<Change, 2>> changes; // to summer time, from it

    std::int64_t offset_at(std::int64_t at) const noexcept;
  };
  class RuleReader;

  static std::int64_t day_of(const Change& change, std::chrono::year year) noexcept;

  std::int64_t first_offset_ = 0;
  std::vector<Transition> transitions_; // ascending
  std::optional<Rule> rule_;
};

} // namespace gateway
