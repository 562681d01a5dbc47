#pragma once

#include "net/dialects/call_ids.hpp"
#include "net/dialects/dialect.hpp"
#include "net/dialects/json_reading.hpp"
#include "net/dialects/request_fields.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The parts of the ollama dialect; nobody else includes this.
/// Facts: providers/ollama.md, whose sections the comments name.
namespace gateway {

constexpr std::string_view ollama_name = "ollama";

/// `messages`. Errors: unsupported_parameter, invalid_value.
Result<Json> write_ollama_messages(const ChatRequest& request, RequestFields& fields);

/// `tools`: those that the model may call, maybe none. Errors as above.
Result<Json> write_ollama_tools(const ChatRequest& request, RequestFields& fields);

/// A whole body. Errors as above.
Result<Json>
write_ollama_body(const ChatRequest& request, const Target& target, RequestFields& fields);

/// The provider's own `options`, from the quirks' `extra_body`: what every request to it says
/// unless it says something else. The context's size is one that only the operator knows.
Json ollama_options_of(const Target& target);

/// The blocks of an answer's `message`, or of a piece of it, in the order they were made.
std::vector<Block>
read_ollama_blocks(const Json& message, std::string_view created_at, CallIds& ids);
FinishReason read_ollama_finish(std::string_view reason, bool has_calls) noexcept;
Usage read_ollama_usage(const Json& answer) noexcept;
/// An answer's logprobs as OpenAI's JSON, empty if it has none.
std::string read_ollama_logprobs(const Json& answer);

/// Errors: upstream_invalid_response.
Result<ChatAnswer> read_ollama_answer(std::string_view body);
std::unique_ptr<EventReader> make_ollama_reader();

/// Errors: unsupported_parameter, invalid_value.
Result<Json> write_ollama_embeddings(
  const EmbeddingsRequest& request, const Target& target, std::vector<std::string>& dropped);
/// Errors: upstream_invalid_response.
Result<EmbeddingsAnswer> read_ollama_embeddings(std::string_view body);

/// What an error means: `body` may be any JSON, or null where there was none (section 5).
Failure classify_ollama(int status, std::span<const Header> headers, const Json* body);

} // namespace gateway
