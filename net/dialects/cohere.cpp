#include "net/dialects/cohere.hpp"

#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

/// Cohere's own API, version 2.
class Cohere final : public Dialect {
public:
  std::string_view name() const noexcept override { return "cohere"; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    GATEWAY_TRY(auto body, write_cohere_body(request, target, fields));
    finish(outgoing, target, body, "/chat", target.quirks ? target.quirks->chat_path : "");
    return outgoing;
  }

  Result<ChatAnswer> read_chat(std::string_view body, const Target& target) const override {
    GATEWAY_TRY(auto answer, read_cohere_answer(body));
    answer.model = target.upstream_model; // the answer does not say
    return answer;
  }

  std::unique_ptr<EventReader> event_reader(const Target& target) const override {
    return make_cohere_reader(target.upstream_model);
  }

  Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    GATEWAY_TRY(auto body, write_cohere_embeddings(request, target, outgoing.dropped));
    finish(outgoing, target, body, "/embed", target.quirks ? target.quirks->embeddings_path : "");
    return outgoing;
  }

  Result<EmbeddingsAnswer>
  read_embeddings(std::string_view body, const Target& target) const override {
    GATEWAY_TRY(auto answer, read_cohere_embeddings(body));
    answer.model = target.upstream_model;
    return answer;
  }

  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    const auto json = parse_json_object(body);
    return classify_cohere(status, headers, json ? &*json : nullptr);
  }

private:
  static void finish(
    OutgoingRequest& outgoing,
    const Target& target,
    Json& body,
    std::string_view endpoint,
    std::string_view path_of_quirks) {
    outgoing.path = path_of_quirks.empty() ? versioned_path(target.base_path, "/v2")
                                           : std::string{target.base_path};
    outgoing.path += path_of_quirks.empty() ? endpoint : path_of_quirks;
    add_head(outgoing, target, "authorization");
    add_extra_body(body, target);
    outgoing.body.own(json_text(body));
  }
};

} // namespace

const Dialect& cohere_dialect() {
  static const Cohere dialect;
  return dialect;
}

} // namespace gateway
