#include "net/demo/voice.hpp"
#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"
#include "net/demo/words.hpp"

#include <nlohmann/json.hpp>

#include <ctime>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

const char* stop_reason(DemoFinish finish) {
  switch (finish) {
  case DemoFinish::stop_sequence: return "stop_sequence";
  case DemoFinish::length: return "max_tokens";
  case DemoFinish::tool_calls: return "tool_use";
  case DemoFinish::stop: break;
  }
  return "end_turn";
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const auto& piece : pieces) whole += piece;
  return whole;
}

std::string rfc3339(WallTime at) {
  const auto seconds = static_cast<std::time_t>(milliseconds_since_epoch(at) / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// An opaque text that proves a thinking block's origin to the provider; here it proves nothing.
constexpr const char* signature = "ZGVtby1zaWduYXR1cmU=";

json input_usage(std::int64_t input_tokens) {
  return {
    {"input_tokens", input_tokens},
    {"cache_creation_input_tokens", 0},
    {"cache_read_input_tokens", 0},
  };
}

json full_usage(const DemoAnswer& answer) {
  auto usage = input_usage(answer.input_tokens);
  usage["output_tokens"] = answer.output_tokens;
  usage["output_tokens_details"] = {{"thinking_tokens", answer.reasoning_tokens}};
  usage["service_tier"] = "standard";
  return usage;
}

json stop_sequence_of(const DemoAnswer& answer) {
  return answer.finish == DemoFinish::stop_sequence ? json(answer.stop_sequence) : json();
}

json message_of(const DemoAnswer& answer) {
  return {
    {"id", "msg_" + answer.id},
    {"type", "message"},
    {"role", "assistant"},
    {"model", answer.model},
    {"content", json::array()},
    {"stop_reason", nullptr},
    {"stop_sequence", nullptr},
  };
}

const char* error_type(const DemoRefusal& refusal) {
  switch (refusal.status) {
  case 401: return "authentication_error";
  case 403: return "permission_error";
  case 404: return "not_found_error";
  case 413: return "request_too_large";
  case 429: return "rate_limit_error";
  case 500: return "api_error";
  case 503:
  case 529: return "overloaded_error";
  default: return "invalid_request_error";
  }
}

/// Writes the events of one streamed message.
class EventWriter {
public:
  using Part = DemoFrame::Part;

  void say(Part part, const char* type, const json& fields) {
    json event = {{"type", type}};
    event.update(fields);
    frames.push_back({demo_event(event, type), part});
  }

  void
  block(json opened, const std::vector<std::string>& pieces, const char* type, const char* key) {
    say(
      Part::opening,
      "content_block_start",
      {{"index", index}, {"content_block", std::move(opened)}});
    for (const auto& piece : pieces) delta(Part::token, {{"type", type}, {key, piece}});
    if (std::string_view{type} == "thinking_delta")
      delta(Part::opening, {{"type", "signature_delta"}, {"signature", signature}});
    say(Part::opening, "content_block_stop", {{"index", index++}});
  }

  std::vector<DemoFrame> frames;

private:
  void delta(Part part, json change) {
    say(part, "content_block_delta", {{"index", index}, {"delta", std::move(change)}});
  }

  int index = 0;
};

class AnthropicVoice final : public DemoVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view) const override {
    if (method == "POST" && path == "/v1/messages") return DemoTarget{};
    if (method == "POST" && path == "/v1/messages/count_tokens")
      return DemoTarget{DemoOperation::count_tokens};
    constexpr std::string_view models = "/v1/models";
    if (method != "GET" || !path.starts_with(models)) return std::nullopt;
    path.remove_prefix(models.size());
    if (path.empty()) return DemoTarget{DemoOperation::list_models};
    if (!path.starts_with('/')) return std::nullopt;
    return DemoTarget{DemoOperation::show_model, std::string{path.substr(1)}};
  }

  std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view) const override {
    if (const auto shown = find_header(headers, "x-api-key")) return shown;
    return demo_bearer(headers);
  }

  Result<DemoRequest> read(
    const DemoTarget& target,
    std::span<const Header> headers,
    std::string_view body) const override {
    if (!find_header(headers, "anthropic-version"))
      return fail(
        ErrorKind::missing_field, "anthropic-version: header is required", "anthropic-version");
    return read_anthropic_messages(body, target.operation == DemoOperation::chat);
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    auto message = message_of(answer);
    auto& content = message["content"];
    if (!answer.reasoning.empty())
      content.push_back(
        {{"type", "thinking"}, {"thinking", joined(answer.reasoning)}, {"signature", signature}});
    if (!answer.text.empty()) content.push_back({{"type", "text"}, {"text", joined(answer.text)}});
    for (const auto& call : answer.calls)
      content.push_back(
        {{"type", "tool_use"},
         {"id", "toolu_" + call.id},
         {"name", call.name},
         {"input", json::parse(call.arguments, nullptr, false)}});
    message["stop_reason"] = stop_reason(answer.finish);
    message["stop_sequence"] = stop_sequence_of(answer);
    if (with_usage) message["usage"] = full_usage(answer);
    return demo_dump(message);
  }

  std::vector<DemoFrame>
  write_stream(const DemoRequest&, const DemoAnswer& answer, bool with_usage) const override {
    using Part = DemoFrame::Part;
    EventWriter writer;
    auto message = message_of(answer);
    if (with_usage) {
      message["usage"] = input_usage(answer.input_tokens);
      message["usage"]["output_tokens"] = 1;
    }
    writer.say(Part::opening, "message_start", {{"message", std::move(message)}});
    writer.say(Part::opening, "ping", json::object());
    if (!answer.reasoning.empty())
      writer.block(
        {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}},
        answer.reasoning,
        "thinking_delta",
        "thinking");
    if (!answer.text.empty())
      writer.block({{"type", "text"}, {"text", ""}}, answer.text, "text_delta", "text");
    for (const auto& call : answer.calls) {
      std::vector<std::string> pieces{""};
      for (const auto piece : demo_tokens(call.arguments)) pieces.emplace_back(piece);
      writer.block(
        {{"type", "tool_use"},
         {"id", "toolu_" + call.id},
         {"name", call.name},
         {"input", json::object()}},
        pieces,
        "input_json_delta",
        "partial_json");
    }
    json end = {
      {"delta",
       {{"stop_reason", stop_reason(answer.finish)}, {"stop_sequence", stop_sequence_of(answer)}}}};
    if (with_usage) end["usage"] = full_usage(answer);
    writer.say(Part::closing, "message_delta", std::move(end));
    writer.say(Part::terminator, "message_stop", json::object());
    return std::move(writer.frames);
  }

  std::string write_embeddings(const DemoRequest&, bool) const override { return "{}"; }

  std::string write_token_count(std::int64_t tokens) const override {
    return demo_dump({{"input_tokens", tokens}});
  }

  static json model_json(const std::string& model) {
    return {
      {"type", "model"},
      {"id", model},
      {"display_name", model},
      {"created_at", "2026-09-21T14:13:20Z"},
    };
  }

  std::string write_models(std::span<const std::string> models) const override {
    json list = json::array();
    for (const auto& model : models) list.push_back(model_json(model));
    return demo_dump(
      {{"data", std::move(list)},
       {"has_more", false},
       {"first_id", models.empty() ? json() : json(models.front())},
       {"last_id", models.empty() ? json() : json(models.back())}});
  }

  std::string write_model(const std::string& model) const override {
    return demo_dump(model_json(model));
  }

  DemoReply refuse(const DemoRefusal& refusal, std::string_view request_id) const override {
    DemoReply reply{refusal.status, {}, {}};
    if (const auto wait = refusal.error.retry_after) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
      reply.headers.emplace_back("retry-after", std::to_string(seconds));
    }
    auto message = refusal.error.message;
    if (refusal.error.kind == ErrorKind::context_length_exceeded)
      message = "prompt is too long: " + message;
    reply.body = demo_dump(
      {{"type", "error"},
       {"error", {{"type", error_type(refusal)}, {"message", std::move(message)}}},
       {"request_id", request_id}});
    return reply;
  }

  std::string write_stream_error() const override {
    return demo_event(
      {{"type", "error"}, {"error", {{"type", "overloaded_error"}, {"message", "Overloaded"}}}},
      "error");
  }

  void add_headers(
    DemoHeaders& headers,
    std::string_view request_id,
    const DemoStandings& standings,
    WallTime now) const override {
    headers.emplace_back("request-id", request_id);
    const auto tell = [&](const std::string& unit, const std::optional<DemoStanding>& standing) {
      if (!standing) return;
      const auto name = "anthropic-ratelimit-" + unit;
      const auto reset = now + std::chrono::ceil<std::chrono::seconds>(standing->until_full);
      headers.emplace_back(name + "-limit", std::to_string(standing->limit));
      headers.emplace_back(name + "-remaining", std::to_string(standing->remaining));
      headers.emplace_back(name + "-reset", rfc3339(reset));
    };
    tell("requests", standings.requests);
    tell("tokens", standings.tokens);
  }
};

} // namespace

const DemoVoice& anthropic_demo_voice() {
  static const AnthropicVoice voice;
  return voice;
}

} // namespace gateway
