#include "net/dialects/media_source.hpp"
#include "net/dialects/openai_write.hpp"
#include "net/dialects/tool_results.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

/// The one vocabulary's messages in OpenAI's format (openai.md, section 2.1).
namespace gateway {
namespace {

std::string url_of(const Media& media) {
  if (media.data_base64.empty()) return media.url;
  return "data:" + media.mime + ";base64," + media.data_base64;
}

Json part_of(const Block& block) {
  switch (block.kind) {
  case Block::Kind::image: {
    Json image{{"url", url_of(block.media)}};
    if (!block.media.detail.empty()) image["detail"] = block.media.detail;
    return {{"type", "image_url"}, {"image_url", std::move(image)}};
  }
  case Block::Kind::audio: {
    const auto bytes = media_bytes(block.media);
    const std::string mime{bytes ? bytes->mime : std::string_view{}};
    const auto format = mime == "audio/mpeg" ? "mp3" : mime.substr(mime.find('/') + 1);
    return {
      {"type", "input_audio"},
      {"input_audio", {{"data", bytes ? bytes->base64 : std::string_view{}}, {"format", format}}}};
  }
  case Block::Kind::file: {
    Json file = Json::object();
    if (!block.media.file_id.empty())
      file["file_id"] = block.media.file_id;
    else
      file["file_data"] = url_of(block.media);
    if (!block.media.filename.empty()) file["filename"] = block.media.filename;
    return {{"type", "file"}, {"file", std::move(file)}};
  }
  case Block::Kind::refusal: return {{"type", "refusal"}, {"refusal", block.text}};
  default: return {{"type", "text"}, {"text", block.text}};
  }
}

bool is_content(const Block& block) {
  return block.kind != Block::Kind::tool_call && block.kind != Block::Kind::tool_result
    && block.kind != Block::Kind::reasoning;
}

/// One text is a string, as every vendor takes it; anything more is an array of parts.
Json content_of(const Message& message) {
  const auto parts = std::ranges::count_if(message.blocks, is_content);
  if (parts == 0) return nullptr;
  const auto first = std::ranges::find_if(message.blocks, is_content);
  if (parts == 1 && first->kind == Block::Kind::text) return first->text;
  Json content = Json::array();
  for (const auto& block : message.blocks)
    if (is_content(block)) content.push_back(part_of(block));
  return content;
}

void add_assistant_parts(Json& json, const Message& message, const Quirks* quirks) {
  std::string reasoning;
  Json calls = Json::array();
  for (const auto& block : message.blocks) {
    if (block.kind == Block::Kind::reasoning) reasoning += block.text;
    if (block.kind == Block::Kind::tool_call) calls.push_back(openai_tool_call(block));
  }
  // OpenAI itself refuses the field; vendors that write it want it back in tool loops.
  if (!reasoning.empty() && quirks && !quirks->reasoning_out.empty())
    json["reasoning_content"] = std::move(reasoning);
  if (!calls.empty()) json["tool_calls"] = std::move(calls);
}

std::string_view role_of(Role role) {
  switch (role) {
  case Role::system: return "system";
  case Role::user: return "user";
  case Role::assistant: return "assistant";
  case Role::tool: return "tool";
  }
  return "user";
}

} // namespace

Json openai_tool_call(const Block& call) {
  Json json{
    {"id", call.id},
    {"type", "function"},
    {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
  if (!call.signature.empty() && call.signature_origin == "gemini")
    json["extra_content"] = {{"google", {{"thought_signature", call.signature}}}};
  return json;
}

Json openai_messages(const ChatRequest& request, const Quirks* quirks) {
  const bool keeps_names =
    !quirks || std::ranges::find(quirks->drop, "messages[].name") == quirks->drop.end();
  Json messages = Json::array();
  for (const auto& message : request.messages) {
    if (message.role == Role::tool) {
      // Each result is a message of its own.
      for (const auto& block : message.blocks)
        if (block.kind == Block::Kind::tool_result)
          messages.push_back(
            {{"role", "tool"}, {"tool_call_id", block.id}, {"content", told_result(block)}});
      continue;
    }
    Json json{{"role", role_of(message.role)}, {"content", content_of(message)}};
    if (!message.name.empty() && keeps_names) json["name"] = message.name;
    if (message.role == Role::assistant) add_assistant_parts(json, message, quirks);
    messages.push_back(std::move(json));
  }
  return messages;
}

} // namespace gateway
