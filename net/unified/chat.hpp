#pragma once

#include "net/unified/usage.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What every part of the gateway means by a chat request and its answer: richer than any one
/// dialect, so that nothing a provider understands is lost on the way (providers/README.md,
/// "One internal model"). JSON inside (schemas, arguments) is kept as text.
namespace gateway {

enum class Role : std::uint8_t { system, user, assistant, tool };

/// An image, sound or file: by URL, by bytes or by a vendor's file id.
struct Media {
  std::string url;         // http(s); passed on to a provider that takes URLs, never fetched
  std::string mime;        // of `data_base64`
  std::string data_base64; // the bytes, base64
  std::string file_id;
  std::string filename;
  std::string detail; // OpenAI's image detail
};

/// One ordered piece of a message.
struct Block {
  enum class Kind : std::uint8_t {
    text,
    image,
    audio,
    file,
    tool_call,
    tool_result,
    reasoning,
    refusal
  };
  Kind kind = Kind::text;
  std::string text;             // text, reasoning, refusal; tool_result: its text
  Media media;                  // image, audio, file
  std::string id;               // tool_call: its id; tool_result: the id of its call
  std::string name;             // tool_call: the function's name
  std::string arguments;        // tool_call: a JSON object as text
  bool is_error = false;        // tool_result
  std::string signature;        // reasoning or tool_call: opaque, to be replayed
  std::string signature_origin; // the dialect that made the signature
  std::string redacted;         // reasoning that only its maker can read (Anthropic's `data`)
  std::string cache_ttl;        // a cache breakpoint behind this block: "", "5m" or "1h"
};

struct Message {
  Role role = Role::user;
  std::vector<Block> blocks;
  std::string name; // a participant's name; only OpenAI has it
};

struct Tool {
  std::string name;
  std::string description;
  std::string parameters; // JSON Schema as text, empty if none
  std::optional<bool> strict;
  std::string cache_ttl;
};

struct ToolChoice {
  enum class Kind : std::uint8_t { unset, none, automatic, required, function };
  Kind kind = Kind::unset;
  std::string name;                 // function
  std::vector<std::string> allowed; // allowed_tools: only these
};

struct ResponseFormat {
  enum class Kind : std::uint8_t { unset, text, json_object, json_schema };
  Kind kind = Kind::unset;
  std::string name;
  std::string description;
  std::string schema; // JSON Schema as text
  std::optional<bool> strict;
};

struct ChatRequest {
  std::string model;
  std::vector<Message> messages;
  std::vector<Tool> tools;
  ToolChoice tool_choice;
  std::optional<bool> parallel_tool_calls;
  ResponseFormat response_format;
  std::optional<std::int64_t> max_tokens; // visible and reasoning
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<std::int64_t> seed;
  std::optional<std::int64_t> n;
  std::vector<std::string> stop;
  std::string reasoning_effort; // none minimal low medium high xhigh max
  std::string service_tier;
  std::string user; // user or safety_identifier
  std::optional<std::int64_t> top_logprobs;
  bool logprobs = false;
  bool stream = false;
  bool include_usage = false;
  /// Every other top-level field of the request, its value as JSON text: the openai dialect passes
  /// them on, the others reject or drop them (openai.md, section 8).
  std::map<std::string, std::string> other;
};

enum class FinishReason : std::uint8_t { none, stop, length, tool_calls, content_filter };

struct Choice {
  std::int64_t index = 0;
  std::vector<Block> blocks;
  FinishReason finish = FinishReason::none;
  std::string logprobs; // OpenAI's JSON as text, empty if none
};

struct ChatAnswer {
  std::string id;
  std::string model;        // what the provider said
  std::int64_t created = 0; // unix seconds
  std::vector<Choice> choices;
  Usage usage;
  std::string service_tier;
  std::string system_fingerprint;
};

/// `POST /v1/embeddings`, in the one vocabulary.
struct EmbeddingsRequest {
  std::string model;
  std::vector<std::string> texts;
  std::string tokens; // token-array input as JSON text: only the openai dialect takes it
  std::optional<std::int64_t> dimensions;
  bool base64 = false; // the client wants little-endian float32 in base64
  std::string user;
  std::map<std::string, std::string> other;
};

struct EmbeddingsAnswer {
  std::string model;
  std::vector<std::vector<float>> vectors;
  Usage usage;
};

} // namespace gateway
