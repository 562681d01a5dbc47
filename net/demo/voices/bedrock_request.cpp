#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

Failed wrong(const std::string& at, const std::string& message) {
  return fail(ErrorKind::invalid_value, "The value at " + at + " " + message, at);
}

std::string item(std::string_view list, std::size_t i) {
  return std::string{list} + "." + std::to_string(i + 1) + ".member";
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

Result<void>
refuse_unknown(const json& object, const std::string& at, std::span<const std::string_view> known) {
  for (const auto& [name, value] : object.items())
    if (std::ranges::find(known, name) == known.end())
      return wrong(at + name, "is an extraneous key");
  return {};
}

/// A block has exactly one member, whose name says what it is.
Result<std::pair<std::string, const json*>> kind_of(const json& block, const std::string& at) {
  if (!block.is_object() || block.size() != 1) return wrong(at, "must have exactly one member");
  return std::pair{block.begin().key(), &*block.begin()};
}

Result<std::string> text_at(const json& value, const std::string& at) {
  if (!value.is_string()) return wrong(at, "must be a string");
  if (is_blank(value.get_ref<const std::string&>()))
    return wrong(at, "is blank. Add text to the text field");
  return value.get<std::string>();
}

/// Images and documents: a format of a list, and bytes.
Result<void>
read_media(const json& media, const std::string& at, std::span<const std::string_view> formats) {
  GATEWAY_TRY(const auto format, demo_text(media, "format", at + "."));
  if (std::ranges::find(formats, format) == formats.end())
    return wrong(at + ".format", "must be one of the known ones");
  const auto* source = demo_field(media, "source");
  if (source == nullptr) return wrong(at + ".source", "must not be null");
  GATEWAY_TRY(const auto bytes, demo_text(*source, "bytes", at + ".source."));
  if (bytes.empty()) return wrong(at + ".source.bytes", "must not be empty");
  return {};
}

constexpr std::array<std::string_view, 4> image_formats{"png", "jpeg", "gif", "webp"};
constexpr std::array<std::string_view, 9> document_formats{
  "pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"};

Result<void> check_cache_point(const json& point, const std::string& at) {
  GATEWAY_TRY(const auto type, demo_text(point, "type", at + "."));
  if (type != "default") return wrong(at + ".type", "must be default");
  return {};
}

/// Reads a conversation block by block; knows which tool uses still want their result.
class Conversation {
public:
  Conversation(DemoRequest& request, bool has_tools) : request_(request), has_tools_(has_tools) {}

  Result<void> add(const json& message, const std::string& at) {
    GATEWAY_TRY(const auto role, demo_text(message, "role", at + "."));
    if (role != (is_users_turn_ ? "user" : "assistant"))
      return wrong(at + ".role", "must alternate between user and assistant, from user on");
    is_users_turn_ = !is_users_turn_;
    DemoTurn turn{role == "user" ? DemoRole::user : DemoRole::assistant, {}, 0};
    GATEWAY_TRY(const auto* const content, demo_list(message, "content"));
    documents_ = texts_ = 0;
    for (std::size_t i = 0; i < content->size(); ++i)
      if (auto read = add_block((*content)[i], item(at + ".content", i), turn); !read) return read;
    if (documents_ > 0 && texts_ == 0) return wrong(at + ".content", "must have a text block");
    if (!open_.empty()) return wrong(at, "must have a toolResult for each toolUse before it");
    open_ = std::exchange(asked_, {});
    if (!turn.text.empty() || turn.images > 0) request_.turns.push_back(std::move(turn));
    return {};
  }

private:
  Result<void> add_block(const json& block, const std::string& at, DemoTurn& turn) {
    GATEWAY_TRY(const auto kind, kind_of(block, at));
    const auto& [name, value] = kind;
    const bool user = turn.role == DemoRole::user;
    if (name == "text") {
      GATEWAY_TRY(const auto text, text_at(*value, at + ".text"));
      ++texts_;
      turn.text += text;
      return {};
    }
    if (name == "cachePoint") return check_cache_point(*value, at);
    if (name == "image" && user) {
      ++turn.images;
      return read_media(*value, at, image_formats);
    }
    if (name == "document" && user) {
      ++documents_;
      GATEWAY_TRY(const auto title, demo_text(*value, "name", at + "."));
      if (!names_.insert(title).second) return wrong(at + ".name", "is there twice");
      return read_media(*value, at, document_formats);
    }
    if (name == "reasoningContent" && !user) return {};
    if (name != (user ? "toolResult" : "toolUse")) return wrong(at, "is not expected here");
    if (!has_tools_)
      return wrong("toolConfig", "must be defined when using toolUse and toolResult");
    return user ? add_result(*value, at) : add_call(*value, at);
  }

  Result<void> add_call(const json& call, const std::string& at) {
    GATEWAY_TRY(auto id, demo_text(call, "toolUseId", at + "."));
    GATEWAY_TRY(const auto name, demo_text(call, "name", at + "."));
    constexpr std::string_view known =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (id.empty() || id.size() > 64 || id.find_first_not_of(known) != id.npos)
      return wrong(at + ".toolUseId", "must satisfy [a-zA-Z0-9_-]{1,64}");
    const auto* input = demo_field(call, "input");
    if (input == nullptr || !input->is_object()) return wrong(at + ".input", "must be an object");
    if (!asked_.insert(std::move(id)).second) return wrong(at + ".toolUseId", "is there twice");
    return {};
  }

  Result<void> add_result(const json& result, const std::string& at) {
    GATEWAY_TRY(const auto id, demo_text(result, "toolUseId", at + "."));
    if (open_.erase(id) == 0) return wrong(at + ".toolUseId", "answers no toolUse before it");
    DemoTurn turn{DemoRole::tool, {}, 0};
    const auto* content = demo_field(result, "content");
    if (content == nullptr || !content->is_array()) return wrong(at + ".content", "must be a list");
    for (const auto& part : *content)
      if (const auto* text = demo_field(part, "text")) {
        GATEWAY_TRY(const auto said, text_at(*text, at + ".content.text"));
        turn.text += said;
      }
    request_.turns.push_back(std::move(turn));
    return {};
  }

  DemoRequest& request_;
  bool has_tools_;
  bool is_users_turn_ = true;
  int documents_ = 0;
  int texts_ = 0;
  std::set<std::string> names_;
  std::set<std::string> open_;  // of the message before: must be answered in this one
  std::set<std::string> asked_; // of this message
};

Result<void> read_messages(const json& body, DemoRequest& request) {
  if (demo_field(body, "system")) {
    GATEWAY_TRY(const auto* const blocks, demo_list(body, "system"));
    DemoTurn turn{DemoRole::system, {}, 0};
    for (std::size_t i = 0; i < blocks->size(); ++i) {
      const auto at = item("system", i);
      GATEWAY_TRY(const auto kind, kind_of((*blocks)[i], at));
      if (kind.first == "cachePoint") {
        if (auto checked = check_cache_point(*kind.second, at); !checked) return checked;
        continue;
      }
      if (kind.first != "text") return wrong(at, "must be a text");
      GATEWAY_TRY(const auto text, text_at(*kind.second, at));
      turn.text += text;
    }
    request.turns.push_back(std::move(turn));
  }
  GATEWAY_TRY(const auto* const messages, demo_list(body, "messages"));
  Conversation conversation{request, !request.tools.empty()};
  for (std::size_t i = 0; i < messages->size(); ++i)
    if (auto read = conversation.add((*messages)[i], item("messages", i)); !read) return read;
  return {};
}

Result<void> choose(const std::string& kind, const json& choice, DemoRequest& request) {
  if (kind == "auto") return {};
  request.tool_choice = DemoToolChoice::required;
  if (kind == "any") return {};
  if (kind != "tool") return wrong("toolChoice", "must be auto, any or tool");
  GATEWAY_TRY(request.tool_wanted, demo_text(choice, "name", "toolChoice.tool."));
  for (const auto& tool : request.tools)
    if (tool.name == request.tool_wanted) return {};
  return wrong("toolChoice.tool.name", "is none of the tools");
}

Result<void> read_tools(const json& body, DemoRequest& request) {
  const auto* config = demo_field(body, "toolConfig");
  if (config == nullptr) return {};
  GATEWAY_TRY(const auto* const tools, demo_list(*config, "tools"));
  for (std::size_t i = 0; i < tools->size(); ++i) {
    const auto at = item("toolConfig.tools", i);
    GATEWAY_TRY(const auto kind, kind_of((*tools)[i], at));
    if (kind.first == "cachePoint") {
      if (auto checked = check_cache_point(*kind.second, at); !checked) return checked;
      continue;
    }
    if (kind.first != "toolSpec") return wrong(at, "must be a toolSpec");
    GATEWAY_TRY(auto name, demo_text(*kind.second, "name", at + "."));
    const auto* input = demo_field(*kind.second, "inputSchema");
    const auto* schema = input ? demo_field(*input, "json") : nullptr;
    if (schema == nullptr || schema->value("type", json{}) != "object")
      return wrong(at + ".inputSchema.json.type", "must be one of the following: object");
    request.tools.push_back({std::move(name), demo_dump(*schema)});
  }
  const auto* choice = demo_field(*config, "toolChoice");
  if (choice == nullptr) return {};
  GATEWAY_TRY(const auto kind, kind_of(*choice, "toolConfig.toolChoice"));
  return choose(kind.first, *kind.second, request);
}

Result<void> read_inference(const json& body, DemoRequest& request) {
  const auto* config = demo_field(body, "inferenceConfig");
  if (config == nullptr) return {};
  constexpr std::array<std::string_view, 4> known{
    "maxTokens", "temperature", "topP", "stopSequences"};
  if (auto read = refuse_unknown(*config, "inferenceConfig.", known); !read) return read;
  constexpr std::int64_t tokens_max = 10'000'000; // more than any model's answer
  GATEWAY_TRY(const auto tokens, demo_integer(*config, "maxTokens", 1, tokens_max));
  request.max_tokens = tokens.value_or(0);
  for (const auto* name : {"temperature", "topP"})
    if (auto read = check_demo_number(*config, name, 0, 1); !read) return read;
  if (!demo_field(*config, "stopSequences")) return {};
  GATEWAY_TRY(const auto* const stops, demo_list(*config, "stopSequences"));
  constexpr std::size_t stops_max = 4; // of most models
  if (stops->size() > stops_max) return wrong("stopSequences", "must have at most 4 members");
  for (const auto& stop : *stops) {
    GATEWAY_TRY(auto text, text_at(stop, "inferenceConfig.stopSequences"));
    request.stops.push_back(std::move(text));
  }
  return {};
}

Result<void> hold_to(const json& schema, DemoRequest& request) {
  if (!schema.is_object()) return wrong("schema", "must be an object");
  request.json = true;
  request.json_schema = demo_dump(schema);
  return {};
}

/// What a Claude takes in its own words.
Result<void> read_more(const json& body, DemoRequest& request) {
  const auto* more = demo_field(body, "additionalModelRequestFields");
  if (more == nullptr) return {};
  if (const auto* thinking = demo_field(*more, "thinking")) {
    GATEWAY_TRY(const auto type, demo_text(*thinking, "type", "thinking."));
    constexpr std::int64_t budget_least = 1024; // Anthropic's own
    const auto most = request.max_tokens > 0 ? request.max_tokens - 1 : INT64_MAX;
    GATEWAY_TRY(const auto budget, demo_integer(*thinking, "budget_tokens", budget_least, most));
    if (type == "enabled" && !budget) return wrong("thinking.budget_tokens", "is required");
    request.reasoning = type != "disabled";
  }
  if (const auto* choice = demo_field(*more, "tool_choice")) {
    const auto* config = demo_field(body, "toolConfig");
    if (config == nullptr || demo_field(*config, "toolChoice"))
      return wrong("tool_choice", "must stand alone beside tools");
    GATEWAY_TRY(const auto type, demo_text(*choice, "type", "tool_choice."));
    GATEWAY_TRY(const auto alone, demo_flag(*choice, "disable_parallel_tool_use", false));
    request.parallel_tools = !alone;
    if (auto chosen = choose(type, *choice, request); !chosen) return chosen;
  }
  const auto* config = demo_field(*more, "output_config");
  const auto* format = config ? demo_field(*config, "format") : nullptr;
  const auto* schema = format ? demo_field(*format, "schema") : nullptr;
  return schema ? hold_to(*schema, request) : Result<void>{};
}

Result<void> read_output(const json& body, DemoRequest& request) {
  const auto* config = demo_field(body, "outputConfig");
  const auto* format = config ? demo_field(*config, "textFormat") : nullptr;
  if (format == nullptr) return {};
  const auto* structure = demo_field(*format, "structure");
  const auto* wrapped = structure ? demo_field(*structure, "jsonSchema") : nullptr;
  if (wrapped == nullptr) return wrong("outputConfig.textFormat.structure", "must not be null");
  GATEWAY_TRY(const auto text, demo_text(*wrapped, "schema", "jsonSchema."));
  return hold_to(json::parse(text, nullptr, false), request);
}

} // namespace

Result<DemoRequest>
read_bedrock_converse(std::string_view text, const std::string& model, bool stream) {
  constexpr std::array<std::string_view, 12> known{
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "guardrailConfig",
    "additionalModelRequestFields",
    "promptVariables",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "outputConfig"};
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  if (auto read = refuse_unknown(body, "", known); !read) return fail(std::move(read.error()));
  DemoRequest request;
  request.model = model;
  for (const auto read : {read_tools, read_messages, read_inference, read_more, read_output})
    if (auto done = read(body, request); !done) return fail(std::move(done.error()));
  request.stream = stream;
  request.usage_in_stream = true;
  request.input_tokens = demo_input_tokens(request);
  return request;
}

} // namespace gateway
