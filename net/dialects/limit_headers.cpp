#include "net/dialects/dialect.hpp"
#include "net/dialects/limit_items.hpp"
#include "net/dialects/limit_values.hpp"

#include <algorithm>
#include <array>
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
  std::chrono::seconds length{0}; // of any other window
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

/// False with any word that we do not know.
bool add_words(HeaderName& name, std::string_view words) noexcept {
  while (!words.empty()) {
    const auto dash = std::min(words.find('-'), words.size());
    if (!add_word(name, words.substr(0, dash))) return false;
    words.remove_prefix(std::min(dash + 1, words.size()));
  }
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
  if (!add_words(read, rest) || read.fact == Fact::none) return std::nullopt;
  return read;
}

LimitReport* report_of(std::vector<LimitReport>& reports, const HeaderName& name) {
  for (auto& report : reports)
    if (report.unit == name.unit && report.window == name.window && report.length == name.length)
      return &report;
  if (reports.size() == reports_max) return nullptr;
  auto& report = reports.emplace_back(LimitReport{name.unit, name.window});
  report.length = name.length;
  return &report;
}

/// Each policy of a list is a limit of its own, of its own window.
void take_item(
  const LimitItem& item,
  const LimitItem& policy,
  HeaderName name,
  std::vector<LimitReport>& reports) {
  if (!item.amount && !item.remaining && !item.reset) return;
  // Bytes, or requests at a time, are none of ours (the draft's `qu`).
  if (!add_words(name, policy.unit)) return;
  if (policy.window) {
    name.window = window_of_length(*policy.window);
    name.length = name.window == Window::other ? *policy.window : std::chrono::seconds{0};
  }
  auto* report = report_of(reports, name);
  if (report == nullptr) return;
  keep_lower(report->limit, item.amount);
  // The reset belongs to what remains: a day with room left is no wait for a spent minute.
  const auto& kept = report->remaining;
  if (item.remaining && kept && *item.remaining > *kept) return;
  if (item.remaining && kept && *item.remaining < *kept) report->reset.reset();
  keep_lower(report->remaining, item.remaining);
  keep_later(report->reset, item.reset);
}

/// The IETF drafts: `RateLimit-Policy` tells each policy's limit and window, `RateLimit` what
/// remains of which. Of those without a window the tightest counts: a call needs them all.
void read_drafts(std::span<const Header> headers, std::vector<LimitReport>& reports) {
  std::vector<LimitItem> policies;
  for (const auto& header : headers) {
    if (!same_ignoring_case(header.name, "ratelimit-policy")) continue;
    for (const auto& policy : read_limit_items(header.value)) {
      if (policies.size() < limit_items_max) policies.push_back(policy);
      take_item(policy, policy, {}, reports);
    }
  }
  for (const auto& header : headers) {
    if (!same_ignoring_case(header.name, "ratelimit")) continue;
    for (const auto& item : read_limit_items(header.value)) {
      const auto* policy = policy_of(item, policies);
      take_item(item, policy ? *policy : item, {}, reports);
    }
  }
}

/// The policies that the older draft's `RateLimit-Limit: 10, 10;w=1, 1000;w=3600` lists behind the
/// limit that is nearest.
void read_policies(
  std::string_view value, const HeaderName& name, std::vector<LimitReport>& reports) {
  if (value.find(';') == value.npos) return;
  for (const auto& policy : read_limit_items(value))
    if (policy.window) take_item(policy, policy, name, reports);
}

/// Fireworks serves what is beyond its limit after all else, and refuses what is far beyond it
/// (limits.md, section 2; docs.fireworks.ai, "Rate limits"). It does not say of which unit nothing
/// remains, nor until when: whichever short quotas there are wait for the second in which it
/// counts. Who else says so may count otherwise: there their own windows are waited for.
void read_over_limit(
  std::span<const Header> headers, std::string_view style, std::vector<LimitReport>& reports) {
  const auto told = find_header(headers, "x-ratelimit-over-limit");
  if (!told || !same_ignoring_case(without_blanks(*told), "yes")) return;
  for (const auto unit : {Unit::requests, Unit::tokens, Unit::input_tokens, Unit::output_tokens}) {
    auto* report = report_of(reports, {Fact::remaining, unit});
    if (report == nullptr) continue;
    report->remaining = 0;
    if (style == "fireworks") keep_later(report->reset, std::chrono::seconds{1});
  }
}

} // namespace

std::int64_t provider_clock(std::span<const Header> headers, std::int64_t now_unix_ms) {
  const auto date = find_header(headers, "date");
  return date ? read_http_date(*date).value_or(now_unix_ms) : now_unix_ms;
}

std::vector<LimitReport>
read_limits(std::span<const Header> headers, std::string_view style, std::int64_t now_unix_ms) {
  std::vector<LimitReport> reports;
  std::optional<std::int64_t> now; // asked for where a reset needs it
  read_drafts(headers, reports);
  for (const auto& header : headers) {
    auto name = read_name(header.name);
    if (!name) continue;
    if (style == "groq" && name->window == Window::unknown)
      name->window = name->unit == Unit::requests ? Window::day : Window::minute;
    // Fireworks counts prompt and generated tokens by the second.
    if (style == "fireworks" && name->window == Window::unknown && name->unit != Unit::requests)
      name->window = Window::second;
    if (name->fact == Fact::reset && !now) now = provider_clock(headers, now_unix_ms);
    const auto reset = name->fact == Fact::reset ? read_reset(header.value, *now) : std::nullopt;
    const auto count = name->fact != Fact::reset ? count_of(header.value) : std::nullopt;
    if (!reset && !count) continue;
    auto* report = report_of(reports, *name);
    if (report == nullptr) continue;
    if (name->fact == Fact::limit) keep_lower(report->limit, count);
    if (name->fact == Fact::remaining) keep_lower(report->remaining, count);
    keep_later(report->reset, reset);
    if (name->fact == Fact::limit) read_policies(header.value, *name, reports);
  }
  read_over_limit(headers, style, reports);
  return reports;
}

std::optional<std::chrono::milliseconds>
read_spent_reset(std::span<const Header> headers, std::int64_t now_unix_ms) {
  std::optional<std::chrono::milliseconds> back;
  for (const auto& report : read_limits(headers, {}, now_unix_ms))
    if (report.remaining == 0) keep_later(back, report.reset);
  return back;
}

std::optional<std::chrono::milliseconds>
read_retry_after(std::span<const Header> headers, std::int64_t now_unix_ms) {
  if (const auto exact = find_header(headers, "retry-after-ms")) {
    const auto milliseconds = count_of(*exact);
    if (milliseconds) return std::min(std::chrono::milliseconds{*milliseconds}, wait_max);
  }
  const auto told = find_header(headers, "retry-after");
  if (!told) return std::nullopt;
  return read_reset(*told, provider_clock(headers, now_unix_ms));
}

} // namespace gateway
