#include "net/base/json_text.hpp"
#include "net/dialects/media_source.hpp"
#include "net/dialects/openai.hpp"
#include "net/unified/json_cursor.hpp"

#include <nlohmann/json.hpp>

#include <bit>
#include <charconv>
#include <cstring>

/// Embeddings answers, both ways (openai.md, section 6).
namespace gateway {
namespace {

static_assert(std::endian::native == std::endian::little, "vectors are little-endian on the wire");

Failed invalid_answer(std::string_view why) {
  return fail(
    ErrorKind::upstream_invalid_response, "the provider's answer is invalid: " + std::string{why});
}

std::optional<std::vector<float>> read_vector(const Json& embedding) {
  if (embedding.is_string()) {
    const auto bytes = decode_base64(text_of(embedding));
    if (!bytes || bytes->size() % sizeof(float) != 0) return std::nullopt;
    std::vector<float> vector(bytes->size() / sizeof(float));
    if (!vector.empty()) std::memcpy(vector.data(), bytes->data(), bytes->size());
    return vector;
  }
  const auto* numbers = embedding.get_ptr<const Json::array_t*>();
  return numbers ? vector_of(*numbers) : std::nullopt;
}

void append_base64(std::string& out, std::span<const unsigned char> bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = bytes.size() - i;
    const unsigned group = static_cast<unsigned>(bytes[i]) << 16
      | (left > 1 ? static_cast<unsigned>(bytes[i + 1]) << 8 : 0)
      | (left > 2 ? static_cast<unsigned>(bytes[i + 2]) : 0);
    out += digits[group >> 18];
    out += digits[group >> 12 & 63];
    out += left > 1 ? digits[group >> 6 & 63] : '=';
    out += left > 2 ? digits[group & 63] : '=';
  }
}

void append_vector(std::string& out, const std::vector<float>& vector, bool base64) {
  if (base64) {
    out += '"';
    append_base64(
      out, {reinterpret_cast<const unsigned char*>(vector.data()), vector.size() * sizeof(float)});
    out += '"';
    return;
  }
  out += '[';
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (i > 0) out += ',';
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, vector[i]).ptr;
    out.append(digits, end);
  }
  out += ']';
}

} // namespace

Result<EmbeddingsAnswer> read_openai_embeddings_answer(std::string_view body) {
  const auto json = parse_json_object(body);
  if (!json) return invalid_answer("no JSON object");
  const auto data = items_at(*json, "data");
  if (data.empty()) return invalid_answer("no vectors");
  EmbeddingsAnswer answer;
  answer.model = text_at(*json, "model");
  answer.vectors.resize(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto* embedding = member(data[i], "embedding");
    auto vector = embedding ? read_vector(*embedding) : std::nullopt;
    const auto index = count_at(data[i], "index").value_or(static_cast<std::int64_t>(i));
    if (!vector || static_cast<std::size_t>(index) >= data.size())
      return invalid_answer("a vector that is none");
    answer.vectors[static_cast<std::size_t>(index)] = *std::move(vector);
  }
  if (const auto* usage = member(*json, "usage")) {
    const auto text = json_text(*usage);
    auto cursor = JsonTokens::of_this_thread().read(text);
    answer.usage = read_openai_usage(cursor);
  }
  return answer;
}

std::string write_openai_embeddings(const EmbeddingsAnswer& answer, bool base64) {
  std::string text = R"({"object":"list","data":[)";
  for (std::size_t i = 0; i < answer.vectors.size(); ++i) {
    if (i > 0) text += ',';
    text += R"({"object":"embedding","index":)";
    append_number(text, i);
    text += R"(,"embedding":)";
    append_vector(text, answer.vectors[i], base64);
    text += '}';
  }
  text += R"(],"model":)";
  append_json_string(text, answer.model);
  text += R"(,"usage":{"prompt_tokens":)";
  append_number(text, answer.usage.input);
  text += R"(,"total_tokens":)";
  append_number(text, answer.usage.input);
  return text + "}}";
}

} // namespace gateway
