#include "net/demo/demo_options.hpp"

#include "net/demo/voice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace gateway {
namespace {

/// The options as they stand on the command line; rules are made of them when all are read.
struct Draft {
  DemoOptions options;
  std::int64_t rpm = 0;
  std::int64_t tpm = 0;
  std::int64_t capacity = 0;
  double window = 60;
  double phase = 0;
  bool from_first_call = false;
  DemoLimitKind kind = DemoLimitKind::sliding;
};

/// False: the value makes no sense.
using Applied = bool;

template <class Number>
std::optional<Number> number_in(std::string_view text, Number least, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(number >= least && number <= most)) return std::nullopt;
  return number;
}

template <class Number>
Applied set_number(Number& into, std::string_view text, Number least, Number most) {
  const auto number = number_in(text, least, most);
  if (number) into = *number;
  return number.has_value();
}

Applied set_milliseconds(Milliseconds& into, std::string_view text) {
  constexpr std::int64_t day = 86'400'000;
  const auto number = number_in<std::int64_t>(text, 0, day);
  if (number) into = Milliseconds{*number};
  return number.has_value();
}

Applied set_listen(Listen& into, std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto port = number_in<std::uint16_t>(text.substr(colon + 1), 0, 65'535);
  if (port) into = {std::string{text.substr(0, colon)}, *port};
  return port.has_value();
}

Applied set_models(std::vector<std::string>& into, std::string_view text) {
  into.clear();
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma == 0) return false;
    into.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return !into.empty();
}

Applied set_flag(bool& into, std::string_view text) {
  into = text == "yes";
  return text == "yes" || text == "no";
}

Applied set_kind(DemoLimitKind& into, std::string_view text) {
  const auto kind = find_demo_limit_kind(text);
  if (kind) into = *kind;
  return kind.has_value();
}

Applied set_fault(DemoFaultOrder& into, std::string_view text) {
  const auto fault = find_demo_fault(text);
  if (fault) into.fault = *fault;
  return fault.has_value();
}

constexpr std::int64_t many = 1'000'000'000;
constexpr double shortest_window = 0.001;
constexpr double longest_window = 31 * 86'400.0;

struct Option {
  std::string_view name;
  std::string_view value;
  std::string_view meaning;
  Applied (*apply)(Draft& draft, std::string_view text);
};

constexpr auto nothing = std::int64_t{0};

const std::array options{
  Option{
    "--listen",
    "HOST:PORT",
    "where to listen (127.0.0.1:0, where 0 picks a free port)",
    [](Draft& d, std::string_view text) { return set_listen(d.options.listen, text); }},
  Option{
    "--name",
    "NAME",
    "how it calls itself in /control",
    [](Draft& d, std::string_view text) {
      d.options.settings.name = text;
      return !text.empty();
    }},
  Option{
    "--dialect",
    "NAME",
    "openai (the default), azure, mistral, anthropic, gemini, cohere, ollama or bedrock",
    [](Draft& d, std::string_view text) {
      d.options.settings.dialect = text;
      return find_demo_voice(text) != nullptr;
    }},
  Option{
    "--models",
    "A,B,…",
    "what it offers (demo-small,demo-large,demo-embed)",
    [](Draft& d, std::string_view text) { return set_models(d.options.settings.models, text); }},
  Option{
    "--key",
    "KEY",
    "the only key that opens it (default: any)",
    [](Draft& d, std::string_view text) {
      d.options.settings.key = text;
      return true;
    }},
  Option{
    "--rpm",
    "N",
    "requests per window (default: no limit)",
    [](Draft& d, std::string_view text) { return set_number(d.rpm, text, nothing, many); }},
  Option{
    "--tpm",
    "N",
    "tokens per window, in and out (default: no limit)",
    [](Draft& d, std::string_view text) { return set_number(d.tpm, text, nothing, many); }},
  Option{
    "--window",
    "SECONDS",
    "length of the window (60)",
    [](Draft& d, std::string_view text) {
      return set_number(d.window, text, shortest_window, longest_window);
    }},
  Option{
    "--limit-kind",
    "KIND",
    "how the window forgets: fixed, sliding (the default) or bucket",
    [](Draft& d, std::string_view text) { return set_kind(d.kind, text); }},
  Option{
    "--phase",
    "SECONDS",
    "fixed: windows begin so much later than the clock's multiples",
    [](Draft& d, std::string_view text) { return set_number(d.phase, text, 0.0, longest_window); }},
  Option{
    "--from-first-call",
    "yes|no",
    "fixed: a window begins with its first call instead",
    [](Draft& d, std::string_view text) { return set_flag(d.from_first_call, text); }},
  Option{
    "--capacity",
    "N",
    "bucket: requests it holds when full (default: the limit)",
    [](Draft& d, std::string_view text) { return set_number(d.capacity, text, nothing, many); }},
  Option{
    "--concurrency",
    "N",
    "requests at a time (default: any number)",
    [](Draft& d, std::string_view text) {
      return set_number(d.options.settings.concurrency, text, nothing, many);
    }},
  Option{
    "--counts",
    "HOW",
    "tokens charged: used (the default), or reserved (max_tokens ahead)",
    [](Draft& d, std::string_view text) {
      d.options.settings.counts_reserved = text == "reserved";
      return text == "reserved" || text == "used";
    }},
  Option{
    "--context-window",
    "N",
    "tokens a prompt may have (default: any number)",
    [](Draft& d, std::string_view text) {
      return set_number(d.options.settings.context_window, text, nothing, many);
    }},
  Option{
    "--latency-ms",
    "N",
    "before the first byte (0)",
    [](Draft& d, std::string_view text) {
      return set_milliseconds(d.options.settings.latency, text);
    }},
  Option{
    "--tokens-per-second",
    "N",
    "speed of an answer (0: as fast as it goes)",
    [](Draft& d, std::string_view text) {
      return set_number(d.options.settings.tokens_per_second, text, 0.0, 1e9);
    }},
  Option{
    "--reply-bytes",
    "N",
    "the least a made-up answer holds",
    [](Draft& d, std::string_view text) {
      constexpr std::size_t longest = 1024 * 1024;
      return set_number(d.options.settings.manner.reply_bytes, text, std::size_t{0}, longest);
    }},
  Option{
    "--seed",
    "N",
    "of everything made up and of the dice of --fail-rate (0)",
    [](Draft& d, std::string_view text) {
      return set_number(d.options.settings.manner.seed, text, std::uint64_t{0}, UINT64_MAX);
    }},
  Option{
    "--fail",
    "FAULT",
    "what goes wrong; see below",
    [](Draft& d, std::string_view text) { return set_fault(d.options.settings.fault, text); }},
  Option{
    "--fail-count",
    "N",
    "how many requests it hits (default: all)",
    [](Draft& d, std::string_view text) {
      std::int64_t count = 0;
      const bool applied = set_number(count, text, nothing, many);
      d.options.settings.fault.count = count;
      return applied;
    }},
  Option{
    "--fail-rate",
    "SHARE",
    "of those, the share that is hit (1)",
    [](Draft& d, std::string_view text) {
      return set_number(d.options.settings.fault.rate, text, 0.0, 1.0);
    }},
  Option{
    "--fail-after",
    "N",
    "events of a stream that still come well (3)",
    [](Draft& d, std::string_view text) {
      return set_number(d.options.settings.fault.after, text, nothing, many);
    }},
  Option{
    "--fail-wait-ms",
    "N",
    "slow: how late; 429, 503: what retry-after says (2000)",
    [](Draft& d, std::string_view text) {
      return set_milliseconds(d.options.settings.fault.wait, text);
    }},
};

Nanoseconds seconds(double number) {
  return std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>{number});
}

void add_rule(const Draft& draft, DemoLimitUnit unit, std::int64_t limit, DemoSettings& settings) {
  if (limit == 0) return;
  DemoRule rule;
  rule.kind = draft.kind;
  rule.unit = unit;
  rule.limit = limit;
  rule.window = seconds(draft.window);
  rule.phase = seconds(draft.phase);
  rule.from_first_call = draft.from_first_call;
  if (unit == DemoLimitUnit::requests) rule.capacity = draft.capacity;
  settings.rules.push_back(rule);
}

} // namespace

Result<DemoOptions> read_demo_options(std::span<const char* const> words) {
  Draft draft;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view name = words[i];
    if (name == "--help" || name == "-h") {
      draft.options.help = true;
      continue;
    }
    std::optional<std::string_view> value;
    if (const auto equals = name.find('='); equals != std::string_view::npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    const auto option =
      std::ranges::find_if(options, [&](const Option& known) { return known.name == name; });
    if (option == options.end())
      return fail(ErrorKind::invalid_value, fmt::format("unknown option {}", name));
    if (!value && i + 1 < words.size()) value = words[++i];
    if (!value) return fail(ErrorKind::invalid_value, fmt::format("{} wants a value", name));
    if (!option->apply(draft, *value))
      return fail(
        ErrorKind::invalid_value,
        fmt::format("{} can't be {} ({})", name, *value, option->meaning));
  }
  add_rule(draft, DemoLimitUnit::requests, draft.rpm, draft.options.settings);
  add_rule(draft, DemoLimitUnit::tokens, draft.tpm, draft.options.settings);
  return std::move(draft.options);
}

std::string demo_options_help() {
  std::string text = "llm-gateway demo-provider: one simulated provider\n\n";
  for (const auto& option : options)
    text +=
      fmt::format("  {:<34} {}\n", fmt::format("{} {}", option.name, option.value), option.meaning);
  text += "\nFaults of --fail, and of POST /control at run time:\n ";
  for (const auto& fault : demo_fault_names()) text += fmt::format(" {}", fault.name);
  return text + "\n";
}

} // namespace gateway
