#pragma once

#include "net/base/header.hpp"
#include "net/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Reading strangers' JSON the way a strict provider does: what is wrong is refused by name.
namespace gateway {

/// The member of that name; null where there is none, where it is JSON's null, or no object.
const nlohmann::ordered_json* demo_field(const nlohmann::ordered_json& object, const char* name);

/// Errors: invalid_json, also where the text is no object.
Result<void> parse_demo_object(std::string_view text, nlohmann::ordered_json& into);

/// Errors: missing_field, or invalid_value where it is no string.
Result<std::string>
demo_text(const nlohmann::ordered_json& object, const char* name, std::string_view at);

/// Errors: invalid_value for anything but an integer between `least` and `most`.
Result<std::optional<std::int64_t>> demo_integer(
  const nlohmann::ordered_json& object, const char* name, std::int64_t least, std::int64_t most);

/// Errors: invalid_value where it is there and no number between `least` and `most`.
Result<void> check_demo_number(
  const nlohmann::ordered_json& object, const char* name, double least, double most);

/// Errors: invalid_value where it is there and no boolean.
Result<bool> demo_flag(const nlohmann::ordered_json& object, const char* name, bool otherwise);

/// Errors: missing_field, or invalid_value where it is no list or an empty one.
Result<const nlohmann::ordered_json*>
demo_list(const nlohmann::ordered_json& object, const char* name);

/// The key of `authorization: Bearer …`, if that is how it was sent.
std::optional<std::string_view> demo_bearer(std::span<const Header> headers);

/// As compact JSON text.
std::string demo_dump(const nlohmann::ordered_json& value);

/// `data: …` and an empty line; with `event: …` before it where a name is given.
std::string demo_event(const nlohmann::ordered_json& data, std::string_view name = {});

/// The data of such an event without a name.
nlohmann::ordered_json demo_event_data(std::string_view event);

/// What a request costs on the way in: its texts, its tools, and 85 for each image.
struct DemoRequest;
std::int64_t demo_input_tokens(const DemoRequest& request);

} // namespace gateway
