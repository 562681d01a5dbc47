#include "net/dialects/conversation.hpp"

#include "net/base/json_text.hpp"
#include "net/base/time.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/openai_glance.hpp"
#include "net/dialects/splice.hpp"
#include "net/dialects/stream_relays.hpp"

#include <algorithm>

namespace gateway {
namespace {

/// The answer must be written anew although the format is the same: thoughts stand in its text.
bool must_rewrite(const Target& target) {
  return target.quirks
    && std::ranges::find(target.quirks->reasoning_out, "think_tags")
    != target.quirks->reasoning_out.end();
}

Failed invalid_answer() {
  return fail(ErrorKind::upstream_invalid_response, "the provider's answer is invalid");
}

Result<ReadyAnswer> pass_chat(std::string body, std::optional<Failure>& hidden) {
  Glance seen;
  take_glance(body, seen);
  if (!seen.valid) return invalid_answer();
  ReadyAnswer answer;
  const bool gave_up = std::ranges::any_of(
    seen.choices, [](const Glance::Choice& choice) { return is_error_finish(choice.finish); });
  if (seen.has_error || gave_up) {
    hidden = seen.has_error ? classify_openai(200, {}, body)
                            : make_failure(FailureKind::server_error, 200);
    return answer;
  }
  if (seen.choices.empty() || seen.too_many_choices) return invalid_answer();
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

Result<ReadyAnswer> pass_embeddings(
  const Dialect& dialect,
  const Target& target,
  std::string body,
  bool base64,
  std::optional<Failure>& hidden) {
  Glance seen;
  take_glance(body, seen);
  if (!seen.valid) return invalid_answer();
  ReadyAnswer answer;
  if (seen.has_error) {
    hidden = classify_openai(200, {}, body);
    return answer;
  }
  answer.usage = seen.usage;
  if (base64 == seen.vectors_are_text) {
    answer.body = std::move(body);
    return answer;
  }
  // Not every compatible vendor heeds `encoding_format`; the official client decodes what it asked
  // for.
  GATEWAY_TRY(const auto read, dialect.read_embeddings(body, target));
  answer.body = write_openai_embeddings(read, base64);
  return answer;
}

/// What a foreign dialect could not read may be an error with a good status.
Result<ReadyAnswer> failed_reading(
  const Dialect& dialect, std::string_view body, Error error, std::optional<Failure>& hidden) {
  auto failure = dialect.classify(200, {}, body);
  if (failure.kind == FailureKind::invalid_answer) return fail(std::move(error));
  hidden = std::move(failure);
  return ReadyAnswer{};
}

} // namespace

struct Conversation::Parsed {
  std::optional<ChatRequest> chat;
  std::optional<EmbeddingsRequest> embeddings;
};

Conversation::Conversation(Endpoint endpoint, std::string_view body, const Envelope& envelope)
    : endpoint_(endpoint), body_(body), envelope_(envelope) {}

Conversation::~Conversation() = default;

Result<OutgoingRequest> Conversation::outgoing(const Dialect& dialect, const Target& target) {
  if (const auto* wire = dialect.openai_wire()) {
    const auto chat = endpoint_ == Endpoint::chat;
    auto spliced = splice_openai(chat, body_, envelope_, target);
    if (spliced) add_openai_head(*spliced, *wire, target, chat);
    return spliced;
  }
  if (!parsed_) parsed_ = std::make_unique<Parsed>();
  if (endpoint_ == Endpoint::chat) {
    if (!parsed_->chat) {
      GATEWAY_TRY(parsed_->chat, read_openai_chat(body_));
    }
    return dialect.write_chat(*parsed_->chat, target);
  }
  if (!parsed_->embeddings) {
    GATEWAY_TRY(parsed_->embeddings, read_openai_embeddings(body_));
  }
  return dialect.write_embeddings(*parsed_->embeddings, target);
}

bool Conversation::wants_base64() const {
  const auto found =
    std::ranges::find(envelope_.fields, std::string_view{"encoding_format"}, &BodyField::name);
  return found != envelope_.fields.end()
    && body_.substr(found->value_begin, found->value_end - found->value_begin) == R"("base64")";
}

Result<ReadyAnswer> Conversation::answer(
  const Dialect& dialect, const Target& target, std::string body, std::optional<Failure>& hidden) {
  hidden.reset();
  if (endpoint_ == Endpoint::embeddings) {
    if (dialect.openai_wire())
      return pass_embeddings(dialect, target, std::move(body), wants_base64(), hidden);
    auto read = dialect.read_embeddings(body, target);
    if (!read) return failed_reading(dialect, body, read.error(), hidden);
    if (!read->usage.known) {
      // Gemini's embeddings say nothing of tokens, and OpenAI's clients expect a number.
      constexpr std::int64_t bytes_per_token = 4;
      read->usage.input = (envelope_.text_bytes + bytes_per_token - 1) / bytes_per_token;
      read->usage.known = read->usage.estimated = true;
    }
    return ReadyAnswer{
      write_openai_embeddings(*read, wants_base64()), read->usage, FinishReason::none};
  }
  if (dialect.openai_wire()) {
    auto passed = pass_chat(std::move(body), hidden);
    if (!passed || hidden || !must_rewrite(target)) return passed;
    body = std::move(passed->body);
  }
  auto read = dialect.read_chat(body, target);
  if (!read) return failed_reading(dialect, body, read.error(), hidden);
  if (read->choices.empty()) return invalid_answer();
  if (read->id.empty()) read->id = make_answer_id();
  const auto created = milliseconds_since_epoch(wall_now()) / 1000;
  return ReadyAnswer{
    write_openai_answer(*read, created), read->usage, read->choices.front().finish};
}

std::unique_ptr<StreamRelay> Conversation::relay(const Dialect& dialect, const Target& target) {
  const bool shows_usage = envelope_.include_usage;
  if (dialect.openai_wire() && !must_rewrite(target)) return make_passing_relay(shows_usage);
  return make_translating_relay(dialect, target, shows_usage);
}

std::string error_body(const Error& error) {
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

std::string stream_error_event(const Error& error) {
  return "data: " + error_body(error) + "\n\n";
}

} // namespace gateway
