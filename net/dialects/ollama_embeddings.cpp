#include "net/dialects/ollama.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

Failed no_embeddings() {
  return fail(ErrorKind::upstream_invalid_response, "the provider's answer has no embeddings");
}

} // namespace

Result<Json> write_ollama_embeddings(
  const EmbeddingsRequest& request, const Target& target, std::vector<std::string>& dropped) {
  if (!request.tokens.empty())
    return fail(ErrorKind::unsupported_parameter, "this provider takes text only", "input");
  if (request.texts.empty())
    return fail(ErrorKind::invalid_value, "there is nothing to embed", "input");
  if (request.dimensions && *request.dimensions < 1)
    return fail(ErrorKind::invalid_value, "must be at least 1", "dimensions");
  RequestFields fields{target.quirks, dropped};
  Json body{{"model", target.upstream_model}, {"input", request.texts}};
  if (request.dimensions && fields.keeps("dimensions")) body["dimensions"] = *request.dimensions;
  if (!request.user.empty()) fields.drop("user");
  auto options = ollama_options_of(target);
  for (const auto& [name, text] : request.other) {
    auto value = text == "null" ? std::nullopt : parse_json(text);
    if (!value) continue;
    if (name == "options" && value->is_object())
      options.update(*value);
    else if (name == "keep_alive" || name == "truncate")
      body[name] = *std::move(value);
    else
      fields.drop(name);
  }
  if (!options.empty()) body["options"] = std::move(options);
  return body;
}

Result<EmbeddingsAnswer> read_ollama_embeddings(std::string_view body) {
  const auto json = parse_json_object(body);
  if (!json) return no_embeddings();
  EmbeddingsAnswer answer;
  answer.model = text_at(*json, "model");
  for (const auto& embedding : items_at(*json, "embeddings")) {
    const auto* numbers = embedding.get_ptr<const Json::array_t*>();
    auto vector = numbers ? vector_of(*numbers) : std::nullopt;
    if (!vector || vector->empty()) return no_embeddings();
    answer.vectors.push_back(*std::move(vector));
  }
  if (answer.vectors.empty()) return no_embeddings();
  answer.usage = read_ollama_usage(*json);
  return answer;
}

} // namespace gateway
