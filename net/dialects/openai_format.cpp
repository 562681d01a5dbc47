#include "net/base/json_text.hpp"
#include "net/base/time.hpp"
#include "net/dialects/answer_parts.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/openai.hpp"
#include "net/dialects/openai_glance.hpp"
#include "net/dialects/splice.hpp"
#include "net/dialects/stream_relays.hpp"

#include <algorithm>

namespace gateway {
namespace {

/// OpenAI's chat completions, as their clients speak them.
class OpenAiFormat final : public ClientFormat {
public:
  bool passes(const Dialect& dialect) const noexcept override {
    return dialect.openai_wire() != nullptr;
  }

  Result<Envelope> read_envelope(EnvelopeReader& reader, std::string_view body) const override {
    return reader.read_chat(body);
  }

  Result<ChatRequest> read_chat(std::string_view body, std::vector<std::string>&) const override {
    return read_openai_chat(body);
  }

  std::string write_answer(ChatAnswer answer) const override {
    if (answer.id.empty()) answer.id = make_answer_id("chatcmpl-");
    return write_openai_answer(answer, milliseconds_since_epoch(wall_now()) / 1000);
  }

  std::unique_ptr<StreamWriter>
  stream_writer(std::string_view dialect, const Envelope& envelope) const override {
    return make_openai_stream_writer(dialect, envelope.include_usage);
  }

  Result<OutgoingRequest> pass_request(
    const ClientRequest& request,
    const Envelope& envelope,
    const Dialect& dialect,
    const Target& target) const override {
    auto spliced = splice_openai(true, request.body, envelope, target);
    if (spliced) add_openai_head(*spliced, *dialect.openai_wire(), target, true);
    return spliced;
  }

  /// Thoughts stand in the text.
  bool rewrites(const Target& target) const override {
    return target.quirks
      && std::ranges::find(target.quirks->reasoning_out, "think_tags")
      != target.quirks->reasoning_out.end();
  }

  Result<ReadyAnswer> pass_answer(std::string body, std::optional<Failure>& hidden) const override {
    const auto invalid = [] {
      return fail(ErrorKind::upstream_invalid_response, "the provider's answer is invalid");
    };
    Glance seen;
    take_glance(body, seen);
    if (!seen.valid) return invalid();
    ReadyAnswer answer;
    const bool gave_up = std::ranges::any_of(
      seen.choices, [](const Glance::Choice& choice) { return is_error_finish(choice.finish); });
    if (seen.has_error || gave_up) {
      hidden = seen.has_error ? classify_openai(200, {}, body)
                              : make_failure(FailureKind::server_error, 200);
      return answer;
    }
    if (seen.choices.empty() || seen.too_many_choices) return invalid();
    answer.usage = seen.usage;
    answer.finish = read_openai_finish(seen.choices.front().finish);
    if (has_unknown_finish(seen)) {
      Splice splice{body};
      rename_finishes(seen, splice);
      answer.body = std::move(splice).text();
    } else {
      answer.body = std::move(body);
    }
    return answer;
  }

  std::unique_ptr<StreamRelay> passing_relay(const Envelope& envelope) const override {
    return make_openai_relay(envelope.include_usage);
  }

  std::string error_body(const Error& error, std::string_view) const override {
    std::string body = R"({"error":{"message":)";
    append_json_string(body, error.message);
    body += R"(,"type":)";
    append_json_string(body, type_text(error.kind));
    body += R"(,"param":)";
    if (error.param.empty())
      body += "null";
    else
      append_json_string(body, error.param);
    body += R"(,"code":)";
    append_json_string(body, code_text(error.kind));
    return body + "}}";
  }

  std::string error_event(const Error& error, std::string_view request_id) const override {
    return "data: " + error_body(error, request_id) + "\n\n";
  }
};

} // namespace

const ClientFormat& openai_format() {
  static const OpenAiFormat format;
  return format;
}

} // namespace gateway
