#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

constexpr std::int64_t dimensions_max = 3072;

Failed wrong(const char* name, const char* message) {
  return fail(ErrorKind::invalid_value, std::string{name} + " " + message, name);
}

Result<void> take_text(const json& object, const char* name, DemoRequest& request) {
  GATEWAY_TRY(auto text, demo_text(object, name, ""));
  if (text.empty()) return wrong(name, "must not be empty");
  request.inputs.push_back(std::move(text));
  return {};
}

Result<void> take_dimensions(const json& object, const char* name, DemoRequest& request) {
  GATEWAY_TRY(const auto dimensions, demo_integer(object, name, 1, dimensions_max));
  request.dimensions = dimensions.value_or(0);
  return {};
}

Result<void> read_titan(const json& body, DemoRequest& request) {
  if (auto read = take_dimensions(body, "dimensions", request); !read) return read;
  return take_text(body, "inputText", request);
}

Result<void> read_nova(const json& body, DemoRequest& request) {
  GATEWAY_TRY(const auto type, demo_text(body, "taskType", ""));
  const auto* params = demo_field(body, "singleEmbeddingParams");
  if (type != "SINGLE_EMBEDDING" || params == nullptr)
    return wrong("taskType", "must be SINGLE_EMBEDDING, with its parameters");
  GATEWAY_TRY(const auto purpose, demo_text(*params, "embeddingPurpose", ""));
  if (auto read = take_dimensions(*params, "embeddingDimension", request); !read) return read;
  const auto* text = demo_field(*params, "text");
  if (text == nullptr) return wrong("text", "must not be null");
  GATEWAY_TRY(const auto truncation, demo_text(*text, "truncationMode", ""));
  return take_text(*text, "value", request);
}

Result<void> read_cohere(const json& body, DemoRequest& request) {
  GATEWAY_TRY(const auto type, demo_text(body, "input_type", ""));
  constexpr std::array types{"search_document", "search_query", "classification", "clustering"};
  if (std::ranges::find(types, type) == types.end()) return wrong("input_type", "is unknown");
  if (auto read = take_dimensions(body, "output_dimension", request); !read) return read;
  GATEWAY_TRY(const auto* const texts, demo_list(body, "texts"));
  constexpr std::size_t texts_max = 96; // Cohere's own bound
  if (texts->size() > texts_max) return wrong("texts", "at most 96");
  for (const auto& one : *texts) {
    if (!one.is_string()) return wrong("texts", "must be strings");
    request.inputs.push_back(one.get<std::string>());
  }
  return {};
}

} // namespace

Result<DemoRequest> read_bedrock_invoke(std::string_view text, const std::string& model) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  DemoRequest request;
  request.embeddings = true;
  request.model = model;
  const auto read = model.find("titan") != model.npos ? read_titan
    : model.find("nova") != model.npos                ? read_nova
                                                      : read_cohere;
  if (auto done = read(body, request); !done) return fail(std::move(done.error()));
  request.input_tokens = demo_input_tokens(request);
  return request;
}

} // namespace gateway
