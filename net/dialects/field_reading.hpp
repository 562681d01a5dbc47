#pragma once

#include "net/base/result.hpp"
#include "net/dialects/json_reading.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How the formats of clients read a request's fields, and how they refuse.
namespace gateway {

/// "'param' must be …".
inline Failed wrong_value(std::string param, std::string_view expected) {
  auto message = "'" + param + "' " + std::string{expected};
  return fail(ErrorKind::invalid_value, std::move(message), std::move(param));
}

inline Failed unsupported_value(std::string param) {
  auto message = "'" + param + "' is not supported by the provider this request is meant for";
  return fail(ErrorKind::unsupported_parameter, std::move(message), std::move(param));
}

/// "list[index]".
std::string item_path(std::string_view list, std::size_t index);

// Errors: invalid_value where the value is of another type.
Result<void> set(std::optional<double>& target, std::string_view name, const Json& value);
Result<void> set(std::optional<std::int64_t>& target, std::string_view name, const Json& value);
Result<void> set(std::optional<bool>& target, std::string_view name, const Json& value);
Result<void> set(std::string& target, std::string_view name, const Json& value);

} // namespace gateway
