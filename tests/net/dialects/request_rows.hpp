#pragma once

#include "net/dialects/dialect.hpp"
#include "tests/net/dialects/fixtures.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Requests in fixtures, field by field as the unified vocabulary has them, and what a dialect
/// makes of them: `patch` is what differs from the body of the fixture's `greeting` (RFC 7396).
namespace gateway {

using Fixture = nlohmann::ordered_json;

template <std::size_t count>
std::size_t place_in(const std::array<std::string_view, count>& names, const std::string& name) {
  for (std::size_t i = 0; i < count; ++i)
    if (names[i] == name) return i;
  FAIL("unknown name in a fixture: " << name);
  return 0;
}

inline std::string text_or_json(const Fixture& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

template <class T>
std::optional<T> optional_in(const Fixture& object, const char* name) {
  if (!object.contains(name)) return std::nullopt;
  return object.at(name).get<T>();
}

inline Block block_of(const Fixture& row) {
  constexpr std::array<std::string_view, 8> kinds{
    "text", "image", "audio", "file", "tool_call", "tool_result", "reasoning", "refusal"};
  Block block;
  block.kind = static_cast<Block::Kind>(place_in(kinds, row.value("kind", "text")));
  block.text = row.value("text", "");
  block.media = Media{
    row.value("url", ""),
    row.value("mime", ""),
    row.value("data", ""),
    row.value("file_id", ""),
    row.value("filename", ""),
    row.value("detail", "")};
  block.id = row.value("id", "");
  block.name = row.value("name", "");
  block.arguments = row.value("arguments", "");
  block.is_error = row.value("is_error", false);
  block.signature = row.value("signature", "");
  block.signature_origin = row.value("origin", "");
  block.redacted = row.value("redacted", "");
  block.cache_ttl = row.value("cache_ttl", "");
  return block;
}

inline Message message_of(const Fixture& row) {
  constexpr std::array<std::string_view, 4> roles{"system", "user", "assistant", "tool"};
  Message message;
  message.role = static_cast<Role>(place_in(roles, row.at("role")));
  message.name = row.value("name", "");
  for (const auto& block : row.at("blocks")) message.blocks.push_back(block_of(block));
  return message;
}

inline Tool tool_of(const Fixture& row) {
  Tool tool;
  tool.name = row.at("name");
  tool.description = row.value("description", "");
  if (row.contains("parameters")) tool.parameters = text_or_json(row.at("parameters"));
  tool.strict = optional_in<bool>(row, "strict");
  tool.cache_ttl = row.value("cache_ttl", "");
  return tool;
}

inline ToolChoice tool_choice_of(const Fixture& row) {
  constexpr std::array<std::string_view, 5> kinds{
    "unset", "none", "automatic", "required", "function"};
  ToolChoice choice;
  choice.kind = static_cast<ToolChoice::Kind>(place_in(kinds, row.at("kind")));
  choice.name = row.value("name", "");
  choice.allowed = row.value("allowed", std::vector<std::string>{});
  return choice;
}

inline ResponseFormat response_format_of(const Fixture& row) {
  constexpr std::array<std::string_view, 4> kinds{"unset", "text", "json_object", "json_schema"};
  ResponseFormat format;
  format.kind = static_cast<ResponseFormat::Kind>(place_in(kinds, row.at("kind")));
  format.description = row.value("description", "");
  if (row.contains("schema")) format.schema = text_or_json(row.at("schema"));
  return format;
}

/// A user's "Hi", where the fixture has no messages of its own.
inline ChatRequest request_of(const Fixture& row) {
  static const auto hi = Fixture::parse(R"([{ "role": "user", "blocks": [{ "text": "Hi" }] }])");
  ChatRequest request;
  request.model = "any";
  for (const auto& message : row.value("messages", hi))
    request.messages.push_back(message_of(message));
  for (const auto& tool : row.value("tools", Fixture::array()))
    request.tools.push_back(tool_of(tool));
  if (row.contains("tool_choice")) request.tool_choice = tool_choice_of(row.at("tool_choice"));
  if (row.contains("response_format"))
    request.response_format = response_format_of(row.at("response_format"));
  request.parallel_tool_calls = optional_in<bool>(row, "parallel_tool_calls");
  request.max_tokens = optional_in<std::int64_t>(row, "max_tokens");
  request.temperature = optional_in<double>(row, "temperature");
  request.top_p = optional_in<double>(row, "top_p");
  request.presence_penalty = optional_in<double>(row, "presence_penalty");
  request.frequency_penalty = optional_in<double>(row, "frequency_penalty");
  request.seed = optional_in<std::int64_t>(row, "seed");
  request.n = optional_in<std::int64_t>(row, "n");
  request.stop = row.value("stop", std::vector<std::string>{});
  request.reasoning_effort = row.value("reasoning_effort", "");
  request.service_tier = row.value("service_tier", "");
  request.user = row.value("user", "");
  request.top_logprobs = optional_in<std::int64_t>(row, "top_logprobs");
  request.logprobs = row.value("logprobs", false);
  request.stream = row.value("stream", false);
  const auto other = row.value("other", Fixture::object());
  for (const auto& [name, value] : other.items()) request.other[name] = text_or_json(value);
  return request;
}

inline Result<OutgoingRequest>
write_row(const Dialect& dialect, const Fixture& row, const Quirks& quirks = {}) {
  const auto model = row.at("model").get<std::string>();
  Target target;
  target.upstream_model = model;
  target.quirks = &quirks;
  return dialect.write_chat(request_of(row.at("request")), target);
}

/// Every row becomes the body that its patch says, in any order of members, and drops what it says.
inline void check_written_rows(const Dialect& dialect, const std::string& fixture) {
  const auto file = read_json_fixture(fixture);
  REQUIRE(file.at("rows").size() > 5);
  for (const auto& row : file.at("rows")) {
    CAPTURE(row.at("when").get<std::string>(), row.at("model").get<std::string>());
    const auto outgoing = write_row(dialect, row);
    INFO((outgoing ? "" : outgoing.error().message));
    REQUIRE(outgoing);
    nlohmann::json expected = nlohmann::json::parse(file.at("greeting").dump());
    expected.merge_patch(nlohmann::json::parse(row.at("patch").dump()));
    if (expected.contains("model")) expected["model"] = row.at("model").get<std::string>();
    CHECK(nlohmann::json::parse(outgoing->body.joined()) == expected);
    CHECK(outgoing->dropped == row.value("dropped", std::vector<std::string>{}));
  }
}

/// Every row is refused; where the provider is configured to drop instead, the droppable ones pass.
inline void check_refused_rows(const Dialect& dialect, const std::string& fixture) {
  const auto file = read_json_fixture(fixture);
  REQUIRE(file.at("rows").size() > 5);
  Quirks lenient;
  lenient.drop_unsupported = true;
  for (const auto& row : file.at("rows")) {
    CAPTURE(row.at("when").get<std::string>());
    const auto param = row.at("param").get<std::string>();
    const auto refused = write_row(dialect, row);
    REQUIRE_FALSE(refused);
    CHECK(code_text(refused.error().kind) == row.at("code").get<std::string>());
    CHECK(refused.error().param == param);
    const auto dropped = write_row(dialect, row, lenient);
    REQUIRE(bool(dropped) == row.value("droppable", false));
    if (dropped) CHECK(dropped->dropped == std::vector<std::string>{param});
  }
}

} // namespace gateway
