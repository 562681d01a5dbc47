#include "net/demo/voices/fields.hpp"

#include "net/demo/request.hpp"
#include "net/demo/words.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {

using json = nlohmann::ordered_json;

const json* demo_field(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string_view> demo_bearer(std::span<const Header> headers) {
  constexpr std::string_view scheme = "Bearer ";
  const auto shown = find_header(headers, "authorization");
  if (!shown || !shown->starts_with(scheme)) return std::nullopt;
  return shown->substr(scheme.size());
}

Result<void> parse_demo_object(std::string_view text, json& into) {
  into = json::parse(text, nullptr, false);
  if (into.is_discarded())
    return fail(ErrorKind::invalid_json, "We could not parse the JSON body of your request.");
  if (!into.is_object()) return fail(ErrorKind::invalid_json, "The body must be a JSON object.");
  return {};
}

Result<std::string> demo_text(const json& object, const char* name, std::string_view at) {
  const auto path = std::string{at} + name;
  const auto* value = demo_field(object, name);
  if (value == nullptr)
    return fail(ErrorKind::missing_field, "Missing required parameter: '" + path + "'.", path);
  if (!value->is_string())
    return fail(ErrorKind::invalid_value, "'" + path + "' must be a string.", path);
  return value->get<std::string>();
}

Result<std::optional<std::int64_t>>
demo_integer(const json& object, const char* name, std::int64_t least, std::int64_t most) {
  const auto* value = demo_field(object, name);
  if (value == nullptr) return std::optional<std::int64_t>{};
  const bool readable = value->is_number_integer()
    && !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX);
  if (!readable || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most)
    return fail(
      ErrorKind::invalid_value,
      "'" + std::string{name} + "' must be an integer between " + std::to_string(least) + " and "
        + std::to_string(most) + ".",
      name);
  return std::optional{value->get<std::int64_t>()};
}

Result<void> check_demo_number(const json& object, const char* name, double least, double most) {
  const auto* value = demo_field(object, name);
  if (value == nullptr) return {};
  if (!value->is_number() || value->get<double>() < least || value->get<double>() > most)
    return fail(
      ErrorKind::invalid_value,
      "'" + std::string{name} + "' must be a number between " + std::to_string(least) + " and "
        + std::to_string(most) + ".",
      name);
  return {};
}

Result<bool> demo_flag(const json& object, const char* name, bool otherwise) {
  const auto* value = demo_field(object, name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean())
    return fail(ErrorKind::invalid_value, "'" + std::string{name} + "' must be a boolean.", name);
  return value->get<bool>();
}

Result<const json*> demo_list(const json& object, const char* name) {
  const auto* value = demo_field(object, name);
  if (value == nullptr)
    return fail(
      ErrorKind::missing_field, "Missing required parameter: '" + std::string{name} + "'.", name);
  if (!value->is_array() || value->empty())
    return fail(
      ErrorKind::invalid_value, "'" + std::string{name} + "' must be a list, not empty.", name);
  return value;
}

std::string demo_dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string demo_event(const json& data, std::string_view name) {
  std::string event;
  if (!name.empty()) event.append("event: ").append(name).append("\n");
  return event.append("data: ").append(demo_dump(data)).append("\n\n");
}

json demo_event_data(std::string_view event) {
  constexpr std::string_view begin = "data: ";
  return json::parse(event.substr(begin.size()));
}

std::int64_t demo_input_tokens(const DemoRequest& request) {
  constexpr std::int64_t image_tokens = 85; // what OpenAI charges for one of low detail
  std::int64_t tokens = 0;
  for (const auto& turn : request.turns)
    tokens += count_demo_tokens(turn.text) + turn.images * image_tokens;
  for (const auto& tool : request.tools)
    tokens += count_demo_tokens(tool.name) + count_demo_tokens(tool.schema);
  for (const auto& input : request.inputs) tokens += count_demo_tokens(input);
  return std::max<std::int64_t>(tokens, 1);
}

} // namespace gateway
