#include "net/dialects/anthropic.hpp"
#include "net/dialects/call_ids.hpp"
#include "net/dialects/media_source.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace gateway {
namespace {

constexpr std::array<std::string_view, 4> image_types{
  "image/jpeg", "image/png", "image/gif", "image/webp"};

Json text_block(std::string_view text) {
  return Json{{"type", "text"}, {"text", text}};
}

/// Turns messages into the API's: two roles by turns, results of tools in front.
class Writer {
public:
  Writer(const ChatRequest& request, RequestFields& fields, CacheMarks& marks)
      : request_(request), fields_(fields), marks_(marks) {}

  Result<AnthropicMessages> write() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i) {
      const auto& message = request_.messages[i];
      if (!message.name.empty()) fields_.drop("name");
      for (std::size_t j = 0; j < message.blocks.size(); ++j) {
        place_ = "messages[" + std::to_string(i) + "]";
        part_ = place_ + ".content[" + std::to_string(j) + "]";
        // The API refuses text that ends in blanks at the end of an assistant's turn.
        last_ = j + 1 == message.blocks.size();
        if (auto written = write_block(message, message.blocks[j]); !written)
          return fail(std::move(written.error()));
      }
    }
    end_turn();
    if (written_.messages.empty())
      return fail(ErrorKind::invalid_value, "this provider needs a user's message", "messages");
    return std::move(written_);
  }

private:
  Result<void> write_block(const Message& message, const Block& block) {
    switch (block.kind) {
    case Block::Kind::text:
    case Block::Kind::refusal: write_text(message.role, block); return {};
    case Block::Kind::image: return write_image(message.role, block);
    case Block::Kind::file: return write_document(message.role, block);
    case Block::Kind::audio: return fields_.refuse(part_, "this provider takes no sound");
    case Block::Kind::tool_call: return write_tool_call(block);
    case Block::Kind::tool_result: return write_tool_result(block);
    case Block::Kind::reasoning: write_reasoning(message.role, block); return {};
    }
    return {};
  }

  void write_text(Role role, const Block& block) {
    std::string_view text = block.text;
    if (role == Role::assistant && last_)
      while (!text.empty() && std::string_view{" \t\r\n"}.find(text.back()) != text.npos)
        text.remove_suffix(1);
    if (text.empty()) return;
    add(role, text_block(text), block.cache_ttl);
  }

  Result<void> write_image(Role role, const Block& block) {
    if (role != Role::user) return fields_.refuse(part_, "only a user may send images");
    if (!block.media.detail.empty() && block.media.detail != "auto") fields_.drop("detail");
    Json source;
    if (const auto bytes = media_bytes(block.media)) {
      if (std::ranges::find(image_types, bytes->mime) == image_types.end())
        return fields_.refuse(part_, "this provider takes JPEG, PNG, GIF and WebP only");
      source = {{"type", "base64"}, {"media_type", bytes->mime}, {"data", bytes->base64}};
    } else if (auto elsewhere = source_elsewhere(block.media)) {
      source = *std::move(elsewhere);
    } else {
      return fields_.refuse(part_, "neither a base64 data URL nor a web URL");
    }
    add(role, Json{{"type", "image"}, {"source", std::move(source)}}, block.cache_ttl);
    return {};
  }

  Result<void> write_document(Role role, const Block& block) {
    if (role != Role::user) return fields_.refuse(part_, "only a user may send files");
    Json source;
    if (const auto bytes = media_bytes(block.media)) {
      if (bytes->mime == "application/pdf") {
        source = {{"type", "base64"}, {"media_type", bytes->mime}, {"data", bytes->base64}};
      } else if (bytes->mime == "text/plain") {
        auto text = decode_base64(bytes->base64);
        if (!text) return fail(ErrorKind::invalid_value, "the file is no base64", part_);
        source = {{"type", "text"}, {"media_type", bytes->mime}, {"data", *std::move(text)}};
      } else {
        return fields_.refuse(part_, "this provider takes PDF and plain text only");
      }
    } else if (auto elsewhere = source_elsewhere(block.media)) {
      source = *std::move(elsewhere);
    } else {
      return fields_.refuse(part_, "the file is of another provider");
    }
    Json document{{"type", "document"}, {"source", std::move(source)}};
    if (!block.media.filename.empty()) document["title"] = block.media.filename;
    add(role, std::move(document), block.cache_ttl);
    return {};
  }

  /// A medium that the provider fetches itself, by a web URL or an id of its own making.
  std::optional<Json> source_elsewhere(const Media& media) {
    if (is_web_url(media.url)) return Json{{"type", "url"}, {"url", media.url}};
    // OpenAI's ids begin with "file-".
    if (!media.file_id.starts_with("file_")) return std::nullopt;
    written_.uses_files = true;
    return Json{{"type", "file"}, {"file_id", media.file_id}};
  }

  Result<void> write_tool_call(const Block& block) {
    auto input = block.arguments.empty() ? Json::object() : parse_json_object(block.arguments);
    if (!input)
      return fail(
        ErrorKind::invalid_value,
        "a tool call's arguments are no JSON object",
        place_ + ".tool_calls");
    auto id = plain_call_id(block.id);
    calls_.insert(id);
    Json call{
      {"type", "tool_use"},
      {"id", std::move(id)},
      {"name", block.name},
      {"input", *std::move(input)}};
    add(Role::assistant, std::move(call), block.cache_ttl);
    return {};
  }

  Result<void> write_tool_result(const Block& block) {
    auto id = plain_call_id(block.id);
    if (!calls_.contains(id))
      return fail(
        ErrorKind::invalid_value, "no tool call before has this id", place_ + ".tool_call_id");
    Json result{{"type", "tool_result"}, {"tool_use_id", std::move(id)}};
    if (!block.text.empty()) result["content"] = block.text;
    if (block.is_error) result["is_error"] = true;
    begin_turn(Role::user);
    mark_cached(result, block.cache_ttl, marks_);
    results_.push_back(std::move(result));
    return {};
  }

  void write_reasoning(Role role, const Block& block) {
    if (role != Role::assistant || !is_replayable(block, anthropic_name)) return;
    add(
      role,
      block.redacted.empty()
        ? Json{{"type", "thinking"}, {"thinking", block.text}, {"signature", block.signature}}
        : Json{{"type", "redacted_thinking"}, {"data", block.redacted}},
      {});
  }

  void add(Role role, Json block, const std::string& cache_ttl) {
    mark_cached(block, cache_ttl, marks_);
    if (role == Role::system) {
      written_.system.push_back(std::move(block));
      return;
    }
    begin_turn(role == Role::assistant ? Role::assistant : Role::user);
    others_.push_back(std::move(block));
  }

  void begin_turn(Role role) {
    if (role != role_) end_turn();
    role_ = role;
  }

  /// Neighbours of one role are one message, in which results of tools must come first.
  void end_turn() {
    if (results_.empty() && others_.empty()) return;
    auto content = std::exchange(results_, Json::array());
    for (auto& block : others_) content.push_back(std::move(block));
    others_ = Json::array();
    written_.messages.push_back(Json{
      {"role", role_ == Role::assistant ? "assistant" : "user"}, {"content", std::move(content)}});
  }

  const ChatRequest& request_;
  RequestFields& fields_;
  CacheMarks& marks_;
  AnthropicMessages written_;
  std::unordered_set<std::string> calls_; // the ids of all tool calls so far
  Role role_ = Role::user;                // of the turn under way
  Json results_ = Json::array();
  Json others_ = Json::array();
  std::string place_;
  std::string part_;
  bool last_ = false;
};

} // namespace

void mark_cached(Json& block, const std::string& ttl, CacheMarks& marks) {
  if (!marks.take(ttl)) return;
  Json control{{"type", "ephemeral"}};
  if (ttl == "1h") control["ttl"] = ttl;
  block["cache_control"] = std::move(control);
}

Result<AnthropicMessages> write_anthropic_messages(
  const ChatRequest& request, const ClaudeModel& model, RequestFields& fields, CacheMarks& marks) {
  GATEWAY_TRY(auto written, Writer(request, fields, marks).write());
  // Never dropped: the model would answer something else.
  if (!model.takes(ClaudeModel::assistant_last) && written.messages.back()["role"] == "assistant")
    return fail(
      ErrorKind::unsupported_parameter,
      "this model takes no conversation that ends with an assistant's message",
      "messages");
  written.thinking_lost = is_thinking_lost(request, anthropic_name);
  return written;
}

} // namespace gateway
