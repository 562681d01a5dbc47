#include "net/dialects/conversation.hpp"

#include "net/dialects/openai.hpp"
#include "net/dialects/openai_glance.hpp"
#include "net/dialects/stream_relays.hpp"

#include <algorithm>

namespace gateway {
namespace {

Failed invalid_answer() {
  return fail(ErrorKind::upstream_invalid_response, "the provider's answer is invalid");
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

/// What a dialect found at fault, by the name that the client knows it by.
Error in_words_of(const ClientFormat& format, Error error) {
  auto name = format.name_of(error.param);
  if (name == error.param) return error;
  const auto quoted = "'" + error.param + "'";
  if (const auto at = error.message.find(quoted); at != std::string::npos)
    error.message.replace(at, quoted.size(), "'" + name + "'");
  error.param = std::move(name);
  return error;
}

} // namespace

struct Conversation::Parsed {
  std::optional<ChatRequest> chat;
  std::vector<std::string> dropped; // of the chat request, by whoever read it
  std::optional<EmbeddingsRequest> embeddings;
};

Conversation::Conversation(const FrontDoor& door, ClientRequest request, const Envelope& envelope)
    : door_(door), request_(request), envelope_(envelope) {}

Conversation::~Conversation() = default;

Result<OutgoingRequest> Conversation::outgoing(const Dialect& dialect, const Target& target) {
  if (!door_.format.passes(dialect)) return translated(dialect, target);
  if (door_.asks == FrontDoor::Asks::chat)
    return door_.format.pass_request(request_, envelope_, dialect, target);
  auto spliced = splice_openai(false, request_.body, envelope_, target);
  if (spliced) add_openai_head(*spliced, *dialect.openai_wire(), target, false);
  return spliced;
}

Result<OutgoingRequest> Conversation::translated(const Dialect& dialect, const Target& target) {
  if (!parsed_) parsed_ = std::make_unique<Parsed>();
  if (door_.asks == FrontDoor::Asks::embeddings) {
    if (!parsed_->embeddings) {
      GATEWAY_TRY(parsed_->embeddings, read_openai_embeddings(request_.body));
    }
    return dialect.write_embeddings(*parsed_->embeddings, target);
  }
  if (!parsed_->chat) {
    GATEWAY_TRY(parsed_->chat, door_.format.read_chat(request_.body, parsed_->dropped));
  }
  auto outgoing = dialect.write_chat(*parsed_->chat, target);
  if (!outgoing) return fail(in_words_of(door_.format, std::move(outgoing.error())));
  for (auto& name : outgoing->dropped) name = door_.format.name_of(name);
  outgoing->dropped.insert(
    outgoing->dropped.begin(), parsed_->dropped.begin(), parsed_->dropped.end());
  return outgoing;
}

bool Conversation::wants_base64() const {
  const auto found =
    std::ranges::find(envelope_.fields, std::string_view{"encoding_format"}, &BodyField::name);
  return found != envelope_.fields.end()
    && request_.body.substr(found->value_begin, found->value_end - found->value_begin)
    == R"("base64")";
}

Result<ReadyAnswer> Conversation::answer(
  const Dialect& dialect, const Target& target, std::string body, std::optional<Failure>& hidden) {
  hidden.reset();
  if (door_.asks == FrontDoor::Asks::embeddings) {
    if (door_.format.passes(dialect))
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
  if (door_.format.passes(dialect)) {
    auto passed = door_.format.pass_answer(std::move(body), hidden);
    if (!passed || hidden || !door_.format.rewrites(target)) return passed;
    body = std::move(passed->body);
  }
  auto read = dialect.read_chat(body, target);
  if (!read) return failed_reading(dialect, body, read.error(), hidden);
  if (read->choices.empty()) return invalid_answer();
  const auto usage = read->usage;
  const auto finish = read->choices.front().finish;
  return ReadyAnswer{door_.format.write_answer(*std::move(read)), usage, finish};
}

std::unique_ptr<StreamRelay> Conversation::relay(const Dialect& dialect, const Target& target) {
  if (door_.format.passes(dialect) && !door_.format.rewrites(target))
    return door_.format.passing_relay(envelope_);
  return make_translating_relay(
    dialect, target, door_.format.stream_writer(dialect.name(), envelope_));
}

} // namespace gateway
