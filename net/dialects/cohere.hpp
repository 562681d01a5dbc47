#pragma once

#include "net/dialects/dialect.hpp"
#include "net/dialects/json_reading.hpp"
#include "net/dialects/request_fields.hpp"

#include <memory>
#include <string>
#include <string_view>

/// The parts of the cohere dialect; nobody else includes this.
/// Facts: providers/cohere.md, whose sections the comments name.
namespace gateway {

/// `messages` of a request. `thinks`: the model does, and takes its thoughts back.
/// Errors: unsupported_parameter, invalid_value.
Result<Json> write_cohere_messages(const ChatRequest& request, bool thinks, RequestFields& fields);

/// `tools`, `tool_choice` and `strict_tools`, put into `body`. Errors: invalid_value.
Result<void> write_cohere_tools(const ChatRequest& request, RequestFields& fields, Json& body);

/// A whole body. Errors: unsupported_parameter, invalid_value.
Result<Json>
write_cohere_body(const ChatRequest& request, const Target& target, RequestFields& fields);

/// Errors: upstream_invalid_response, also where the answer says that it failed.
Result<ChatAnswer> read_cohere_answer(std::string_view body);
/// `model` is what the answer is said to come from: the provider does not say.
std::unique_ptr<EventReader> make_cohere_reader(std::string_view model);

/// FinishReason::none where the reason is a failure's.
FinishReason read_cohere_finish(std::string_view reason) noexcept;
Usage read_cohere_usage(const Json& usage) noexcept;
/// One chunk's logprobs, or a list of chunks', as OpenAI's JSON; empty if there are none.
std::string read_cohere_logprobs(const Json& logprobs);

/// Errors: unsupported_parameter, invalid_value.
Result<Json> write_cohere_embeddings(
  const EmbeddingsRequest& request, const Target& target, std::vector<std::string>& dropped);
/// Errors: upstream_invalid_response.
Result<EmbeddingsAnswer> read_cohere_embeddings(std::string_view body);

/// What an answer that is none means; `body` null where it was no JSON object (section 5).
Failure classify_cohere(int status, std::span<const Header> headers, const Json* body);
/// What a generation that failed means: its reason, and the provider's words.
Failure classify_cohere_end(std::string_view reason, std::string_view message);

} // namespace gateway
