#pragma once

#include "net/dialects/call_ids.hpp"
#include "net/dialects/dialect.hpp"
#include "net/dialects/json_reading.hpp"
#include "net/dialects/request_fields.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The parts of the gemini dialect; nobody else includes this.
/// Facts: providers/gemini.md, whose sections the comments name.
namespace gateway {

constexpr std::string_view gemini_name = "gemini";

/// Choices that one answer may have: what `candidateCount` allows (section 2).
constexpr std::int64_t gemini_choices_max = 8;

/// What a model takes, by its generation (section 2).
struct GeminiModel {
  enum class Thinking : std::uint8_t { none, budget, level };
  Thinking thinking = Thinking::level;
  bool is_pro = false; // which can't stop thinking
  bool system_instruction = true;
  bool json_schema = true;       // raw JSON Schema; else the OpenAPI subset
  bool schema_with_tools = true; // a response schema and functions in one request
  bool web_urls = true;          // fetches public URLs itself
  bool signatures = true;        // demands thought signatures behind function calls
};

GeminiModel gemini_model(std::string_view id) noexcept;

/// `contents` and `systemInstruction` of a request. Errors: unsupported_parameter, invalid_value.
struct GeminiContents {
  Json contents = Json::array();
  Json system_parts = Json::array();
};
Result<GeminiContents>
write_gemini_contents(const ChatRequest& request, const GeminiModel& model, RequestFields& fields);

/// `tools` and `toolConfig`, put into `body`. Errors as above.
Result<void> write_gemini_tools(
  const ChatRequest& request, const GeminiModel& model, RequestFields& fields, Json& body);

/// A whole body. Errors as above.
Result<Json>
write_gemini_body(const ChatRequest& request, const Target& target, RequestFields& fields);

/// One part of a candidate's content: text, reasoning, a tool call (whose id may be missing) or an
/// image. Nothing for parts that the vocabulary has no word for.
std::optional<Block> read_gemini_part(const Json& part);

struct GeminiFinish {
  FinishReason reason = FinishReason::stop;
  bool needs_content = false; // without any content the answer is none
};
GeminiFinish read_gemini_finish(std::string_view reason, bool has_calls) noexcept;

Usage read_gemini_usage(const Json& metadata) noexcept;
/// A candidate's logprobs as OpenAI's JSON, empty if it has none.
std::string read_gemini_logprobs(const Json& candidate);
std::string gemini_answer_id(std::string_view response_id);

/// Errors: upstream_invalid_response.
Result<ChatAnswer> read_gemini_answer(std::string_view body);
std::unique_ptr<EventReader> make_gemini_reader();

/// Errors: unsupported_parameter, invalid_value.
Result<Json> write_gemini_embeddings(
  const EmbeddingsRequest& request, std::string_view model, std::vector<std::string>& dropped);
/// Errors: upstream_invalid_response.
Result<EmbeddingsAnswer> read_gemini_embeddings(std::string_view body);

/// An error object, also in an array around it; null if `json` has none (section 4).
const Json* gemini_error_in(const Json& json) noexcept;
/// What an error means; `error` null where there was no such object (section 5).
Failure classify_gemini(int status, std::span<const Header> headers, const Json* error);

} // namespace gateway
