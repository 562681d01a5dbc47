#include "net/dialects/gemini.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace gateway {
namespace {

constexpr std::size_t texts_max = 100; // per call (section 6)
/// Closer to one than this a vector's length is left alone: it was made a unit before.
constexpr double unit_tolerance = 1e-4;

/// Vectors of a reduced size do not come as units, which clients of OpenAI's rely on.
bool normalise(std::vector<float>& vector) {
  double squares = 0;
  for (const auto value : vector) squares += static_cast<double>(value) * value;
  const auto length = std::sqrt(squares);
  if (!std::isfinite(length)) return false;
  if (length == 0 || std::abs(length - 1) < unit_tolerance) return true;
  for (auto& value : vector) value = static_cast<float>(value / length);
  return true;
}

Failed no_embeddings() {
  return fail(ErrorKind::upstream_invalid_response, "the provider's answer has no embeddings");
}

} // namespace

Result<Json> write_gemini_embeddings(
  const EmbeddingsRequest& request, std::string_view model, std::vector<std::string>& dropped) {
  if (!request.tokens.empty())
    return fail(ErrorKind::unsupported_parameter, "this provider takes text only", "input");
  if (request.texts.empty())
    return fail(ErrorKind::invalid_value, "there is nothing to embed", "input");
  if (request.texts.size() > texts_max)
    return fail(ErrorKind::invalid_value, "this provider takes at most 100 texts", "input");
  if (request.dimensions && *request.dimensions < 1)
    return fail(ErrorKind::invalid_value, "must be at least 1", "dimensions");
  Json requests = Json::array();
  for (const auto& text : request.texts) {
    Json one{{"model", model}, {"content", {{"parts", Json::array({Json{{"text", text}}})}}}};
    if (request.dimensions) one["outputDimensionality"] = *request.dimensions;
    requests.push_back(std::move(one));
  }
  RequestFields fields{nullptr, dropped};
  if (!request.user.empty()) fields.drop("user");
  for (const auto& [name, value] : request.other)
    if (value != "null") fields.drop(name);
  Json body = Json::object();
  body["requests"] = std::move(requests);
  return body;
}

Result<EmbeddingsAnswer> read_gemini_embeddings(std::string_view body) {
  const auto json = parse_json_object(body);
  if (!json) return no_embeddings();
  EmbeddingsAnswer answer;
  for (const auto& embedding : items_at(*json, "embeddings")) {
    auto vector = vector_of(items_at(embedding, "values"));
    if (!vector || vector->empty() || !normalise(*vector)) return no_embeddings();
    answer.vectors.push_back(*std::move(vector));
  }
  if (answer.vectors.empty()) return no_embeddings();
  if (const auto* usage = object_at(*json, "usageMetadata"))
    answer.usage = read_gemini_usage(*usage);
  return answer;
}

} // namespace gateway
