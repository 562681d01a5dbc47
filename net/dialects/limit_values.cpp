#include "net/dialects/limit_values.hpp"

#include "net/base/header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace gateway {
namespace {

using Wait = std::chrono::milliseconds;

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Takes `-?digits[.digits]` off the front of `text`.
std::optional<double> take_decimal(std::string_view& text) noexcept {
  double value = 0;
  const auto end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  // "inf" and "nan" are numbers to from_chars, not to us.
  const auto first = text.starts_with('-') ? text.substr(1) : text;
  if (error != std::errc{} || first.empty() || (!is_digit(first[0]) && first[0] != '.'))
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read_to - text.data()));
  return value;
}

/// Takes a fixed number of digits off the front of `text`.
bool take_digits(std::string_view& text, std::size_t count, int& value) noexcept {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, std::string_view expected) noexcept {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<std::int64_t>
unix_ms(int year, int month, int day, int hour, int minute, int second) noexcept {
  const std::chrono::year_month_day date{
    std::chrono::year{year},
    std::chrono::month{static_cast<unsigned>(month)},
    std::chrono::day{static_cast<unsigned>(day)}};
  // 60 is a leap second.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return ((days * 24LL + hour) * 60 + minute) * 60'000LL + second * 1000LL;
}

struct Unit {
  std::string_view name;
  double seconds;
};

// Longer names first: "ms" must not be read as "m".
constexpr std::array units{
  Unit{"ms", 1e-3},
  Unit{"us", 1e-6},
  Unit{"\u00b5s", 1e-6}, // the micro sign
  Unit{"\u03bcs", 1e-6}, // the Greek letter, which Go writes too
  Unit{"ns", 1e-9},
  Unit{"d", 86'400},
  Unit{"h", 3600},
  Unit{"m", 60},
  Unit{"s", 1},
};

/// What stands behind `phrase`, which is in lower case.
std::optional<std::string_view> behind(std::string_view message, std::string_view phrase) noexcept {
  const auto* found =
    std::search(message.begin(), message.end(), phrase.begin(), phrase.end(), [](char a, char b) {
      return to_lower_ascii(a) == b;
    });
  if (found == message.end()) return std::nullopt;
  return message.substr(static_cast<std::size_t>(found - message.begin()) + phrase.size());
}

/// The day and the time that `text` begins with, and the zone if it is there.
std::string_view moment_at_front(std::string_view text) noexcept {
  constexpr std::string_view letters = "0123456789-+:.TtZz";
  constexpr std::size_t day_bytes = 10;
  auto end = std::min(text.find_first_not_of(letters), text.size());
  if (end == day_bytes && text.substr(end).starts_with(' '))
    end = std::min(text.find_first_not_of(letters, end + 1), text.size());
  text = text.substr(0, end);
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

Wait until(std::int64_t then_unix_ms, std::int64_t now_unix_ms) noexcept {
  return std::clamp(Wait{then_unix_ms - now_unix_ms}, Wait{0}, wait_max);
}

} // namespace

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> count_of(std::string_view text) noexcept {
  text = without_blanks(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value > 1e15) return std::nullopt;
  return static_cast<std::int64_t>(std::max(value, 0.0));
}

std::optional<Wait> wait_of_seconds(double seconds) noexcept {
  if (std::isnan(seconds)) return std::nullopt;
  const auto limit = std::chrono::duration<double>(wait_max).count();
  // A nanosecond less before rounding up: 0.07 s is 70 ms, not 71, whatever the binary fraction.
  return Wait{static_cast<std::int64_t>(std::ceil(std::clamp(seconds, 0.0, limit) * 1000 - 1e-6))};
}

std::optional<Wait> duration_of(std::string_view text) noexcept {
  text = without_blanks(text);
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    const auto amount = take_decimal(text);
    if (!amount) return std::nullopt;
    const auto* unit =
      std::ranges::find_if(units, [&](const Unit& one) { return text.starts_with(one.name); });
    if (unit == units.end()) return std::nullopt;
    text.remove_prefix(unit->name.size());
    seconds += *amount * unit->seconds;
  }
  return wait_of_seconds(seconds);
}

std::optional<Wait> read_reset(std::string_view text, std::int64_t now_unix_ms) noexcept {
  text = without_blanks(text);
  auto rest = text;
  if (const auto number = take_decimal(rest); number && rest.empty()) {
    if (*number > 1e15) return wait_max; // beyond the year 33 000: no time, but surely not now
    if (*number > 1e12) return until(static_cast<std::int64_t>(*number), now_unix_ms);
    if (*number > 1e9) return until(static_cast<std::int64_t>(*number * 1000), now_unix_ms);
    return wait_of_seconds(*number);
  }
  if (const auto duration = duration_of(text)) return duration;
  if (const auto then = read_rfc3339(text)) return until(*then, now_unix_ms);
  if (const auto then = read_http_date(text)) return until(*then, now_unix_ms);
  return std::nullopt;
}

std::optional<std::int64_t> read_http_date(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 12> months{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  text = without_blanks(text);
  // The weekday says nothing that the date does not.
  const auto comma = text.find(", ");
  if (comma == text.npos) return std::nullopt;
  text.remove_prefix(comma + 2);
  int day = 0;
  if (!take_digits(text, 2, day) || !take(text, " ")) return std::nullopt;
  const auto* month = std::ranges::find(months, text.substr(0, 3));
  if (month == months.end()) return std::nullopt;
  text.remove_prefix(3);
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const bool good = take(text, " ") && take_digits(text, 4, year) && take(text, " ")
    && take_digits(text, 2, hour) && take(text, ":") && take_digits(text, 2, minute)
    && take(text, ":") && take_digits(text, 2, second) && text == " GMT";
  if (!good) return std::nullopt;
  return unix_ms(year, static_cast<int>(month - months.begin()) + 1, day, hour, minute, second);
}

std::optional<std::int64_t> read_rfc3339(std::string_view text) noexcept {
  text = without_blanks(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const bool good = take_digits(text, 4, year) && take(text, "-") && take_digits(text, 2, month)
    && take(text, "-") && take_digits(text, 2, day)
    && (take(text, "T") || take(text, "t") || take(text, " ")) && take_digits(text, 2, hour)
    && take(text, ":") && take_digits(text, 2, minute) && take(text, ":")
    && take_digits(text, 2, second);
  if (!good) return std::nullopt;
  double fraction = 0;
  if (text.starts_with('.')) {
    const auto read = take_decimal(text);
    if (!read) return std::nullopt;
    fraction = *read;
  }
  std::int64_t offset_ms = 0;
  if (!take(text, "Z") && !take(text, "z")) {
    const bool west = text.starts_with('-');
    int hours = 0;
    int minutes = 0;
    if (!west && !text.starts_with('+')) return std::nullopt;
    text.remove_prefix(1);
    if (!take_digits(text, 2, hours) || !take(text, ":") || !take_digits(text, 2, minutes))
      return std::nullopt;
    offset_ms = (hours * 60 + minutes) * (west ? -60'000LL : 60'000LL);
  }
  const auto whole = unix_ms(year, month, day, hour, minute, second);
  if (!whole || !text.empty()) return std::nullopt;
  return *whole - offset_ms + static_cast<std::int64_t>(std::ceil(fraction * 1000));
}

std::optional<Wait> read_wait_in_message(std::string_view message) noexcept {
  constexpr std::array<std::string_view, 4> phrases{
    "try again in ", "retry in ", "retry after ", "try again after "};
  for (const auto phrase : phrases) {
    const auto told = behind(message, phrase);
    if (!told) continue;
    auto rest = *told;
    const auto length = std::min(rest.find_first_of(" ,;)\n"), rest.size());
    auto word = rest.substr(0, length);
    if (word.ends_with('.')) word.remove_suffix(1);
    if (const auto duration = duration_of(word)) return duration;
    // "7 seconds", "2 minutes": the unit is the next word.
    const auto amount = take_decimal(word);
    if (!amount || !word.empty()) continue;
    rest.remove_prefix(length);
    rest = without_blanks(rest);
    if (rest.starts_with("ms") || rest.starts_with("milli")) return wait_of_seconds(*amount / 1000);
    if (rest.starts_with("s")) return wait_of_seconds(*amount);
    if (rest.starts_with("m")) return wait_of_seconds(*amount * 60);
    if (rest.starts_with("h")) return wait_of_seconds(*amount * 3600);
    if (rest.starts_with("d")) return wait_of_seconds(*amount * 86'400);
  }
  return std::nullopt;
}

std::optional<Wait> read_reset_in_message(std::string_view message, std::int64_t now_unix_ms) {
  // The last one is "will, at … reset" in Chinese.
  constexpr std::array<std::string_view, 3> phrases{"reset at ", "resets at ", "\u5c06\u5728 "};
  constexpr std::string_view beijing = "+08:00";
  for (const auto phrase : phrases) {
    const auto told = behind(message, phrase);
    if (!told) continue;
    std::string moment{moment_at_front(*told)};
    auto then = read_rfc3339(moment);
    if (!then) then = read_rfc3339(moment.append(beijing));
    if (then) return until(*then, now_unix_ms);
  }
  return std::nullopt;
}

} // namespace gateway
