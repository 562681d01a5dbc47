#include "net/dialects/bedrock.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t cohere_texts_max = 96; // per call (section 9)

Failed no_embeddings() {
  return fail(ErrorKind::upstream_invalid_response, "the provider's answer has no embeddings");
}

Failed unsupported(const char* why, const char* param) {
  return fail(ErrorKind::unsupported_parameter, why, param);
}

Result<Json> titan_body(const EmbeddingsRequest& request) {
  Json body{{"inputText", request.texts.front()}};
  if (request.dimensions) body["dimensions"] = *request.dimensions;
  return body;
}

/// As in the cohere dialect: texts that are to be found, and no silent cut.
Result<Json> cohere_body(const EmbeddingsRequest& request) {
  GATEWAY_TRY(auto input_type, text_in_other(request, "input_type", "search_document"));
  GATEWAY_TRY(auto truncate, text_in_other(request, "truncate", "NONE"));
  Json body{
    {"texts", request.texts},
    {"input_type", std::move(input_type)},
    {"embedding_types", Json::array({"float"})},
    {"truncate", std::move(truncate)}};
  if (request.dimensions) body["output_dimension"] = *request.dimensions;
  return body;
}

constexpr std::array<std::string_view, 2> cohere_fields{"input_type", "truncate"};

Result<Json> nova_body(const EmbeddingsRequest& request) {
  Json params{
    {"embeddingPurpose", "GENERIC_INDEX"},
    {"text", {{"truncationMode", "NONE"}, {"value", request.texts.front()}}}};
  if (request.dimensions) params["embeddingDimension"] = *request.dimensions;
  return Json{{"taskType", "SINGLE_EMBEDDING"}, {"singleEmbeddingParams", std::move(params)}};
}

/// How the models of a family are asked (section 9).
struct Family {
  std::string_view id_part; // the model's id contains this
  Result<Json> (*body)(const EmbeddingsRequest&);
  std::size_t texts_max = 1;
  bool takes_dimensions = true;
  std::span<const std::string_view> own_fields = {};
};

/// The first row whose part is in the id counts, so that narrower ones stand first.
const std::array families{
  Family{"titan-embed-text-v1", titan_body, 1, false},
  Family{"titan-embed", titan_body},
  Family{"cohere.embed-english-v3", cohere_body, cohere_texts_max, false, cohere_fields},
  Family{"cohere.embed-multilingual-v3", cohere_body, cohere_texts_max, false, cohere_fields},
  Family{"cohere.embed", cohere_body, cohere_texts_max, true, cohere_fields},
  Family{"nova", nova_body},
};

const Family* family_of(std::string_view id) noexcept {
  for (const auto& family : families)
    if (id.find(family.id_part) != id.npos) return &family;
  return nullptr;
}

/// The vectors, wherever a family has them.
std::vector<const Json*> vectors_in(const Json& json) {
  if (const auto* one = member(json, "embedding")) return {one};
  const auto* by_type = object_at(json, "embeddings");
  std::vector<const Json*> list;
  for (const auto& one : by_type ? items_at(*by_type, "float") : items_at(json, "embeddings")) {
    const auto* inner = member(one, "embedding");
    list.push_back(inner ? inner : &one);
  }
  return list;
}

} // namespace

Result<Json> write_bedrock_embeddings(
  const EmbeddingsRequest& request, const Target& target, std::vector<std::string>& dropped) {
  if (!request.tokens.empty()) return unsupported("this provider takes text only", "input");
  if (request.texts.empty())
    return fail(ErrorKind::invalid_value, "there is nothing to embed", "input");
  if (request.dimensions && *request.dimensions < 1)
    return fail(ErrorKind::invalid_value, "must be at least 1", "dimensions");
  const auto* family = family_of(target.upstream_model);
  if (family == nullptr)
    return unsupported("how this model makes embeddings is not known", "model");
  if (request.texts.size() > family->texts_max)
    return family->texts_max == 1 ? unsupported("this model takes one text at a time", "input")
                                  : unsupported("this model takes at most 96 texts", "input");
  if (request.dimensions && !family->takes_dimensions)
    return unsupported("this model's vectors have one length", "dimensions");
  RequestFields fields{target.quirks, dropped};
  if (!request.user.empty()) fields.drop("user");
  for (const auto& [name, value] : request.other)
    if (value != "null" && std::ranges::find(family->own_fields, name) == family->own_fields.end())
      fields.drop(name);
  return family->body(request);
}

Result<EmbeddingsAnswer> read_bedrock_embeddings(std::string_view body) {
  const auto json = parse_json_object(body);
  if (!json) return no_embeddings();
  EmbeddingsAnswer answer;
  for (const auto* embedding : vectors_in(*json)) {
    const auto* numbers = embedding->get_ptr<const Json::array_t*>();
    if (numbers == nullptr || numbers->empty()) return no_embeddings();
    auto vector = vector_of(*numbers);
    if (!vector) return no_embeddings();
    answer.vectors.push_back(*std::move(vector));
  }
  if (answer.vectors.empty()) return no_embeddings();
  auto tokens = count_at(*json, "inputTextTokenCount");
  if (!tokens) tokens = count_at(*json, "inputTokenCount");
  answer.usage.input = tokens.value_or(0);
  answer.usage.known = tokens.has_value();
  return answer;
}

} // namespace gateway
