#include "net/dialects/request_fields.hpp"

#include "net/dialects/json_reading.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

const Quirks no_quirks;

struct Carried {
  std::string_view name;
  bool (*by)(const ChatRequest&);
};

/// The parameters of the vocabulary, each with whether a request says something by it: the value
/// that is the default says nothing.
constexpr std::array carried{
  Carried{"max_tokens", [](const ChatRequest& r) { return r.max_tokens.has_value(); }},
  Carried{"temperature", [](const ChatRequest& r) { return r.temperature.has_value(); }},
  Carried{"top_p", [](const ChatRequest& r) { return r.top_p.has_value(); }},
  Carried{
    "presence_penalty", [](const ChatRequest& r) { return r.presence_penalty.value_or(0) != 0; }},
  Carried{
    "frequency_penalty", [](const ChatRequest& r) { return r.frequency_penalty.value_or(0) != 0; }},
  Carried{"seed", [](const ChatRequest& r) { return r.seed.has_value(); }},
  Carried{"n", [](const ChatRequest& r) { return r.n.value_or(1) != 1; }},
  Carried{"stop", [](const ChatRequest& r) { return !r.stop.empty(); }},
  Carried{"reasoning_effort", [](const ChatRequest& r) { return !r.reasoning_effort.empty(); }},
  Carried{"service_tier", [](const ChatRequest& r) { return !r.service_tier.empty(); }},
  Carried{"user", [](const ChatRequest& r) { return !r.user.empty(); }},
  Carried{"logprobs", [](const ChatRequest& r) { return r.logprobs; }},
  Carried{"top_logprobs", [](const ChatRequest& r) { return r.top_logprobs.value_or(0) > 0; }},
  Carried{"tools", [](const ChatRequest& r) { return !r.tools.empty(); }},
  Carried{
    "tool_choice",
    [](const ChatRequest& r) { return r.tool_choice.kind != ToolChoice::Kind::unset; }},
  Carried{
    "parallel_tool_calls",
    [](const ChatRequest& r) { return !r.parallel_tool_calls.value_or(true); }},
  Carried{
    "response_format",
    [](const ChatRequest& r) { return r.response_format.kind > ResponseFormat::Kind::text; }},
};

/// Whether a field outside the vocabulary says something.
bool says_something(std::string_view name, std::string_view value) {
  if (value.empty() || value == "null") return false;
  if (name == "logit_bias") return value != "{}";
  if (name == "modalities") return value.find("\"audio\"") != value.npos;
  return true;
}

std::vector<std::string_view> names_carried(const ChatRequest& request) {
  std::vector<std::string_view> names;
  for (const auto& field : carried)
    if (field.by(request)) names.push_back(field.name);
  for (const auto& [name, value] : request.other)
    if (says_something(name, value)) names.push_back(name);
  return names;
}

/// A name that may stand in a header: the client chose it.
bool is_plain(std::string_view name) {
  constexpr std::string_view others = "_.-[]";
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
      || others.find(c) != others.npos;
  });
}

} // namespace

RequestFields::RequestFields(const Quirks* quirks, std::vector<std::string>& dropped)
    : quirks_(quirks ? *quirks : no_quirks), dropped_(dropped) {}

Result<void> RequestFields::check(
  const ChatRequest& request, std::span<const FieldRule> rules, FieldRule::Then others) {
  for (const auto name : names_carried(request)) {
    const auto rule = std::ranges::find(rules, name, &FieldRule::name);
    const auto known = rule != rules.end();
    if (
      std::ranges::find(quirks_.reject, name) != quirks_.reject.end()
      || (known && rule->then == FieldRule::Then::refuse)) {
      if (auto refused = refuse(std::string{name}, "this provider has nothing like it"); !refused)
        return refused;
    } else if (known || request.other.contains(std::string{name})) {
      if ((known ? rule->then : others) == FieldRule::Then::drop) drop(name);
    }
  }
  return {};
}

bool RequestFields::keeps(std::string_view name) {
  // What `reject` names got here only where rejections are drops.
  if (
    std::ranges::find(quirks_.drop, name) == quirks_.drop.end()
    && std::ranges::find(quirks_.reject, name) == quirks_.reject.end())
    return true;
  drop(name);
  return false;
}

double RequestFields::clamped(std::string_view name, double value, double low, double high) {
  auto within = std::clamp(value, low, high);
  if (const auto bounds = quirks_.clamp.find(std::string{name}); bounds != quirks_.clamp.end())
    within = std::min(std::max(within, bounds->second.first), bounds->second.second);
  if (within != value) drop(name);
  return within;
}

Result<std::optional<std::int64_t>>
RequestFields::max_tokens(const ChatRequest& request, const Target& target) {
  auto count = request.max_tokens;
  if (!count || !keeps("max_tokens")) return std::optional<std::int64_t>{};
  if (*count < 1) return fail(ErrorKind::invalid_value, "must be at least 1", "max_tokens");
  if (target.max_output > 0 && *count > target.max_output) {
    count = target.max_output;
    drop("max_tokens");
  }
  return count;
}

void RequestFields::drop(std::string_view name) {
  if (dropped_.size() >= dropped_names_max || !is_plain(name)) return;
  if (std::ranges::find(dropped_, name) == dropped_.end()) dropped_.emplace_back(name);
}

Result<void> RequestFields::refuse(std::string param, std::string_view why) {
  if (quirks_.drop_unsupported) {
    drop(param);
    return {};
  }
  auto message = "'" + param + "' is not supported: " + std::string{why};
  return fail(ErrorKind::unsupported_parameter, std::move(message), std::move(param));
}

Result<std::string>
text_in_other(const EmbeddingsRequest& request, const char* name, std::string_view otherwise) {
  const auto told = request.other.find(name);
  if (told == request.other.end()) return std::string{otherwise};
  auto value = parse_json(told->second);
  if (!value || !value->is_string())
    return fail(ErrorKind::invalid_value, "must be a string", name);
  return value->get<std::string>();
}

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n\f\v") == text.npos;
}

} // namespace gateway
