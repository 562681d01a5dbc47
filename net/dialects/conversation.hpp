#pragma once

#include "net/dialects/dialect.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A whole answer that is ready for the client.
struct ReadyAnswer {
  std::string body;
  Usage usage; // known = false where the provider told nothing
  FinishReason finish = FinishReason::none;
};

/// One streamed answer on its way: the provider's bytes in, the client's bytes out.
/// Where both speak the same dialect the bytes pass through (usage and errors are still read);
/// otherwise events are translated. `[DONE]`, and the usage chunk in front of it, are held back.
class StreamRelay {
public:
  virtual ~StreamRelay() = default;

  /// Takes body bytes, any split; appends to `out` what the client may have at once.
  virtual void feed(std::string_view bytes, std::string& out) = 0;
  /// The provider's body ended; afterwards `complete` or `failure` says how.
  virtual void finish(std::string& out) = 0;

  /// A first event that is no error was seen: from here on the head may leave, and no failover is
  /// free.
  bool opened() const noexcept { return opened_; }
  /// A finish reason was seen, and the end.
  bool complete() const noexcept { return complete_; }
  const std::optional<Failure>& failure() const noexcept { return failure_; }
  const Usage& usage() const noexcept { return usage_; }
  FinishReason finish_reason() const noexcept { return finish_; }
  /// Bytes of text that the model wrote so far: what output is estimated from when usage is
  /// missing.
  std::int64_t output_bytes() const noexcept { return output_bytes_; }
  /// What ends the stream for the client, to be sent once its usage is recorded: the usage chunk
  /// if it asked for one (with `usage`, which may be an estimate), then `data: [DONE]`.
  virtual std::string ending(const Usage& usage) = 0;

protected:
  bool opened_ = false;
  bool complete_ = false;
  std::optional<Failure> failure_;
  Usage usage_;
  FinishReason finish_ = FinishReason::none;
  std::int64_t output_bytes_ = 0;
};

/// One client's request in OpenAI's format and all its attempts: writes it in any provider's
/// dialect and reads the answer back. The body and the envelope outlive the conversation.
class Conversation {
public:
  enum class Endpoint : std::uint8_t { chat, embeddings };

  Conversation(Endpoint endpoint, std::string_view body, const Envelope& envelope);
  ~Conversation();

  /// The request for this attempt. Same dialect: the body spliced (model name replaced, usage
  /// switched on for streams, routing preferences cut out, quirks applied), unknown fields kept;
  /// else translated. Errors: the request is at fault for this provider (unsupported_parameter,
  /// invalid_value, invalid_json).
  Result<OutgoingRequest> outgoing(const Dialect& dialect, const Target& target);

  /// A whole 200 answer. A failure hidden in it comes back as a Failure in `hidden`, with an empty
  /// answer.
  /// Errors: upstream_invalid_response.
  Result<ReadyAnswer> answer(
    const Dialect& dialect, const Target& target, std::string body, std::optional<Failure>& hidden);

  std::unique_ptr<StreamRelay> relay(const Dialect& dialect, const Target& target);

private:
  struct Parsed;
  bool wants_base64() const; // vectors: the official clients ask for it unless told otherwise
  Endpoint endpoint_;
  std::string_view body_;
  const Envelope& envelope_;
  std::unique_ptr<Parsed> parsed_; // the unified request, made when the first translation needs it
};

/// `data: {"error":{…}}` in OpenAI's shape: how a stream that failed after its first byte ends.
std::string stream_error_event(const Error& error);

/// `{"error":{"message","type","param","code"}}`.
std::string error_body(const Error& error);

} // namespace gateway
