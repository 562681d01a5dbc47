#include "net/dialects/ollama.hpp"

#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

/// Ollama's own API, on a machine nearby or in its cloud.
class Ollama final : public Dialect {
public:
  std::string_view name() const noexcept override { return ollama_name; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    GATEWAY_TRY(auto body, write_ollama_body(request, target, fields));
    finish(outgoing, target, body, path_of(target, "/chat", &Quirks::chat_path));
    return outgoing;
  }

  Result<ChatAnswer> read_chat(std::string_view body, const Target&) const override {
    return read_ollama_answer(body);
  }

  std::unique_ptr<EventReader> event_reader(const Target&) const override {
    return make_ollama_reader();
  }

  Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    GATEWAY_TRY(auto body, write_ollama_embeddings(request, target, outgoing.dropped));
    finish(outgoing, target, body, path_of(target, "/embed", &Quirks::embeddings_path));
    return outgoing;
  }

  Result<EmbeddingsAnswer> read_embeddings(std::string_view body, const Target&) const override {
    return read_ollama_embeddings(body);
  }

  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    const auto json = parse_json_object(body);
    return classify_ollama(status, headers, json ? &*json : nullptr);
  }

private:
  /// The base is the host's, as Ollama's own client takes it; some write the API's folder as well,
  /// or that of the API in OpenAI's format.
  static std::string
  path_of(const Target& target, std::string_view endpoint, std::string Quirks::*of_quirks) {
    auto base = target.base_path;
    while (base.ends_with('/')) base.remove_suffix(1);
    if (target.quirks && !(target.quirks->*of_quirks).empty())
      return std::string{base} + target.quirks->*of_quirks;
    for (const std::string_view folder : {"/api", "/v1"})
      if (base.ends_with(folder)) {
        base.remove_suffix(folder.size());
        break;
      }
    return std::string{base}.append("/api").append(endpoint);
  }

  static void
  finish(OutgoingRequest& outgoing, const Target& target, Json& body, std::string path) {
    outgoing.path = std::move(path);
    add_head(outgoing, target, "authorization");
    add_extra_body(body, target);
    // Unless told so, a server cuts what is longer than its context without a word, and its
    // context is short. (`truncate` of ChatRequest and EmbedRequest in Ollama's api/types.go; the
    // chat's came with 0.12.6, older servers pass over it.)
    if (!body.contains("truncate")) body["truncate"] = false;
    outgoing.body.own(json_text(body));
  }
};

} // namespace

Json ollama_options_of(const Target& target) {
  if (target.quirks)
    if (const auto own = target.quirks->extra_body.find("options");
        own != target.quirks->extra_body.end())
      if (auto options = parse_json_object(own->second)) return *std::move(options);
  return Json::object();
}

const Dialect& ollama_dialect() {
  static const Ollama dialect;
  return dialect;
}

} // namespace gateway
