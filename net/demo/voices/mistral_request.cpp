#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;
using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 17> chat_fields{
  "model",
  "messages",
  "max_tokens",
  "temperature",
  "top_p",
  "n",
  "stop",
  "presence_penalty",
  "frequency_penalty",
  "random_seed",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "reasoning_effort",
  "safe_prompt",
  "stream"};
constexpr std::array<std::string_view, 4> message_fields{
  "role", "content", "tool_calls", "tool_call_id"};
constexpr std::array<std::string_view, 4> embeddings_fields{
  "model", "input", "dimensions", "encoding_format"};

Failed wrong(std::string message, std::string param) {
  return fail(ErrorKind::invalid_value, std::move(message), std::move(param));
}

Result<void> check_known(const json& object, Names known) {
  if (!object.is_object()) return {}; // it is refused as what it is
  for (const auto& [name, value] : object.items())
    if (std::ranges::find(known, name) == known.end())
      return fail(
        ErrorKind::unsupported_parameter, "Extra inputs are not permitted: " + name, name);
  return {};
}

/// The rule of the older models.
Result<void> check_id(const json& object, const char* name) {
  const auto* id = demo_field(object, name);
  if (id == nullptr || !id->is_string()) return {};
  const auto& text = id->get_ref<const std::string&>();
  const bool fits =
    text.size() == 9 && std::ranges::all_of(text, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
  if (fits) return {};
  return wrong(
    "Tool call id was " + text + " but must be a-z, A-Z, 0-9, with a length of 9.", name);
}

Result<void> check_message(const json& message) {
  if (auto checked = check_known(message, message_fields); !checked) return checked;
  if (message.is_object() && message.value("role", json{}) == "developer")
    return wrong("Input tag 'developer' does not match any of the expected roles.", "role");
  if (auto checked = check_id(message, "tool_call_id"); !checked) return checked;
  const auto* calls = demo_field(message, "tool_calls");
  if (calls == nullptr || !calls->is_array()) return {};
  for (const auto& call : *calls)
    if (auto checked = check_id(call, "id"); !checked) return checked;
  return {};
}

/// The word for a forced call in OpenAI's.
Result<void> translate_choice(json& body) {
  const auto* choice = demo_field(body, "tool_choice");
  if (choice == nullptr) return {};
  if (*choice == "required") return wrong("tool_choice must be auto, none or any.", "tool_choice");
  if (*choice == "any") body["tool_choice"] = "required";
  return {};
}

} // namespace

Result<DemoRequest> read_mistral_chat(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  if (auto checked = check_known(body, chat_fields); !checked)
    return fail(std::move(checked.error()));
  if (const auto* messages = demo_field(body, "messages"); messages && messages->is_array())
    for (const auto& message : *messages)
      if (auto checked = check_message(message); !checked) return fail(std::move(checked.error()));
  if (auto done = translate_choice(body); !done) return fail(std::move(done.error()));
  return hear_openai_chat(demo_dump(body));
}

Result<DemoRequest> read_mistral_embeddings(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  if (auto checked = check_known(body, embeddings_fields); !checked)
    return fail(std::move(checked.error()));
  return hear_openai_embeddings(text);
}

} // namespace gateway
