#include "net/dialects/dialect.hpp"
#include "net/dialects/limit_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

/// Every vendor's limit headers, by the words in their names (providers/limits.md, section 2):
/// `^(x-)?(vendor-)?(ratelimit|tokenlimit|…)-…` with limit|remaining|reset, a unit and a window in
/// any order. So a new vendor needs no code.
namespace gateway {
namespace {

using Unit = LimitReport::Unit;
using Window = LimitReport::Window;

/// Reports of one answer; a stranger could send thousands of names.
constexpr std::size_t reports_max = 16;
/// Longer names are none of ours.
constexpr std::size_t name_bytes_max = 80;

enum class Fact : std::uint8_t { none, limit, remaining, reset };

struct HeaderName {
  Fact fact = Fact::none;
  Unit unit = Unit::requests;
  Window window = Window::unknown;
};

struct Family {
  std::string_view prefix;
  Unit unit;     // where the rest of the name has none
  Window window; // likewise
};

// A longer prefix first.
constexpr std::array families{
  Family{"anthropic-ratelimit-", Unit::requests, Window::unknown},
  Family{"x-ratelimitbysize-", Unit::tokens, Window::unknown},
  Family{"ratelimitbysize-", Unit::tokens, Window::unknown},
  Family{"x-ratelimit-", Unit::requests, Window::unknown},
  Family{"ratelimit-", Unit::requests, Window::unknown},
  Family{"x-tokenlimit-", Unit::tokens, Window::unknown},
  Family{"tokenlimit-", Unit::tokens, Window::unknown},
  Family{"x-trial-endpoint-call-", Unit::requests, Window::minute},
  Family{"x-endpoint-monthly-call-", Unit::requests, Window::month},
};

/// What one word of a name adds; false if it is a word we do not know.
bool add_word(HeaderName& name, std::string_view word) noexcept {
  if (word == "limit")
    name.fact = Fact::limit;
  else if (word == "remaining")
    name.fact = Fact::remaining;
  else if (word == "reset")
    name.fact = Fact::reset;
  else if (word == "requests" || word == "request" || word == "req")
    name.unit = Unit::requests;
  else if (word == "tokens" || word == "token") {
    if (name.unit == Unit::requests) name.unit = Unit::tokens;
  } else if (word == "input" || word == "prompt")
    name.unit = Unit::input_tokens;
  else if (word == "output" || word == "generated")
    name.unit = Unit::output_tokens;
  else if (word == "second")
    name.window = Window::second;
  else if (word == "minute")
    name.window = Window::minute;
  else if (word == "hour")
    name.window = Window::hour;
  else if (word == "day")
    name.window = Window::day;
  else if (word == "month")
    name.window = Window::month;
  else
    return false;
  return true;
}

/// A name with any word that we do not know is another quota (OpenAI's `project-tokens`,
/// Anthropic's `unified`), or none at all (`query-cost`): taken for one of ours it would stop what
/// still runs. So would Anthropic's priority tier: what is beyond it is served as usual.
std::optional<HeaderName> read_name(std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max) return std::nullopt;
  // The first letters of all families: what else stands in a head costs no copy.
  const char first = to_lower_ascii(name.front());
  if (first != 'a' && first != 'r' && first != 't' && first != 'x') return std::nullopt;
  std::string lower{name};
  std::ranges::transform(lower, lower.begin(), to_lower_ascii);
  std::string_view rest = lower;
  const auto* family =
    std::ranges::find_if(families, [&](const Family& one) { return rest.starts_with(one.prefix); });
  if (family == families.end()) return std::nullopt;
  rest.remove_prefix(family->prefix.size());

  HeaderName read{Fact::none, family->unit, family->window};
  while (!rest.empty()) {
    const auto dash = std::min(rest.find('-'), rest.size());
    if (!add_word(read, rest.substr(0, dash))) return std::nullopt;
    rest.remove_prefix(std::min(dash + 1, rest.size()));
  }
  if (read.fact == Fact::none) return std::nullopt;
  return read;
}

/// A count; some vendors write it with a fraction, or list several windows behind the first number.
std::optional<std::int64_t> read_count(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value > 1e15) return std::nullopt;
  return static_cast<std::int64_t>(std::max(value, 0.0));
}

LimitReport* report_of(std::vector<LimitReport>& reports, Unit unit, Window window) {
  for (auto& report : reports)
    if (report.unit == unit && report.window == window) return &report;
  if (reports.size() == reports_max) return nullptr;
  return &reports.emplace_back(LimitReport{unit, window});
}

/// Of two headers that mean the same quota the tighter one counts.
void keep_lower(std::optional<std::int64_t>& kept, std::optional<std::int64_t> told) noexcept {
  if (told && (!kept || *told < *kept)) kept = told;
}

/// The IETF draft's `RateLimit: "default";r=5;t=30`, and the older `limit=10, remaining=5,
/// reset=30`. Only the first policy is read.
void read_draft(std::string_view value, std::vector<LimitReport>& reports) {
  LimitReport draft;
  bool any = false;
  const auto end = std::string_view::npos;
  while (!value.empty()) {
    const auto stop = value.find_first_of(";,");
    auto item = value.substr(0, stop);
    value = stop == end ? std::string_view{} : value.substr(stop + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    const auto equals = item.find('=');
    if (equals == end) {
      if (any) break; // the next policy
      continue;
    }
    const auto key = item.substr(0, equals);
    const auto number = read_count(item.substr(equals + 1));
    if (!number) continue;
    any = true;
    if (key == "r" || key == "remaining")
      draft.remaining = number;
    else if (key == "limit")
      draft.limit = number;
    else if (key == "t" || key == "reset")
      draft.reset = wait_of_seconds(static_cast<double>(*number));
  }
  if (!draft.remaining && !draft.limit && !draft.reset) return;
  auto* report = report_of(reports, draft.unit, draft.window);
  if (report == nullptr) return;
  keep_lower(report->limit, draft.limit);
  keep_lower(report->remaining, draft.remaining);
  if (draft.reset) report->reset = draft.reset;
}

/// The provider's own clock, where it told it: absolute times are its own, not ours.
std::int64_t clock_of(std::span<const Header> headers, std::int64_t now_unix_ms) {
  const auto date = find_header(headers, "date");
  return date ? read_http_date(*date).value_or(now_unix_ms) : now_unix_ms;
}

} // namespace

std::vector<LimitReport>
read_limits(std::span<const Header> headers, std::string_view style, std::int64_t now_unix_ms) {
  std::vector<LimitReport> reports;
  std::optional<std::int64_t> now; // asked for where a reset needs it
  for (const auto& header : headers) {
    if (same_ignoring_case(header.name, "ratelimit")) {
      read_draft(header.value, reports);
      continue;
    }
    auto name = read_name(header.name);
    if (!name) continue;
    if (style == "groq" && name->window == Window::unknown)
      name->window = name->unit == Unit::requests ? Window::day : Window::minute;
    // Fireworks counts prompt and generated tokens by the second.
    if (style == "fireworks" && name->window == Window::unknown && name->unit != Unit::requests)
      name->window = Window::second;
    if (name->fact == Fact::reset && !now) now = clock_of(headers, now_unix_ms);
    const auto reset = name->fact == Fact::reset ? read_reset(header.value, *now) : std::nullopt;
    const auto count = name->fact != Fact::reset ? read_count(header.value) : std::nullopt;
    if (!reset && !count) continue;
    auto* report = report_of(reports, name->unit, name->window);
    if (report == nullptr) continue;
    if (name->fact == Fact::limit) keep_lower(report->limit, count);
    if (name->fact == Fact::remaining) keep_lower(report->remaining, count);
    if (reset) report->reset = std::max(report->reset.value_or(*reset), *reset);
  }
  return reports;
}

std::optional<std::chrono::milliseconds>
read_retry_after(std::span<const Header> headers, std::int64_t now_unix_ms) {
  if (const auto exact = find_header(headers, "retry-after-ms")) {
    const auto milliseconds = read_count(*exact);
    if (milliseconds) return std::min(std::chrono::milliseconds{*milliseconds}, wait_max);
  }
  const auto told = find_header(headers, "retry-after");
  if (!told) return std::nullopt;
  return read_reset(*told, clock_of(headers, now_unix_ms));
}

} // namespace gateway
