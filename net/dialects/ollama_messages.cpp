#include "net/dialects/media_source.hpp"
#include "net/dialects/ollama.hpp"
#include "net/dialects/tool_results.hpp"

#include <nlohmann/json.hpp>

#include <unordered_map>

namespace gateway {
namespace {

std::string_view role_name(Role role) noexcept {
  switch (role) {
  case Role::system: return "system";
  case Role::assistant: return "assistant";
  case Role::user:
  case Role::tool: break; // results are written apart from what stands beside them
  }
  return "user";
}

class Writer {
public:
  Writer(const ChatRequest& request, RequestFields& fields) : request_(request), fields_(fields) {}

  Result<Json> write() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i) {
      const auto& message = request_.messages[i];
      place_ = "messages[" + std::to_string(i) + "]";
      if (!message.name.empty()) fields_.drop("name");
      pending_ = Pending{};
      for (std::size_t j = 0; j < message.blocks.size(); ++j) {
        const auto& block = message.blocks[j];
        if (!block.cache_ttl.empty()) fields_.drop("cache_control");
        if (auto taken = take(block, place_ + ".content[" + std::to_string(j) + "]"); !taken)
          return fail(std::move(taken.error()));
      }
      write_pending(message.role);
    }
    // Without any the server would only load the model.
    if (written_.empty())
      return fail(ErrorKind::invalid_value, "this provider needs a message", "messages");
    return std::move(written_);
  }

private:
  /// One message as far as its blocks were taken: each kind has a place of its own.
  struct Pending {
    std::string text;
    std::string thinking;
    Json images = Json::array();
    Json calls = Json::array();
  };

  Result<void> take(const Block& block, std::string part) {
    switch (block.kind) {
    case Block::Kind::text:
    case Block::Kind::refusal: pending_.text += block.text; return {};
    case Block::Kind::reasoning: pending_.thinking += block.text; return {};
    case Block::Kind::image: return take_image(block.media, std::move(part));
    case Block::Kind::audio:
    case Block::Kind::file:
      return fields_.refuse(std::move(part), "this provider takes text and images");
    case Block::Kind::tool_call: return take_call(block);
    case Block::Kind::tool_result: return write_result(block);
    }
    return {};
  }

  Result<void> take_image(const Media& media, std::string part) {
    const auto bytes = media_bytes(media);
    if (!bytes)
      return fields_.refuse(std::move(part), "this provider takes base64 data URLs, and not this");
    if (!media.detail.empty() && media.detail != "auto") fields_.drop("detail");
    pending_.images.push_back(bytes->base64);
    return {};
  }

  /// Older servers know no ids and go by the order, newer ones by the id (section 2).
  Result<void> take_call(const Block& block) {
    auto arguments = block.arguments.empty() ? Json::object() : parse_json_object(block.arguments);
    if (!arguments)
      return fail(
        ErrorKind::invalid_value,
        "a tool call's arguments are no JSON object",
        place_ + ".tool_calls");
    Json call = Json::object();
    if (!block.id.empty()) call["id"] = block.id;
    call["function"] = {{"name", block.name}, {"arguments", *std::move(arguments)}};
    pending_.calls.push_back(std::move(call));
    names_.insert_or_assign(block.id, block.name);
    return {};
  }

  Result<void> write_result(const Block& block) {
    const auto name = names_.find(block.id);
    if (name == names_.end())
      return fail(
        ErrorKind::invalid_value, "no tool call before has this id", place_ + ".tool_call_id");
    Json result{{"role", "tool"}, {"content", told_result(block)}, {"tool_name", name->second}};
    if (!block.id.empty()) result["tool_call_id"] = block.id;
    written_.push_back(std::move(result));
    return {};
  }

  void write_pending(Role role) {
    auto& [text, thinking, images, calls] = pending_;
    if (text.empty() && thinking.empty() && images.empty() && calls.empty()) return;
    Json message{{"role", role_name(role)}, {"content", std::move(text)}};
    if (!thinking.empty()) message["thinking"] = std::move(thinking);
    if (!images.empty()) message["images"] = std::move(images);
    if (!calls.empty()) message["tool_calls"] = std::move(calls);
    written_.push_back(std::move(message));
  }

  const ChatRequest& request_;
  RequestFields& fields_;
  Json written_ = Json::array();
  Pending pending_;
  std::unordered_map<std::string, std::string> names_; // of the calls so far, by id
  std::string place_;
};

} // namespace

Result<Json> write_ollama_messages(const ChatRequest& request, RequestFields& fields) {
  return Writer(request, fields).write();
}

} // namespace gateway
