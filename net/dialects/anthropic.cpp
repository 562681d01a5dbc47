#include "net/dialects/anthropic.hpp"

#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

constexpr std::string_view files_beta = "files-api-2025-04-14";

/// Anthropic's Messages API, and whoever serves the same.
class Anthropic final : public Dialect {
public:
  std::string_view name() const noexcept override { return anthropic_name; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    GATEWAY_TRY(auto body, write_anthropic_body(request, target, fields));
    outgoing.path = chat_path(target);
    outgoing.headers.set("anthropic-version", anthropic_version(target));
    if (body.uses_files) outgoing.headers.set("anthropic-beta", files_beta);
    add_head(outgoing, target, "x-api-key");
    add_extra_body(body.json, target);
    outgoing.body.own(json_text(body.json));
    return outgoing;
  }

  Result<ChatAnswer> read_chat(std::string_view body, const Target&) const override {
    return read_anthropic_answer(body);
  }

  std::unique_ptr<EventReader> event_reader(const Target&) const override {
    return make_anthropic_reader();
  }

  Result<OutgoingRequest> write_embeddings(const EmbeddingsRequest&, const Target&) const override {
    return fail(ErrorKind::unsupported_parameter, "this provider has no embeddings", "model");
  }

  Result<EmbeddingsAnswer> read_embeddings(std::string_view, const Target&) const override {
    return fail(ErrorKind::upstream_invalid_response, "this provider has no embeddings");
  }

  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    const auto json = parse_json_object(body);
    return classify_anthropic(status, headers, json ? &*json : nullptr);
  }

private:
  static std::string chat_path(const Target& target) {
    if (target.quirks && !target.quirks->chat_path.empty())
      return std::string{target.base_path} + target.quirks->chat_path;
    return versioned_path(target.base_path, "/v1") + "/messages";
  }
};

} // namespace

const Dialect& anthropic_dialect() {
  static const Anthropic dialect;
  return dialect;
}

} // namespace gateway
