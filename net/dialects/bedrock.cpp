#include "net/dialects/bedrock.hpp"

#include "net/dialects/aws_signature.hpp"
#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

/// Amazon Bedrock's uniform API for chats, Converse; embeddings have a body per family.
class Bedrock final : public Dialect {
public:
  std::string_view name() const noexcept override { return bedrock_name; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    GATEWAY_TRY(auto body, write_bedrock_body(request, target, fields));
    finish(outgoing, target, body, request.stream ? "/converse-stream" : "/converse");
    return outgoing;
  }

  Result<ChatAnswer> read_chat(std::string_view body, const Target& target) const override {
    GATEWAY_TRY(auto answer, read_bedrock_answer(body));
    answer.model = target.upstream_model; // the answer does not say
    return answer;
  }

  std::unique_ptr<EventReader> event_reader(const Target& target) const override {
    return make_bedrock_reader(target.upstream_model);
  }

  Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    GATEWAY_TRY(auto body, write_bedrock_embeddings(request, target, outgoing.dropped));
    finish(outgoing, target, body, "/invoke");
    return outgoing;
  }

  Result<EmbeddingsAnswer>
  read_embeddings(std::string_view body, const Target& target) const override {
    GATEWAY_TRY(auto answer, read_bedrock_embeddings(body));
    answer.model = target.upstream_model;
    return answer;
  }

  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    const auto json = parse_json_object(body);
    return classify_bedrock(status, headers, json ? &*json : nullptr);
  }

private:
  /// The signature comes last: it covers all the rest.
  static void
  finish(OutgoingRequest& outgoing, const Target& target, Json& body, std::string_view operation) {
    outgoing.path = std::string{target.base_path} + "/model/" + path_segment(target.upstream_model)
      + std::string{operation};
    add_head(outgoing, target, "authorization");
    add_extra_body(body, target);
    outgoing.body.own(json_text(body));
    const auto is_open = target.quirks && target.quirks->auth == "none";
    if (target.signing_keys && !target.signing_keys->empty() && !is_open)
      sign_aws(outgoing, {*target.signing_keys, target.host, target.region, "bedrock", target.now});
  }
};

} // namespace

const Dialect& bedrock_dialect() {
  static const Bedrock dialect;
  return dialect;
}

} // namespace gateway
