#include "net/dialects/cohere.hpp"
#include "net/dialects/media_source.hpp"
#include "net/dialects/tool_results.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace gateway {
namespace {

constexpr std::array<std::string_view, 4> image_types{
  "image/jpeg", "image/png", "image/gif", "image/webp"};

Json text_part(std::string_view text) {
  return Json{{"type", "text"}, {"text", text}};
}

/// One text is a string, as every model takes it; anything more is an array of parts.
Json content_of(Json parts) {
  if (parts.size() == 1 && parts[0]["type"] == "text") return std::move(parts[0]["text"]);
  return parts;
}

/// Turns messages into the API's, whose roles are OpenAI's; each result of a tool is one.
class Writer {
public:
  Writer(const ChatRequest& request, bool thinks, RequestFields& fields)
      : request_(request), thinks_(thinks), fields_(fields) {}

  Result<Json> write() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i) {
      const auto& message = request_.messages[i];
      place_ = "messages[" + std::to_string(i) + "]";
      if (!message.name.empty()) fields_.drop("name");
      for (std::size_t j = 0; j < message.blocks.size(); ++j) {
        part_ = place_ + ".content[" + std::to_string(j) + "]";
        if (!message.blocks[j].cache_ttl.empty()) fields_.drop("cache_control");
        if (auto written = write_block(message.role, message.blocks[j]); !written)
          return fail(std::move(written.error()));
      }
      end_message(message.role);
    }
    if (messages_.empty())
      return fail(ErrorKind::invalid_value, "this provider needs a message with text", "messages");
    return std::move(messages_);
  }

private:
  Result<void> write_block(Role role, const Block& block) {
    switch (block.kind) {
    case Block::Kind::text:
    case Block::Kind::refusal:
      if (!block.text.empty()) parts_.push_back(text_part(block.text));
      return {};
    case Block::Kind::image: return write_image(role, block.media);
    case Block::Kind::audio: return fields_.refuse(part_, "this provider takes no sound");
    case Block::Kind::file: return fields_.refuse(part_, "this provider takes no files");
    case Block::Kind::tool_call: return write_call(block);
    case Block::Kind::tool_result: return write_result(block);
    case Block::Kind::reasoning:
      // A model that doesn't think has no place for thoughts; what only its maker can read neither.
      if (role == Role::assistant && thinks_ && !block.text.empty())
        thoughts_.push_back(Json{{"type", "thinking"}, {"thinking", block.text}});
      return {};
    }
    return {};
  }

  Result<void> write_image(Role role, const Media& media) {
    if (role != Role::user) return fields_.refuse(part_, "only a user may send images");
    Json image = Json::object();
    if (const auto bytes = media_bytes(media)) {
      if (std::ranges::find(image_types, bytes->mime) == image_types.end())
        return fields_.refuse(part_, "this provider takes JPEG, PNG, GIF and WebP only");
      image["url"] = "data:" + std::string{bytes->mime} + ";base64," + std::string{bytes->base64};
    } else if (is_web_url(media.url)) {
      image["url"] = media.url;
    } else {
      return fields_.refuse(part_, "neither a base64 data URL nor a web URL");
    }
    if (!media.detail.empty()) image["detail"] = media.detail;
    parts_.push_back(Json{{"type", "image_url"}, {"image_url", std::move(image)}});
    return {};
  }

  Result<void> write_call(const Block& block) {
    const auto arguments = block.arguments.empty() ? std::string{"{}"} : block.arguments;
    if (!parse_json_object(arguments))
      return fail(
        ErrorKind::invalid_value,
        "a tool call's arguments are no JSON object",
        place_ + ".tool_calls");
    known_calls_.insert(block.id);
    calls_.push_back(Json{
      {"id", block.id},
      {"type", "function"},
      {"function", {{"name", block.name}, {"arguments", arguments}}}});
    return {};
  }

  Result<void> write_result(const Block& block) {
    if (!known_calls_.contains(block.id))
      return fail(
        ErrorKind::invalid_value, "no tool call before has this id", place_ + ".tool_call_id");
    messages_.push_back(
      Json{{"role", "tool"}, {"tool_call_id", block.id}, {"content", told_result(block)}});
    return {};
  }

  void end_message(Role role) {
    auto parts = std::exchange(parts_, Json::array());
    auto thoughts = std::exchange(thoughts_, Json::array());
    auto calls = std::exchange(calls_, Json::array());
    if (role == Role::tool) return;
    Json message{
      {"role",
       role == Role::assistant  ? "assistant"
         : role == Role::system ? "system"
                                : "user"}};
    if (!calls.empty()) {
      // What was said on the way to a call is its plan (section 2, the table).
      std::string plan;
      for (const auto& part : parts) plan += text_at(part, "text");
      if (!plan.empty()) message["tool_plan"] = std::move(plan);
      message["tool_calls"] = std::move(calls);
      parts.clear();
    }
    for (auto& part : parts) thoughts.push_back(std::move(part));
    if (!thoughts.empty()) message["content"] = content_of(std::move(thoughts));
    if (message.size() > 1) messages_.push_back(std::move(message)); // more than its role
  }

  const ChatRequest& request_;
  bool thinks_;
  RequestFields& fields_;
  Json messages_ = Json::array();
  std::unordered_set<std::string> known_calls_; // the ids of all tool calls so far
  // Of the message under way:
  Json parts_ = Json::array();
  Json thoughts_ = Json::array();
  Json calls_ = Json::array();
  std::string place_;
  std::string part_;
};

} // namespace

Result<Json> write_cohere_messages(const ChatRequest& request, bool thinks, RequestFields& fields) {
  return Writer(request, thinks, fields).write();
}

} // namespace gateway
