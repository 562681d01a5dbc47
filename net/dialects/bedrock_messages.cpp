#include "net/dialects/bedrock.hpp"
#include "net/dialects/call_ids.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t short_id_length = 9; // Mistral's

Json text_block(std::string_view text) {
  return Json{{"text", text}};
}

bool has_text(const Json& blocks) {
  return std::ranges::any_of(blocks, [](const Json& block) { return block.contains("text"); });
}

/// Turns messages into the API's: two roles by turns, results of tools in front.
class Writer {
public:
  Writer(
    const ChatRequest& request,
    const BedrockModel& model,
    bool with_tools,
    RequestFields& fields,
    CachePoints& points)
      : request_(request), model_(model), with_tools_(with_tools), fields_(fields), points_(points),
        media_(fields) {}

  Result<BedrockMessages> write() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i) {
      const auto& message = request_.messages[i];
      if (!message.name.empty()) fields_.drop("name");
      for (std::size_t j = 0; j < message.blocks.size(); ++j) {
        place_ = "messages[" + std::to_string(i) + "]";
        part_ = place_ + ".content[" + std::to_string(j) + "]";
        // Claude refuses text that ends in blanks at the end of an assistant's turn.
        last_ = j + 1 == message.blocks.size();
        if (auto written = write_block(message.role, message.blocks[j]); !written)
          return fail(std::move(written.error()));
      }
    }
    end_turn();
    if (auto ordered = check_order(); !ordered) return fail(std::move(ordered.error()));
    return std::move(written_);
  }

private:
  Result<void> write_block(Role role, const Block& block) {
    switch (block.kind) {
    case Block::Kind::text:
    case Block::Kind::refusal: write_text(role, block); return {};
    case Block::Kind::image:
    case Block::Kind::file: return write_media(role, block);
    case Block::Kind::audio: return fields_.refuse(part_, "this provider takes no sound");
    case Block::Kind::tool_call: return write_tool_call(block);
    case Block::Kind::tool_result: return write_tool_result(block);
    case Block::Kind::reasoning: write_reasoning(role, block); return {};
    }
    return {};
  }

  void write_text(Role role, const Block& block) {
    std::string_view text = block.text;
    if (is_blank(text)) return; // the API refuses it
    if (role == Role::assistant && last_)
      text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    add(role, text_block(text), block.cache_ttl);
  }

  Result<void> write_media(Role role, const Block& block) {
    const auto is_image = block.kind == Block::Kind::image;
    if (role != Role::user)
      return fields_.refuse(
        part_, is_image ? "only a user may send images" : "only a user may send files");
    GATEWAY_TRY(
      auto written,
      is_image ? media_.image(block.media, part_) : media_.document(block.media, part_));
    if (!written.is_null()) add(role, std::move(written), block.cache_ttl);
    return {};
  }

  Result<void> write_tool_call(const Block& block) {
    auto input = block.arguments.empty() ? Json::object() : parse_json_object(block.arguments);
    if (!input)
      return fail(
        ErrorKind::invalid_value,
        "a tool call's arguments are no JSON object",
        place_ + ".tool_calls");
    calls_[block.id] = block.name;
    if (!with_tools_) {
      add(
        Role::assistant,
        text_block("Called " + block.name + " with " + json_text(*input) + "."),
        block.cache_ttl);
      return {};
    }
    Json call{{"toolUseId", id_of(block.id)}, {"name", block.name}, {"input", *std::move(input)}};
    add(Role::assistant, Json{{"toolUse", std::move(call)}}, block.cache_ttl);
    return {};
  }

  Result<void> write_tool_result(const Block& block) {
    const auto call = calls_.find(block.id);
    if (call == calls_.end())
      return fail(
        ErrorKind::invalid_value, "no tool call before has this id", place_ + ".tool_call_id");
    if (!with_tools_) {
      add(Role::user, text_block(call->second + " gave: " + block.text), block.cache_ttl);
      return {};
    }
    Json result{{"toolUseId", id_of(block.id)}, {"content", Json::array()}};
    if (!is_blank(block.text)) result["content"].push_back(text_block(block.text));
    if (block.is_error) result["status"] = "error";
    begin_turn(Role::user);
    results_.push_back(Json{{"toolResult", std::move(result)}});
    points_.mark(results_, block.cache_ttl);
    return {};
  }

  void write_reasoning(Role role, const Block& block) {
    // Signed thoughts are Claude's, and no other model would know what to do with them.
    if (role != Role::assistant || model_.claude == nullptr || !is_replayable(block, bedrock_name))
      return;
    Json reasoning = Json::object();
    if (block.redacted.empty())
      reasoning["reasoningText"] = {{"text", block.text}, {"signature", block.signature}};
    else
      reasoning["redactedContent"] = block.redacted;
    add(role, Json{{"reasoningContent", std::move(reasoning)}}, {});
  }

  std::string id_of(std::string_view id) const {
    return model_.takes(BedrockModel::short_ids) ? short_call_id(id, short_id_length)
                                                 : plain_call_id(id);
  }

  void add(Role role, Json block, std::string_view cache_ttl) {
    if (role == Role::system) {
      written_.system.push_back(std::move(block));
      points_.mark(written_.system, cache_ttl);
      return;
    }
    begin_turn(role == Role::assistant ? Role::assistant : Role::user);
    others_.push_back(std::move(block));
    points_.mark(others_, cache_ttl);
  }

  void begin_turn(Role role) {
    if (role != role_) end_turn();
    role_ = role;
  }

  /// Neighbours of one role are one message, in which results of tools must come first.
  void end_turn() {
    if (results_.empty() && others_.empty()) return;
    auto content = std::exchange(results_, Json::array());
    // The API takes a document only beside a text.
    if (std::ranges::any_of(others_, [](const Json& one) { return one.contains("document"); }))
      if (!has_text(others_)) others_.push_back(text_block("See the document."));
    for (auto& block : others_) content.push_back(std::move(block));
    others_ = Json::array();
    written_.messages.push_back(Json{
      {"role", role_ == Role::assistant ? "assistant" : "user"}, {"content", std::move(content)}});
  }

  /// What can't be written in another order without meaning something else.
  Result<void> check_order() {
    auto& messages = written_.messages;
    if (messages.empty())
      return fail(ErrorKind::invalid_value, "this provider needs a user's message", "messages");
    if (messages.front()["role"] != "user")
      return fail(
        ErrorKind::unsupported_parameter,
        "this provider takes no conversation that begins with an assistant's message",
        "messages");
    if (
      model_.claude != nullptr && !model_.claude->takes(ClaudeModel::assistant_last)
      && messages.back()["role"] == "assistant")
      return fail(
        ErrorKind::unsupported_parameter,
        "this model takes no conversation that ends with an assistant's message",
        "messages");
    if (!model_.takes(BedrockModel::system) && !written_.system.empty()) {
      auto content = std::exchange(written_.system, Json::array());
      for (auto& block : messages.front()["content"]) content.push_back(std::move(block));
      messages.front()["content"] = std::move(content);
    }
    return {};
  }

  const ChatRequest& request_;
  const BedrockModel& model_;
  bool with_tools_;
  RequestFields& fields_;
  CachePoints& points_;
  BedrockMedia media_;
  BedrockMessages written_;
  std::map<std::string, std::string, std::less<>> calls_; // all so far: id, function
  Role role_ = Role::user;                                // of the turn under way
  Json results_ = Json::array();
  Json others_ = Json::array();
  std::string place_;
  std::string part_;
  bool last_ = false;
};

} // namespace

void CachePoints::mark(Json& blocks, std::string_view ttl) {
  if (!ttl.empty() && !takes_) fields_.drop("cache_control");
  if (!marks_.take(ttl) || !takes_) return;
  Json point{{"type", "default"}};
  if (ttl == "1h") point["ttl"] = ttl;
  blocks.push_back(Json{{"cachePoint", std::move(point)}});
}

Result<BedrockMessages> write_bedrock_messages(
  const ChatRequest& request,
  const BedrockModel& model,
  bool with_tools,
  RequestFields& fields,
  CachePoints& points) {
  return Writer(request, model, with_tools, fields, points).write();
}

} // namespace gateway
