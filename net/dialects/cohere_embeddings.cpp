#include "net/dialects/cohere.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace gateway {
namespace {

constexpr std::size_t texts_max = 96; // per call (section 6)

Failed no_embeddings() {
  return fail(ErrorKind::upstream_invalid_response, "the provider's answer has no embeddings");
}

} // namespace

Result<Json> write_cohere_embeddings(
  const EmbeddingsRequest& request, const Target& target, std::vector<std::string>& dropped) {
  if (!request.tokens.empty())
    return fail(ErrorKind::unsupported_parameter, "this provider takes text only", "input");
  if (request.texts.empty())
    return fail(ErrorKind::invalid_value, "there is nothing to embed", "input");
  if (request.texts.size() > texts_max)
    return fail(ErrorKind::invalid_value, "this provider takes at most 96 texts", "input");
  if (request.dimensions && *request.dimensions < 1)
    return fail(ErrorKind::invalid_value, "must be at least 1", "dimensions");
  // A text that is to be found, unless the client says that it searches.
  GATEWAY_TRY(auto input_type, text_in_other(request, "input_type", "search_document"));
  // Cohere cuts what is too long if it may; OpenAI's clients expect an error.
  GATEWAY_TRY(auto truncate, text_in_other(request, "truncate", "NONE"));
  Json body{
    {"model", target.upstream_model},
    {"texts", request.texts},
    {"input_type", std::move(input_type)},
    {"embedding_types", Json::array({"float"})},
    {"truncate", std::move(truncate)}};
  if (request.dimensions) body["output_dimension"] = *request.dimensions;
  RequestFields fields{target.quirks, dropped};
  if (!request.user.empty()) fields.drop("user");
  for (const auto& [name, value] : request.other)
    if (value != "null" && name != "input_type" && name != "truncate") fields.drop(name);
  return body;
}

Result<EmbeddingsAnswer> read_cohere_embeddings(std::string_view body) {
  const auto json = parse_json_object(body);
  const auto* by_type = json ? object_at(*json, "embeddings") : nullptr;
  if (by_type == nullptr) return no_embeddings();
  EmbeddingsAnswer answer;
  for (const auto& embedding : items_at(*by_type, "float")) {
    if (!embedding.is_array() || embedding.empty()) return no_embeddings();
    auto vector = vector_of(embedding.get_ref<const Json::array_t&>());
    if (!vector) return no_embeddings();
    answer.vectors.push_back(*std::move(vector));
  }
  if (answer.vectors.empty()) return no_embeddings();
  if (const auto* meta = object_at(*json, "meta")) answer.usage = read_cohere_usage(*meta);
  return answer;
}

} // namespace gateway
