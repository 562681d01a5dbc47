#include "net/dialects/anthropic.hpp"

#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

constexpr std::string_view files_beta = "files-api-2025-04-14";
constexpr std::string_view version_usual = "2023-06-01";
constexpr std::string_view version_without_sampling = "2026-10-21";

/// Anthropic's Messages API, and whoever serves the same.
class Anthropic final : public Dialect {
public:
  std::string_view name() const noexcept override { return anthropic_name; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    GATEWAY_TRY(auto body, write_anthropic_body(request, target, fields));
    add_anthropic_head(outgoing, target, body.uses_files ? files_beta : "");
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
};

std::string_view version_of(const Target& target) noexcept {
  return target.quirks && !target.quirks->api_version.empty()
    ? std::string_view{target.quirks->api_version}
    : version_usual;
}

} // namespace

bool takes_anthropic_sampling(const Target& target) noexcept {
  return version_of(target) < version_without_sampling;
}

void add_anthropic_head(OutgoingRequest& request, const Target& target, std::string_view betas) {
  if (target.quirks && !target.quirks->chat_path.empty())
    request.path = std::string{target.base_path} + target.quirks->chat_path;
  else
    request.path = versioned_path(target.base_path, "/v1") + "/messages";
  request.headers.set("anthropic-version", version_of(target));
  if (!betas.empty()) request.headers.set("anthropic-beta", betas);
  add_head(request, target, "x-api-key");
}

const Dialect& anthropic_dialect() {
  static const Anthropic dialect;
  return dialect;
}

} // namespace gateway
