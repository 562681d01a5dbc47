#include "net/dialects/openai.hpp"

namespace gateway {
namespace {

/// OpenAI's Chat Completions and Embeddings, and every vendor that speaks the same: what differs
/// between them is configuration (Quirks).
class OpenAiDialect final : public Dialect {
public:
  std::string_view name() const noexcept override { return openai_name; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    return write_openai_chat(request, target);
  }

  Result<ChatAnswer> read_chat(std::string_view body, const Target& target) const override {
    return read_openai_answer(body, target);
  }

  std::unique_ptr<EventReader> event_reader(const Target& target) const override {
    return openai_event_reader(target);
  }

  Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest& request, const Target& target) const override {
    return write_openai_embeddings(request, target);
  }

  Result<EmbeddingsAnswer> read_embeddings(std::string_view body, const Target&) const override {
    return read_openai_embeddings_answer(body);
  }

  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    return classify_openai(status, headers, body);
  }
};

} // namespace

const Dialect& openai_dialect() {
  static const OpenAiDialect dialect;
  return dialect;
}

} // namespace gateway
