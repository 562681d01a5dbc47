#include "net/dialects/openai.hpp"

#include "net/dialects/outgoing_head.hpp"

namespace gateway {

void add_openai_head(
  OutgoingRequest& request, const OpenAiWire& wire, const Target& target, bool chat) {
  const auto of_quirks = target.quirks
    ? std::string_view{chat ? target.quirks->chat_path : target.quirks->embeddings_path}
    : std::string_view{};
  request.path = of_quirks.empty()
    ? wire.path_of(target, chat ? "/chat/completions" : "/embeddings")
    : std::string{target.base_path}.append(of_quirks);
  add_head(request, target, wire.key_header);
}

Result<OutgoingRequest>
OpenAiDialect::write_chat(const ChatRequest& request, const Target& target) const {
  auto outgoing = write_openai_chat(request, target);
  if (outgoing) add_openai_head(*outgoing, wire_, target, true);
  return outgoing;
}

Result<ChatAnswer> OpenAiDialect::read_chat(std::string_view body, const Target& target) const {
  return read_openai_answer(body, target);
}

std::unique_ptr<EventReader> OpenAiDialect::event_reader(const Target& target) const {
  return openai_event_reader(target);
}

Result<OutgoingRequest>
OpenAiDialect::write_embeddings(const EmbeddingsRequest& request, const Target& target) const {
  auto outgoing = write_openai_embeddings(request, target);
  if (outgoing) add_openai_head(*outgoing, wire_, target, false);
  return outgoing;
}

Result<EmbeddingsAnswer>
OpenAiDialect::read_embeddings(std::string_view body, const Target&) const {
  return read_openai_embeddings_answer(body);
}

Failure
OpenAiDialect::classify(int status, std::span<const Header> headers, std::string_view body) const {
  return wire_.classify(status, headers, body);
}

const Dialect& openai_dialect() {
  // OpenAI's Chat Completions and Embeddings, and every vendor that speaks the same. The base is
  // what the vendor's own SDK takes, its version included: nothing is put between.
  static constexpr OpenAiWire wire{
    "openai",
    "authorization",
    [](const Target& target, std::string_view endpoint) {
      return std::string{target.base_path}.append(endpoint);
    },
    classify_openai};
  static const OpenAiDialect dialect{wire};
  return dialect;
}

} // namespace gateway
