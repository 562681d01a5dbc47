#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

/// The formats in which providers tell how long to wait (providers/limits.md, section 1).
/// Waits are rounded up to milliseconds, never below zero (which means now) and never above
/// `wait_max`.
namespace gateway {

/// No provider is believed when it says to wait longer.
constexpr std::chrono::milliseconds wait_max = std::chrono::hours{24};

/// `6m0s`, `7.66s`, `1d2h`, `450µs`, protobuf's `58.821668433s`: one or more `<decimal><unit>`.
std::optional<std::chrono::milliseconds> duration_of(std::string_view text) noexcept;

/// A reset header: a duration, seconds from now, unix seconds or milliseconds, RFC 3339 or an HTTP
/// date. Absolute ones are taken against `now_unix_ms`.
std::optional<std::chrono::milliseconds>
read_reset(std::string_view text, std::int64_t now_unix_ms) noexcept;

/// "Please try again in 7.66s", "Please retry after 7 seconds": the wait in an error's message.
std::optional<std::chrono::milliseconds> read_wait_in_message(std::string_view message) noexcept;

/// "Your limit will reset at 2026-11-23 22:30:00", in Chinese too: how Z.ai and Zhipu tell when a
/// plan's window is over (limits.md, section 4; docs.z.ai/api-reference/api-code: 1308, 1310, 1316
/// to 1321). No document names the zone they leave out. Beside the moment of the answer it is
/// Beijing's (captured in can1357/oh-my-pi, issue 11014), as of the request's id behind it. So
/// this may lengthen a wait, never shorten it.
std::optional<std::chrono::milliseconds>
read_reset_in_message(std::string_view message, std::int64_t now_unix_ms);

/// `Mon, 23 Nov 2026 12:00:30 GMT`, in unix milliseconds.
std::optional<std::int64_t> read_http_date(std::string_view text) noexcept;

/// `2026-11-23T12:00:30.5Z` or with an offset, in unix milliseconds.
std::optional<std::int64_t> read_rfc3339(std::string_view text) noexcept;

/// A count, never below zero. Some vendors write it with a fraction, or something behind it.
std::optional<std::int64_t> count_of(std::string_view text) noexcept;

/// Seconds as a wait. NaN is none.
std::optional<std::chrono::milliseconds> wait_of_seconds(double seconds) noexcept;

/// Without the spaces and tabs around it.
std::string_view without_blanks(std::string_view text) noexcept;

/// Of two that mean the same the tighter one counts: the lower number, the longer wait.
inline void
keep_lower(std::optional<std::int64_t>& kept, std::optional<std::int64_t> told) noexcept {
  if (told && (!kept || *told < *kept)) kept = told;
}
inline void keep_later(
  std::optional<std::chrono::milliseconds>& kept,
  std::optional<std::chrono::milliseconds> told) noexcept {
  if (told && (!kept || *told > *kept)) kept = told;
}

} // namespace gateway
