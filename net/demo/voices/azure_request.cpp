#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;
using Heard = Result<DemoRequest> (*)(std::string_view body);

constexpr std::array<std::string_view, 25> chat_fields{
  "model",
  "messages",
  "max_completion_tokens",
  "max_tokens",
  "temperature",
  "top_p",
  "n",
  "stop",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "seed",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "response_format",
  "reasoning_effort",
  "stream",
  "stream_options",
  "user",
  "data_sources"};

constexpr std::array<std::string_view, 5> embeddings_fields{
  "model", "input", "encoding_format", "dimensions", "user"};

/// What OpenAI hears in it, of known fields alone. The path's deployment counts, not the body's.
Result<DemoRequest> read(
  std::string_view text,
  const std::string& deployment,
  std::span<const std::string_view> known,
  Heard hear) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  for (const auto& [name, value] : body.items())
    if (std::ranges::find(known, name) == known.end())
      return fail(
        ErrorKind::unsupported_parameter, "Unrecognized request argument supplied: " + name, name);
  if (!deployment.empty()) body["model"] = deployment;
  return hear(demo_dump(body));
}

} // namespace

Result<DemoRequest> read_azure_chat(std::string_view body, const std::string& deployment) {
  return read(body, deployment, chat_fields, hear_openai_chat);
}

Result<DemoRequest> read_azure_embeddings(std::string_view body, const std::string& deployment) {
  return read(body, deployment, embeddings_fields, hear_openai_embeddings);
}

} // namespace gateway
