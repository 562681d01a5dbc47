#include "net/dialects/cohere.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using Then = FieldRule::Then;

constexpr std::size_t stop_sequences_max = 5;
constexpr std::uint64_t top_k_max = 500;
constexpr double top_p_min = 0.01;
constexpr double top_p_max = 0.99;

/// Section 2, the rows without a counterpart.
constexpr std::array rules{
  FieldRule{"n", Then::refuse},
  FieldRule{"top_logprobs", Then::refuse},
  FieldRule{"logit_bias", Then::refuse},
  FieldRule{"modalities", Then::refuse},
  FieldRule{"audio", Then::refuse},
  FieldRule{"web_search_options", Then::refuse},
  FieldRule{"parallel_tool_calls", Then::drop},
  FieldRule{"service_tier", Then::drop},
  FieldRule{"user", Then::drop},
  FieldRule{"top_k", Then::keep},
};

struct Effort {
  std::string_view name;
  std::int64_t budget = 0;
};

/// Section 2, `reasoning_effort`.
constexpr std::array efforts{
  Effort{"none"},
  Effort{"minimal", 1024},
  Effort{"low", 1024},
  Effort{"medium", 4096},
  Effort{"high", 16384},
  Effort{"xhigh", 16384},
  Effort{"max", 16384},
};

/// Families from before models thought; of what is newer all do (section 2).
bool thinks(std::string_view model) noexcept {
  constexpr std::array<std::string_view, 7> thoughtless{
    "command-r",
    "command-a-03-2025",
    "command-a-vision",
    "command-a-translate",
    "command-light",
    "command-nightly",
    "c4ai-"};
  return model != "command" && std::ranges::none_of(thoughtless, [&](std::string_view family) {
           return model.starts_with(family);
         });
}

/// Writes the body field by field.
class Writer {
public:
  Writer(const ChatRequest& request, const Target& target, RequestFields& fields)
      : request_(request), target_(target), fields_(fields),
        thinks_(thinks(target.upstream_model)) {}

  Result<Json> write() {
    if (auto checked = fields_.check(request_, rules); !checked)
      return fail(std::move(checked.error()));
    GATEWAY_TRY(auto messages, write_cohere_messages(request_, thinks_, fields_));
    body_["model"] = target_.upstream_model;
    body_["messages"] = std::move(messages);
    if (auto tools = write_cohere_tools(request_, fields_, body_); !tools)
      return fail(std::move(tools.error()));
    if (auto counted = write_max_tokens(); !counted) return fail(std::move(counted.error()));
    if (auto thought = write_thinking(); !thought) return fail(std::move(thought.error()));
    if (auto formatted = write_format(); !formatted) return fail(std::move(formatted.error()));
    if (auto stopped = write_stops(); !stopped) return fail(std::move(stopped.error()));
    write_sampling();
    if (request_.logprobs && fields_.keeps("logprobs")) body_["logprobs"] = true;
    if (request_.stream) body_["stream"] = true;
    return std::move(body_);
  }

private:
  Result<void> write_max_tokens() {
    GATEWAY_TRY(const auto count, fields_.max_tokens(request_, target_));
    if (count) body_["max_tokens"] = *count;
    return {};
  }

  Result<void> write_thinking() {
    const auto& wanted = request_.reasoning_effort;
    if (wanted.empty() || !fields_.keeps("reasoning_effort")) return {};
    const auto* effort = std::ranges::find(efforts, wanted, &Effort::name);
    if (effort == efforts.end())
      return fail(ErrorKind::invalid_value, "no such effort", "reasoning_effort");
    if (!thinks_) {
      if (effort->budget > 0) fields_.drop("reasoning_effort");
    } else if (effort->budget > 0) {
      body_["thinking"] = {{"type", "enabled"}, {"token_budget", effort->budget}};
    } else {
      body_["thinking"] = {{"type", "disabled"}};
    }
    return {};
  }

  Result<void> write_format() {
    const auto& format = request_.response_format;
    if (format.kind <= ResponseFormat::Kind::text || !fields_.keeps("response_format")) return {};
    if (body_.contains("tools"))
      return fields_.refuse("response_format", "this provider takes tools or a format, not both");
    Json written{{"type", "json_object"}};
    if (format.kind == ResponseFormat::Kind::json_schema && !format.schema.empty()) {
      auto schema = parse_json_object(format.schema);
      if (!schema)
        return fail(
          ErrorKind::invalid_value, "the schema is no JSON object", "response_format.json_schema");
      if (!items_at(*schema, "required").empty())
        written["json_schema"] = *std::move(schema);
      else if (auto refused = fields_.refuse(
                 "response_format", "this provider takes schemas that require a property");
               !refused)
        return refused;
    }
    body_["response_format"] = std::move(written);
    return {};
  }

  Result<void> write_stops() {
    if (request_.stop.empty() || !fields_.keeps("stop")) return {};
    Json stops = Json::array();
    for (const auto& stop : request_.stop) {
      if (stop.empty()) {
        fields_.drop("stop");
      } else if (stops.size() < stop_sequences_max) {
        stops.push_back(stop);
      } else if (auto refused =
                   fields_.refuse("stop", "this provider takes at most 5 stop sequences");
                 !refused) {
        return refused;
      }
    }
    if (!stops.empty()) body_["stop_sequences"] = std::move(stops);
    return {};
  }

  void write_sampling() {
    const auto number = [&](
                          std::string_view ours,
                          const char* theirs,
                          std::optional<double> value,
                          double low,
                          double high) {
      if (value && fields_.keeps(ours)) body_[theirs] = fields_.clamped(ours, *value, low, high);
    };
    number("temperature", "temperature", request_.temperature, 0, 2);
    number("top_p", "p", request_.top_p, top_p_min, top_p_max);
    number("presence_penalty", "presence_penalty", request_.presence_penalty, 0, 1);
    number("frequency_penalty", "frequency_penalty", request_.frequency_penalty, 0, 1);
    if (const auto top_k = request_.other.find("top_k"); top_k != request_.other.end()) {
      const auto value = parse_json(top_k->second);
      if (value && value->is_number_unsigned() && value->get<std::uint64_t>() <= top_k_max)
        body_["k"] = *value;
      else
        fields_.drop("top_k");
    }
    if (!request_.seed || !fields_.keeps("seed")) return;
    if (*request_.seed >= 0)
      body_["seed"] = *request_.seed;
    else
      fields_.drop("seed");
  }

  const ChatRequest& request_;
  const Target& target_;
  RequestFields& fields_;
  bool thinks_;
  Json body_ = Json::object();
};

} // namespace

Result<Json>
write_cohere_body(const ChatRequest& request, const Target& target, RequestFields& fields) {
  return Writer(request, target, fields).write();
}

} // namespace gateway
