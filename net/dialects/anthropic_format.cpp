#include "net/base/json_text.hpp"
#include "net/dialects/anthropic_client.hpp"
#include "net/unified/messages_envelope.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace gateway {
namespace {

std::string_view error_type(ErrorKind kind) noexcept {
  switch (kind) {
  case ErrorKind::invalid_api_key: return "authentication_error";
  case ErrorKind::not_allowed: return "permission_error";
  case ErrorKind::model_not_found:
  case ErrorKind::not_found: return "not_found_error";
  case ErrorKind::request_too_large: return "request_too_large";
  case ErrorKind::rate_limit_exceeded:
  case ErrorKind::provider_quota_exhausted: return "rate_limit_error";
  case ErrorKind::insufficient_quota: return "billing_error";
  case ErrorKind::upstream_timeout: return "timeout_error";
  case ErrorKind::no_provider_available:
  case ErrorKind::draining:
  case ErrorKind::overloaded:
  case ErrorKind::storage_unavailable: return "overloaded_error";
  case ErrorKind::upstream_error:
  case ErrorKind::upstream_invalid_response:
  case ErrorKind::upstream_credentials:
  case ErrorKind::cancelled:
  case ErrorKind::internal: return "api_error";
  default: return "invalid_request_error";
  }
}

/// The shape has no member for the field at fault, so that the text must name it; and agents know
/// by these words alone that they must shorten what was said.
std::string message_of(const Error& error) {
  std::string message;
  if (error.kind == ErrorKind::context_length_exceeded) message = "prompt is too long: ";
  if (!error.param.empty() && error.message.find(error.param) == std::string::npos)
    message += error.param + ": ";
  return message + error.message;
}

struct Renamed {
  std::string_view param;
  std::string_view name;
};

/// Parameters of the vocabulary that Anthropic's clients know by other names.
constexpr std::array renamed{
  Renamed{"max_completion_tokens", "max_tokens"},
  Renamed{"stop", "stop_sequences"},
  Renamed{"user", "metadata.user_id"},
  Renamed{"reasoning_effort", "thinking"},
  Renamed{"response_format", "output_config.format"},
  Renamed{"response_format.json_schema", "output_config.format"},
  Renamed{"parallel_tool_calls", "tool_choice.disable_parallel_tool_use"},
};

/// Anthropic's messages, as their clients speak them.
class AnthropicFormat final : public ClientFormat {
public:
  bool passes(const Dialect& dialect) const noexcept override {
    return dialect.name() == anthropic_name;
  }

  Result<Envelope> read_envelope(EnvelopeReader&, std::string_view body) const override {
    return read_messages_envelope(body);
  }

  Result<ChatRequest>
  read_chat(std::string_view body, std::vector<std::string>& dropped) const override {
    return read_anthropic_chat(body, dropped);
  }

  std::string write_answer(ChatAnswer answer) const override {
    return write_anthropic_message(answer);
  }

  std::unique_ptr<StreamWriter>
  stream_writer(std::string_view dialect, const Envelope&) const override {
    return make_anthropic_stream_writer(dialect);
  }

  Result<OutgoingRequest> pass_request(
    const ClientRequest& request,
    const Envelope& envelope,
    const Dialect&,
    const Target& target) const override {
    return splice_anthropic(request, envelope, target);
  }

  Result<ReadyAnswer> pass_answer(std::string body, std::optional<Failure>& hidden) const override {
    auto read = read_anthropic_answer(body);
    if (read) return ReadyAnswer{std::move(body), read->usage, read->choices.front().finish};
    const auto json = parse_json_object(body);
    auto failure = classify_anthropic(200, {}, json ? &*json : nullptr);
    if (failure.kind == FailureKind::invalid_answer) return fail(std::move(read.error()));
    hidden = std::move(failure);
    return ReadyAnswer{};
  }

  std::unique_ptr<StreamRelay> passing_relay(const Envelope&) const override {
    return make_anthropic_relay();
  }

  std::string name_of(std::string_view param) const override { return anthropic_name_of(param); }

  std::string error_body(const Error& error, std::string_view request_id) const override {
    std::string body = R"({"type":"error","error":{"type":)";
    append_json_string(body, error_type(error.kind));
    body += R"(,"message":)";
    append_json_string(body, message_of(error));
    body += R"(,"details":{"error_code":)";
    append_json_string(body, code_text(error.kind));
    body += R"(}},"request_id":)";
    append_json_string(body, request_id);
    return body + '}';
  }

  std::string error_event(const Error& error, std::string_view request_id) const override {
    return "event: error\ndata: " + error_body(error, request_id) + "\n\n";
  }

  std::string_view id_header() const noexcept override { return "request-id"; }
};

} // namespace

std::string anthropic_name_of(std::string_view param) {
  for (const auto& one : renamed)
    if (one.param == param) return std::string{one.name};
  // What a client says in one message the vocabulary has in several, so that no number fits.
  if (param.starts_with("messages[") && !param.starts_with("messages[]")) return "messages";
  if (param.starts_with("tools[")) return std::string{param.substr(0, param.find(".function"))};
  return std::string{param};
}

const ClientFormat& anthropic_format() {
  static const AnthropicFormat format;
  return format;
}

} // namespace gateway
