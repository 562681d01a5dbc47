#include "net/dialects/call_ids.hpp"
#include "net/dialects/field_reading.hpp"
#include "net/dialects/openai_write.hpp"
#include "net/dialects/outgoing_head.hpp"
#include "net/dialects/request_fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

/// Mistral: OpenAI's format in words of its own, and as strict as few. Its answers may hold
/// thoughts in parts of their text, which OpenAI's clients don't read: so they are translated, not
/// passed on. Facts: providers/openai-compatible.md, section 1; limits.md, section 4.
namespace gateway {
namespace {

using Then = FieldRule::Then;

/// What of OpenAI's it lacks. It refuses what it does not know: only fields that OpenAI does not
/// have either are left to its own judgement (`safe_prompt`).
constexpr std::array rules{
  FieldRule{"logprobs", Then::refuse},
  FieldRule{"top_logprobs", Then::refuse},
  FieldRule{"logit_bias", Then::refuse},
  FieldRule{"modalities", Then::refuse},
  FieldRule{"audio", Then::refuse},
  FieldRule{"web_search_options", Then::refuse},
  FieldRule{"user", Then::drop},
  FieldRule{"service_tier", Then::drop},
  FieldRule{"store", Then::drop},
  FieldRule{"metadata", Then::drop},
  FieldRule{"verbosity", Then::drop},
  FieldRule{"prediction", Then::drop},
  FieldRule{"moderation", Then::drop},
  FieldRule{"prompt_cache_key", Then::drop},
  FieldRule{"prompt_cache_options", Then::drop},
  FieldRule{"prompt_cache_retention", Then::drop},
};

/// Older models take an id of nine letters and digits, and no other. What was made elsewhere
/// becomes the same one each time, at the call and at its result.
std::string call_id_for(std::string_view id) {
  constexpr std::size_t length = 9;
  constexpr std::string_view letters =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (id.size() == length && id.find_first_not_of(letters) == id.npos) return std::string{id};
  std::string made;
  for (auto digest = digest_of(id); made.size() < length; digest /= letters.size())
    made += letters[digest % letters.size()];
  return made;
}

void rename(Json& object, const char* name, const char* to) {
  const auto found = object.find(name);
  if (found == object.end()) return;
  auto value = std::move(*found);
  object.erase(found);
  object[to] = std::move(value);
}

/// A message as OpenAI has it, without what Mistral does not know of.
void adapt_message(Json& message) {
  message.erase("name");
  if (message.contains("tool_call_id"))
    message["tool_call_id"] = call_id_for(text_at(message, "tool_call_id"));
  if (message.contains("tool_calls"))
    for (auto& call : message["tool_calls"]) call["id"] = call_id_for(text_at(call, "id"));
  if (message["content"].is_array())
    for (auto& part : message["content"])
      if (text_at(part, "type") == "refusal")
        part = Json{{"type", "text"}, {"text", text_at(part, "refusal")}};
}

/// Only by leaving the others out can the API be told which tools may be called.
void narrow_tools(Json& body, const ToolChoice& choice) {
  auto& tools = body["tools"].get_ref<Json::array_t&>();
  std::erase_if(tools, [&](const Json& tool) {
    const auto name = text_at(tool["function"], "name");
    return std::ranges::find(choice.allowed, name) == choice.allowed.end();
  });
  body["tool_choice"] = choice.kind == ToolChoice::Kind::required ? "required" : "auto";
  if (!tools.empty()) return;
  body.erase("tools");
  body.erase("tool_choice");
}

void adapt_body(Json& body, const ChatRequest& request, const Quirks* quirks) {
  // Of these there are left those that say nothing, and those that were let go.
  for (const auto& rule : rules) body.erase(std::string{rule.name});
  for (auto& message : body["messages"]) adapt_message(message);
  if (
    body.contains("tools") && body.contains("tool_choice") && !request.tool_choice.allowed.empty())
    narrow_tools(body, request.tool_choice);
  if (text_at(body, "tool_choice") == "required") body["tool_choice"] = "any";
  rename(body, "seed", "random_seed");
  if (!quirks || quirks->max_tokens_field.empty())
    rename(body, "max_completion_tokens", "max_tokens");
  body.erase("stream_options"); // the last chunk tells the usage unasked
}

class Mistral final : public Dialect {
public:
  std::string_view name() const noexcept override { return "mistral"; }

  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    if (auto checked = fields.check(request, rules, Then::keep); !checked)
      return fail(std::move(checked.error()));
    for (const auto& message : request.messages)
      if (!message.name.empty()) fields.drop("name");
    auto body = openai_chat_body(request, target, fields);
    adapt_body(body, request, target.quirks);
    finish(outgoing, target, body, "/chat/completions", &Quirks::chat_path);
    return outgoing;
  }

  Result<ChatAnswer> read_chat(std::string_view body, const Target& target) const override {
    return read_openai_answer(body, target);
  }

  std::unique_ptr<EventReader> event_reader(const Target& target) const override {
    return openai_event_reader(target);
  }

  Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest& request, const Target& target) const override {
    // Tokens are those of a model's own vocabulary.
    if (!request.tokens.empty()) return unsupported_value("input");
    OutgoingRequest outgoing;
    RequestFields fields{target.quirks, outgoing.dropped};
    auto body = openai_embeddings_body(request, target, fields);
    if (body.erase("user") > 0) fields.drop("user");
    finish(outgoing, target, body, "/embeddings", &Quirks::embeddings_path);
    return outgoing;
  }

  Result<EmbeddingsAnswer> read_embeddings(std::string_view body, const Target&) const override {
    return read_openai_embeddings_answer(body);
  }

  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    return classify_openai(status, headers, body);
  }

private:
  static void finish(
    OutgoingRequest& outgoing,
    const Target& target,
    Json& body,
    std::string_view endpoint,
    std::string Quirks::*path_of_quirks) {
    const auto has_own = target.quirks && !(target.quirks->*path_of_quirks).empty();
    outgoing.path = has_own ? std::string{target.base_path}.append(target.quirks->*path_of_quirks)
                            : versioned_path(target.base_path, "/v1").append(endpoint);
    add_head(outgoing, target, "authorization");
    add_extra_body(body, target);
    outgoing.body.own(json_text(body));
  }
};

} // namespace

const Dialect& mistral_dialect() {
  static const Mistral dialect;
  return dialect;
}

} // namespace gateway
