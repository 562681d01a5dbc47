#include "actors/api/time_range.hpp"

#include "actors/api/endpoint.hpp"

#include <charconv>
#include <string>

namespace gateway {
namespace {

constexpr std::int64_t milliseconds_max = 253'402'300'799'999; // the end of the year 9999

std::optional<std::int64_t> read_count(std::string_view text, std::int64_t most) {
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec != std::errc{} || read.ptr != end || count < 0 || count > most) return std::nullopt;
  return count;
}

Result<std::optional<WallTime>> read_moment(std::string_view query, const char* name) {
  const auto text = query_value(query, name);
  if (text.empty()) return std::optional<WallTime>{};
  const auto moment = read_count(text, milliseconds_max);
  if (!moment)
    return fail(ErrorKind::invalid_value, std::string{name} + " is milliseconds since 1970.", name);
  return std::optional{WallTime{Milliseconds{*moment}}};
}

std::optional<Milliseconds> read_duration(std::string_view text) {
  constexpr std::int64_t units_max = 100'000;
  if (text.empty()) return std::nullopt;
  const auto count = read_count(text.substr(0, text.size() - 1), units_max);
  if (!count || *count == 0) return std::nullopt;
  switch (text.back()) {
  case 's': return std::chrono::seconds{*count};
  case 'm': return std::chrono::minutes{*count};
  case 'h': return std::chrono::hours{*count};
  case 'd': return std::chrono::hours{24 * *count};
  default: return std::nullopt;
  }
}

} // namespace

Result<TimeRange> read_time_range(std::string_view query, WallTime now) {
  TimeRange range;
  GATEWAY_TRY(range.from, read_moment(query, "from"));
  GATEWAY_TRY(range.to, read_moment(query, "to"));
  const auto last = query_value(query, "last");
  if (!last.empty()) {
    const auto duration = read_duration(last);
    if (!duration)
      return fail(ErrorKind::invalid_value, "last is a stretch of time: 15m, 1h, 7d.", "last");
    if (range.from)
      return fail(ErrorKind::invalid_value, "last and from say the same: one will do.", "last");
    range.from = range.to.value_or(now) - *duration;
  }
  if (range.from && range.to && *range.from > *range.to)
    return fail(ErrorKind::invalid_value, "The range ends before it begins.", "to");
  return range;
}

} // namespace gateway
