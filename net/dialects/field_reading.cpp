#include "net/dialects/field_reading.hpp"

#include <nlohmann/json.hpp>

namespace gateway {

std::string item_path(std::string_view list, std::size_t index) {
  return std::string{list} + "[" + std::to_string(index) + "]";
}

Result<void> set(std::optional<double>& target, std::string_view name, const Json& value) {
  if (!value.is_number()) return wrong_value(std::string{name}, "must be a number");
  target = value.get<double>();
  return {};
}

Result<void> set(std::optional<std::int64_t>& target, std::string_view name, const Json& value) {
  const bool fits = value.is_number_integer()
    && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!fits) return wrong_value(std::string{name}, "must be a whole number");
  target = value.get<std::int64_t>();
  return {};
}

Result<void> set(std::optional<bool>& target, std::string_view name, const Json& value) {
  if (!value.is_boolean()) return wrong_value(std::string{name}, "must be true or false");
  target = value.get<bool>();
  return {};
}

Result<void> set(std::string& target, std::string_view name, const Json& value) {
  if (!value.is_string()) return wrong_value(std::string{name}, "must be a string");
  target = text_of(value);
  return {};
}

} // namespace gateway
