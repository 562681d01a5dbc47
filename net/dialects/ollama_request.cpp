#include "net/dialects/ollama.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using Then = FieldRule::Then;

constexpr std::int64_t top_logprobs_max = 20;

/// Options that have no name of OpenAI's and that clients write beside those that do (section 2).
/// The others may stand in `options`, as Ollama's own clients have them.
constexpr std::array<std::string_view, 6> own_options{
  "top_k", "min_p", "typical_p", "repeat_penalty", "repeat_last_n", "num_ctx"};

/// Fields of Ollama's that OpenAI does not have: whatever they say is for the server to judge.
constexpr std::array<std::string_view, 3> own_fields{"keep_alive", "truncate", "shift"};

/// Section 2, the rows without a counterpart, and what only Ollama has.
constexpr std::array rules{
  FieldRule{"n", Then::refuse},
  FieldRule{"logit_bias", Then::refuse},
  FieldRule{"modalities", Then::refuse},
  FieldRule{"audio", Then::refuse},
  FieldRule{"web_search_options", Then::refuse},
  FieldRule{"parallel_tool_calls", Then::drop},
  FieldRule{"user", Then::drop},
  FieldRule{"service_tier", Then::drop},
  FieldRule{"keep_alive", Then::keep},
  FieldRule{"truncate", Then::keep},
  FieldRule{"shift", Then::keep},
  FieldRule{"options", Then::keep},
  FieldRule{"top_k", Then::keep},
  FieldRule{"min_p", Then::keep},
  FieldRule{"typical_p", Then::keep},
  FieldRule{"repeat_penalty", Then::keep},
  FieldRule{"repeat_last_n", Then::keep},
  FieldRule{"num_ctx", Then::keep},
};

struct Effort {
  std::string_view name;
  std::string_view level; // of the models that have levels; empty: no thinking
};

/// Section 2, `reasoning_effort`.
constexpr std::array efforts{
  Effort{"none", ""},
  Effort{"minimal", "low"},
  Effort{"low", "low"},
  Effort{"medium", "medium"},
  Effort{"high", "high"},
  Effort{"xhigh", "high"},
  Effort{"max", "high"},
};

/// Models that think to a degree; the others do or don't.
bool has_levels(std::string_view model) noexcept {
  return model.find("gpt-oss") != model.npos;
}

/// Writes the body field by field.
class Writer {
public:
  Writer(const ChatRequest& request, const Target& target, RequestFields& fields)
      : request_(request), target_(target), fields_(fields) {}

  Result<Json> write() {
    if (auto checked = fields_.check(request_, rules); !checked)
      return fail(std::move(checked.error()));
    body_["model"] = target_.upstream_model;
    GATEWAY_TRY(body_["messages"], write_ollama_messages(request_, fields_));
    GATEWAY_TRY(auto tools, write_ollama_tools(request_, fields_));
    if (!tools.empty()) body_["tools"] = std::move(tools);
    if (auto formatted = write_format(); !formatted) return fail(std::move(formatted.error()));
    if (auto thought = write_thinking(); !thought) return fail(std::move(thought.error()));
    if (auto chosen = write_options(); !chosen) return fail(std::move(chosen.error()));
    write_logprobs();
    write_own_fields();
    body_["stream"] = request_.stream; // said always: what is not said is a stream
    return std::move(body_);
  }

private:
  /// The value of a field outside the vocabulary, if the request has it and may send it.
  std::optional<Json> other(std::string_view name) {
    const auto found = request_.other.find(std::string{name});
    if (found == request_.other.end() || found->second == "null" || !fields_.keeps(name))
      return std::nullopt;
    return parse_json(found->second);
  }

  Result<void> write_format() {
    const auto& format = request_.response_format;
    if (format.kind <= ResponseFormat::Kind::text || !fields_.keeps("response_format")) return {};
    body_["format"] = "json";
    if (format.kind != ResponseFormat::Kind::json_schema || format.schema.empty()) return {};
    auto schema = parse_json_object(format.schema);
    if (!schema)
      return fail(
        ErrorKind::invalid_value, "the schema is no JSON object", "response_format.json_schema");
    body_["format"] = *std::move(schema);
    return {};
  }

  Result<void> write_thinking() {
    const auto& wanted = request_.reasoning_effort;
    if (wanted.empty() || !fields_.keeps("reasoning_effort")) return {};
    const auto* effort = std::ranges::find(efforts, wanted, &Effort::name);
    if (effort == efforts.end())
      return fail(ErrorKind::invalid_value, "no such effort", "reasoning_effort");
    const auto thinks = !effort->level.empty();
    body_["think"] =
      thinks && has_levels(target_.upstream_model) ? Json(effort->level) : Json(thinks);
    return {};
  }

  /// The provider's own first, then what the client says of Ollama's, then what it says of
  /// OpenAI's.
  Result<void> write_options() {
    options_ = ollama_options_of(target_);
    if (const auto given = other("options")) {
      if (given->is_object())
        options_.update(*given);
      else
        fields_.drop("options");
    }
    for (const auto name : own_options)
      if (auto value = other(name)) {
        if (value->is_number())
          options_[std::string{name}] = *std::move(value);
        else
          fields_.drop(name);
      }
    if (auto counted = write_length(); !counted) return counted;
    const auto number =
      [&](const char* name, std::optional<double> value, double low, double high) {
        if (value && fields_.keeps(name)) options_[name] = fields_.clamped(name, *value, low, high);
      };
    number("temperature", request_.temperature, 0, 2);
    number("top_p", request_.top_p, 0, 1);
    number("presence_penalty", request_.presence_penalty, -2, 2);
    number("frequency_penalty", request_.frequency_penalty, -2, 2);
    if (request_.seed && fields_.keeps("seed")) options_["seed"] = *request_.seed;
    write_stops();
    if (!options_.empty()) body_["options"] = std::move(options_);
    return {};
  }

  Result<void> write_length() {
    GATEWAY_TRY(const auto count, fields_.max_tokens(request_, target_));
    if (count) options_["num_predict"] = *count;
    return {};
  }

  void write_stops() {
    if (request_.stop.empty() || !fields_.keeps("stop")) return;
    Json stops = Json::array();
    for (const auto& stop : request_.stop) {
      if (stop.empty())
        fields_.drop("stop");
      else
        stops.push_back(stop);
    }
    if (!stops.empty()) options_["stop"] = std::move(stops);
  }

  void write_logprobs() {
    if (!request_.logprobs || !fields_.keeps("logprobs")) return;
    body_["logprobs"] = true;
    const auto top = request_.top_logprobs.value_or(0);
    if (top > 0 && fields_.keeps("top_logprobs"))
      body_["top_logprobs"] = std::min(top, top_logprobs_max);
  }

  void write_own_fields() {
    for (const auto name : own_fields)
      if (auto value = other(name)) body_[std::string{name}] = *std::move(value);
  }

  const ChatRequest& request_;
  const Target& target_;
  RequestFields& fields_;
  Json body_ = Json::object();
  Json options_;
};

} // namespace

Result<Json>
write_ollama_body(const ChatRequest& request, const Target& target, RequestFields& fields) {
  return Writer(request, target, fields).write();
}

} // namespace gateway
