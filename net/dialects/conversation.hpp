#pragma once

#include "net/dialects/client_format.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace gateway {

/// One path of inference: which format is spoken there, and what is asked for.
struct FrontDoor {
  enum class Asks : std::uint8_t { chat, embeddings };
  std::string_view path; // as the record names it
  const ClientFormat& format;
  Asks asks = Asks::chat;

  /// Errors: as EnvelopeReader's.
  Result<Envelope> read_envelope(EnvelopeReader& reader, std::string_view body) const {
    return asks == Asks::chat ? format.read_envelope(reader, body) : reader.read_embeddings(body);
  }
};

/// One client's request and all its attempts: writes it in any provider's dialect and reads the
/// answer back into the client's format. Door, request and envelope outlive the conversation.
class Conversation {
public:
  Conversation(const FrontDoor& door, ClientRequest request, const Envelope& envelope);
  ~Conversation();

  /// The request for this attempt. Same format: the body spliced, unknown fields kept; else
  /// translated. Errors: the request is at fault for this provider (unsupported_parameter,
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
  Result<OutgoingRequest> translated(const Dialect& dialect, const Target& target);
  bool wants_base64() const; // vectors: the official clients ask for it unless told otherwise
  const FrontDoor& door_;
  ClientRequest request_;
  const Envelope& envelope_;
  std::unique_ptr<Parsed> parsed_; // the unified request, made when the first translation needs it
};

} // namespace gateway
