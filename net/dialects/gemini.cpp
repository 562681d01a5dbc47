#include "net/dialects/gemini.hpp"

#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

/// "models/…", as the API names a model that is configured with or without the folder.
std::string model_path(std::string_view model) {
  const auto has_folder = model.find('/') != model.npos;
  return (has_folder ? "" : "models/") + std::string{model};
}

/// Google's generateContent with an API key.
class Gemini final : public Dialect {
public:
  std::string_view name() const noexcept override { return gemini_name; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    GATEWAY_TRY(auto body, write_gemini_body(request, target, fields));
    finish(
      outgoing,
      target,
      body,
      request.stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
    return outgoing;
  }

  Result<ChatAnswer> read_chat(std::string_view body, const Target&) const override {
    return read_gemini_answer(body);
  }

  std::unique_ptr<EventReader> event_reader(const Target&) const override {
    return make_gemini_reader();
  }

  Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    GATEWAY_TRY(
      auto body,
      write_gemini_embeddings(request, model_path(target.upstream_model), outgoing.dropped));
    finish(outgoing, target, body, ":batchEmbedContents");
    return outgoing;
  }

  Result<EmbeddingsAnswer>
  read_embeddings(std::string_view body, const Target& target) const override {
    GATEWAY_TRY(auto answer, read_gemini_embeddings(body));
    answer.model = target.upstream_model; // the answer does not say
    return answer;
  }

  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    const auto json = parse_json(body);
    return classify_gemini(status, headers, json ? gemini_error_in(*json) : nullptr);
  }

private:
  static void
  finish(OutgoingRequest& outgoing, const Target& target, Json& body, std::string_view method) {
    outgoing.path = versioned_path(target.base_path, "/v1beta") + "/"
      + path_segments(model_path(target.upstream_model));
    outgoing.path += method;
    add_head(outgoing, target, "x-goog-api-key");
    add_extra_body(body, target);
    outgoing.body.own(json_text(body));
  }
};

} // namespace

const Dialect& gemini_dialect() {
  static const Gemini dialect;
  return dialect;
}

} // namespace gateway
