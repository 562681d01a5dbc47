#include "net/dialects/field_reading.hpp"
#include "net/dialects/openai.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

/// The messages of a client's request into the one vocabulary (openai.md, section 2.1).
namespace gateway {
namespace {

/// A cache breakpoint behind a part: Anthropic's convention, which OpenRouter took up, and
/// OpenAI's.
std::string cache_ttl_of(const Json& part) {
  if (const auto* control = object_at(part, "cache_control"))
    return text_at(*control, "ttl") == "1h" ? "1h" : "5m";
  const auto* breakpoint = object_at(part, "prompt_cache_breakpoint");
  return breakpoint && text_at(*breakpoint, "mode") == "explicit" ? "5m" : "";
}

Block text_block(std::string_view text, Block::Kind kind = Block::Kind::text) {
  Block block;
  block.kind = kind;
  block.text = text;
  return block;
}

Result<Block> image_block(const Json& part, const std::string& path) {
  const auto* image = member(part, "image_url");
  Block block;
  block.kind = Block::Kind::image;
  // Some clients write the URL without its object.
  block.media.url = image ? (image->is_string() ? text_of(*image) : text_at(*image, "url")) : "";
  if (block.media.url.empty()) return wrong_value(path + ".image_url", "must have a 'url'");
  if (image->is_object()) block.media.detail = text_at(*image, "detail");
  return block;
}

Result<Block> audio_block(const Json& part, const std::string& path) {
  const auto* audio = object_at(part, "input_audio");
  Block block;
  block.kind = Block::Kind::audio;
  block.media.data_base64 = audio ? text_at(*audio, "data") : "";
  if (block.media.data_base64.empty())
    return wrong_value(path + ".input_audio", "must have 'data'");
  const auto format = text_at(*audio, "format");
  block.media.mime = format == "mp3" ? "audio/mpeg" : "audio/" + std::string{format};
  return block;
}

Result<Block> file_block(const Json& part, const std::string& path) {
  const auto* file = object_at(part, "file");
  Block block;
  block.kind = Block::Kind::file;
  if (file == nullptr) return wrong_value(path + ".file", "must be an object");
  block.media.url = text_at(*file, "file_data"); // a data URL
  block.media.file_id = text_at(*file, "file_id");
  block.media.filename = text_at(*file, "filename");
  if (block.media.url.empty() && block.media.file_id.empty())
    return wrong_value(path + ".file", "must have 'file_data' or 'file_id'");
  return block;
}

Result<Block> part_block(const Json& part, const std::string& path) {
  const auto type = text_at(part, "type");
  if (type == "text") return text_block(text_at(part, "text"));
  if (type == "refusal") return text_block(text_at(part, "refusal"), Block::Kind::refusal);
  if (type == "image_url") return image_block(part, path);
  if (type == "input_audio") return audio_block(part, path);
  if (type == "file") return file_block(part, path);
  return wrong_value(path + ".type", "is not a known type of content");
}

Result<void> add_content(const Json& message, const std::string& path, Message& read) {
  const auto* content = member(message, "content");
  if (content == nullptr) return {};
  if (content->is_string()) {
    read.blocks.push_back(text_block(text_of(*content)));
    return {};
  }
  if (!content->is_array()) return wrong_value(path + ".content", "must be a string or an array");
  for (std::size_t i = 0; i < content->size(); ++i) {
    const auto& part = (*content)[i];
    GATEWAY_TRY(auto block, part_block(part, item_path(path + ".content", i)));
    block.cache_ttl = cache_ttl_of(part);
    read.blocks.push_back(std::move(block));
  }
  return {};
}

/// Reasoning that an assistant wrote before, in the forms clients keep it in. Signed blocks are
/// what their maker wants back, so they win over the plain text of the same thoughts.
void add_reasoning(const Json& message, Message& read) {
  for (const auto& thinking : items_at(message, "thinking_blocks")) {
    auto block = text_block(text_at(thinking, "thinking"), Block::Kind::reasoning);
    block.signature = text_at(thinking, "signature");
    block.redacted = text_at(thinking, "data");
    const auto origin = text_at(thinking, "origin");
    block.signature_origin = origin.empty() ? "anthropic" : origin;
    read.blocks.push_back(std::move(block));
  }
  auto text = text_at(message, "reasoning_content");
  if (text.empty()) text = text_at(message, "reasoning");
  if (text.empty()) return;
  if (read.blocks.empty()) read.blocks.push_back(text_block(text, Block::Kind::reasoning));
  // A stream tells thoughts piece by piece and their signature alone: here they meet again.
  const auto is_signed = [](const Block& block) { return !block.signature.empty(); };
  const auto first = std::ranges::find_if(read.blocks, is_signed);
  if (std::ranges::count_if(read.blocks, is_signed) == 1 && first->text.empty()) first->text = text;
}

std::string arguments_text(const Json& function) {
  const auto* arguments = member(function, "arguments");
  if (arguments == nullptr) return "{}";
  if (!arguments->is_string()) return json_text(*arguments);
  return arguments->empty() || text_of(*arguments).empty() ? "{}"
                                                           : std::string{text_of(*arguments)};
}

Result<Block> call_block(const Json& call, const std::string& path) {
  const auto* function = object_at(call, "function");
  const auto type = text_at(call, "type");
  if (!type.empty() && type != "function") return unsupported_value(path + ".type");
  if (function == nullptr || text_at(*function, "name").empty())
    return wrong_value(path + ".function", "must have a 'name'");
  Block block;
  block.kind = Block::Kind::tool_call;
  block.id = text_at(call, "id");
  block.name = text_at(*function, "name");
  block.arguments = arguments_text(*function);
  // Where Gemini's own compatible endpoint keeps the signature of a call.
  if (const auto* extra = object_at(call, "extra_content"))
    if (const auto* google = object_at(*extra, "google")) {
      block.signature = text_at(*google, "thought_signature");
      block.signature_origin = "gemini";
    }
  return block;
}

Result<void> add_assistant(const Json& message, const std::string& path, Message& read) {
  if (member(message, "audio")) return unsupported_value(path + ".audio");
  add_reasoning(message, read);
  if (auto added = add_content(message, path, read); !added) return added;
  if (const auto refusal = text_at(message, "refusal"); !refusal.empty())
    read.blocks.push_back(text_block(refusal, Block::Kind::refusal));
  const auto calls = items_at(message, "tool_calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    GATEWAY_TRY(auto block, call_block(calls[i], item_path(path + ".tool_calls", i)));
    read.blocks.push_back(std::move(block));
  }
  if (const auto* call = object_at(message, "function_call")) { // tools of old: the name is the id
    Block block;
    block.kind = Block::Kind::tool_call;
    block.id = block.name = text_at(*call, "name");
    block.arguments = arguments_text(*call);
    read.blocks.push_back(std::move(block));
  }
  return {};
}

Result<void> add_result(const Json& message, const std::string& path, Message& read) {
  const bool of_old = text_at(message, "role") == "function";
  Block block;
  block.kind = Block::Kind::tool_result;
  block.id = text_at(message, of_old ? "name" : "tool_call_id");
  if (block.id.empty())
    return wrong_value(
      path + (of_old ? ".name" : ".tool_call_id"), "must name the call it answers");
  Message content;
  if (auto added = add_content(message, path, content); !added) return added;
  for (std::size_t i = 0; i < content.blocks.size(); ++i) {
    const auto& part = content.blocks[i];
    if (part.kind != Block::Kind::text) return unsupported_value(item_path(path + ".content", i));
    block.text += part.text;
    if (!part.cache_ttl.empty()) block.cache_ttl = part.cache_ttl;
  }
  read.blocks.push_back(std::move(block));
  return {};
}

Result<Message> read_message(const Json& message, const std::string& path) {
  const auto role = text_at(message, "role");
  Message read;
  Result<void> added;
  if (role == "tool" || role == "function") {
    read.role = Role::tool;
    added = add_result(message, path, read);
  } else if (role == "assistant") {
    read.role = Role::assistant;
    added = add_assistant(message, path, read);
  } else if (role == "user" || role == "system" || role == "developer") {
    read.role = role == "user" ? Role::user : Role::system;
    added = add_content(message, path, read);
  } else {
    return wrong_value(path + ".role", "must be system, developer, user, assistant or tool");
  }
  if (!added) return fail(std::move(added.error()));
  if (role != "function") read.name = text_at(message, "name");
  if (const auto ttl = cache_ttl_of(message); !ttl.empty() && !read.blocks.empty())
    read.blocks.back().cache_ttl = ttl;
  return read;
}

} // namespace

Result<std::vector<Message>> read_openai_messages(const Json& messages) {
  if (!messages.is_array() || messages.empty())
    return wrong_value("messages", "must hold at least one message");
  std::vector<Message> read;
  read.reserve(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    GATEWAY_TRY(auto message, read_message(messages[i], item_path("messages", i)));
    read.push_back(std::move(message));
  }
  return read;
}

} // namespace gateway
