#pragma once

#include "net/dialects/dialect.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// What a client sent, as far as its format may look at it. Outlives the conversation about it.
struct ClientRequest {
  std::string_view body;
  std::span<const Header> headers = {};
};

/// A whole answer that is ready for the client.
struct ReadyAnswer {
  std::string body;
  Usage usage; // known = false where the provider told nothing
  FinishReason finish = FinishReason::none;
};

/// One streamed answer on its way: the provider's bytes in, the client's bytes out.
/// Where both speak the same format the bytes pass through (usage and errors are still read);
/// otherwise events are translated. What ends the stream is held back.
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
  /// What ends the stream for the client, to be sent once its usage is recorded; `usage` may be an
  /// estimate.
  virtual std::string ending(const Usage& usage) = 0;

protected:
  bool opened_ = false;
  bool complete_ = false;
  std::optional<Failure> failure_;
  Usage usage_;
  FinishReason finish_ = FinishReason::none;
  std::int64_t output_bytes_ = 0;
};

/// Unified events as a client's bytes. Errors are none of its business: they end a stream, and that
/// is the call's.
class StreamWriter {
public:
  virtual ~StreamWriter() = default;
  /// False: there is too much to be kept until this format can say it.
  virtual bool write(const StreamEvent& event, std::string& out) = 0;
  /// What stands behind the last event, the usage where clients of this format want it.
  virtual std::string ending(const Usage& usage) = 0;
};

/// A wire format that clients speak: unified ↔ bytes, downstream side. Stateless, shared by
/// threads.
class ClientFormat {
public:
  virtual ~ClientFormat() = default;
  /// Whether the dialect's bodies are the same format's: requests to its providers, and their
  /// answers, pass as they are.
  virtual bool passes(const Dialect& dialect) const noexcept = 0;

  /// Errors: as EnvelopeReader's.
  virtual Result<Envelope> read_envelope(EnvelopeReader& reader, std::string_view body) const = 0;
  /// `dropped` gets the names of hints that the vocabulary has no word for.
  /// Errors: invalid_value; unsupported_parameter where it has none for what changes the meaning.
  virtual Result<ChatRequest>
  read_chat(std::string_view body, std::vector<std::string>& dropped) const = 0;
  virtual std::string write_answer(ChatAnswer answer) const = 0;
  /// `dialect`: whose signatures will stand in the stream.
  virtual std::unique_ptr<StreamWriter>
  stream_writer(std::string_view dialect, const Envelope& envelope) const = 0;

  /// The body spliced: model name replaced, routing preferences cut out, quirks applied, unknown
  /// fields kept. Errors: unsupported_parameter.
  virtual Result<OutgoingRequest> pass_request(
    const ClientRequest& request,
    const Envelope& envelope,
    const Dialect& dialect,
    const Target& target) const = 0;
  /// Whether this provider's answers, although of the same format, must be written anew.
  virtual bool rewrites(const Target&) const { return false; }
  /// A whole 200 answer as it is. A failure in it comes back in `hidden`.
  /// Errors: upstream_invalid_response.
  virtual Result<ReadyAnswer>
  pass_answer(std::string body, std::optional<Failure>& hidden) const = 0;
  virtual std::unique_ptr<StreamRelay> passing_relay(const Envelope& envelope) const = 0;

  /// How this format's clients know a parameter that the vocabulary names as OpenAI does.
  virtual std::string name_of(std::string_view param) const { return std::string{param}; }
  virtual std::string error_body(const Error& error, std::string_view request_id) const = 0;
  /// How a stream ends that failed after its first byte.
  virtual std::string error_event(const Error& error, std::string_view request_id) const = 0;
  /// The header beside `x-request-id` in which clients of this format look for a request's id;
  /// empty if they don't.
  virtual std::string_view id_header() const noexcept { return {}; }
};

const ClientFormat& openai_format();
const ClientFormat& anthropic_format();

} // namespace gateway
