#pragma once

#include "net/base/result.hpp"
#include "net/demo/request.hpp"

#include <string>
#include <string_view>

/// The reading halves of the voices, as strict as the providers they stand for.
/// Errors of all: invalid_json, invalid_value, missing_field, unsupported_parameter.
namespace gateway {

Result<DemoRequest> hear_openai_chat(std::string_view body);
Result<DemoRequest> hear_openai_embeddings(std::string_view body);

/// `deployment` is the path's, empty where the body names it.
Result<DemoRequest> read_azure_chat(std::string_view body, const std::string& deployment);
Result<DemoRequest> read_azure_embeddings(std::string_view body, const std::string& deployment);

/// `max_tokens_required` is false for the token count, which takes the same body without it.
Result<DemoRequest> read_anthropic_messages(std::string_view body, bool max_tokens_required);

Result<DemoRequest> read_cohere_chat(std::string_view body);
Result<DemoRequest> read_cohere_embed(std::string_view body);

Result<DemoRequest> read_gemini_content(std::string_view body);
Result<DemoRequest> read_gemini_embeddings(std::string_view body, bool batch);

Result<DemoRequest> read_mistral_chat(std::string_view body);
Result<DemoRequest> read_mistral_embeddings(std::string_view body);

Result<DemoRequest> read_ollama_chat(std::string_view body);
Result<DemoRequest> read_ollama_embed(std::string_view body);

Result<DemoRequest>
read_bedrock_converse(std::string_view body, const std::string& model, bool stream);
Result<DemoRequest> read_bedrock_invoke(std::string_view body, const std::string& model);

} // namespace gateway
