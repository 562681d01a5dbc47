#pragma once

#include "net/dialects/conversation.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

/// What a client in Anthropic's format says, and what becomes of it.
namespace gateway {

inline const FrontDoor messages_door{"/v1/messages", anthropic_format()};

/// One client's request on its way to a provider.
struct MessagesTalk {
  explicit MessagesTalk(std::string text, std::vector<Header> its_headers = {})
      : body(std::move(text)), headers(std::move(its_headers)), envelope(read(body)),
        conversation(messages_door, {body, headers}, envelope) {
    target.upstream_model = "up";
    target.quirks = &quirks;
  }
  MessagesTalk(const MessagesTalk&) = delete;
  MessagesTalk& operator=(const MessagesTalk&) = delete;

  Result<OutgoingRequest> to(std::string_view dialect) {
    return conversation.outgoing(*find_dialect(dialect), target);
  }

  static Envelope read(std::string_view body) {
    EnvelopeReader reader;
    auto envelope = messages_door.read_envelope(reader, body);
    REQUIRE(envelope);
    return *std::move(envelope);
  }

  std::string body;
  std::vector<Header> headers;
  Envelope envelope;
  Quirks quirks;
  Target target;
  Conversation conversation;
};

} // namespace gateway
