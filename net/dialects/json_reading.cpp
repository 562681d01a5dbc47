#include "net/dialects/json_reading.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace gateway {
namespace {

constexpr std::int64_t count_max = 1'000'000'000'000;

/// Whether a text is shallow and narrow enough to be parsed; says nothing of its syntax.
class Shape {
public:
  bool fits(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
      switch (text[i]) {
      case '"': i = end_of_string(text, i); break;
      case '{':
      case '[':
        if (depth_ == members_.size()) return false;
        members_[depth_++] = 1;
        break;
      case ',':
        if (depth_ > 0) ++members_[depth_ - 1];
        break;
      case '}':
        if (depth_ > 0 && !afford(members_[--depth_])) return false;
        break;
      case ']':
        if (depth_ > 0) --depth_;
        break;
      default: break;
      }
    }
    return true;
  }

private:
  static std::size_t end_of_string(std::string_view text, std::size_t quote) noexcept {
    for (auto i = quote + 1; i < text.size(); ++i) {
      if (text[i] == '"') return i;
      if (text[i] == '\\') ++i;
    }
    return text.size();
  }

  bool afford(std::uint64_t members) noexcept {
    comparisons_ += members * members / 2;
    return comparisons_ <= json_comparisons_max;
  }

  std::array<std::uint64_t, json_depth_max> members_{};
  std::size_t depth_ = 0;
  std::uint64_t comparisons_ = 0;
};

} // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (!Shape{}.fits(text)) return std::nullopt;
  auto json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::optional<Json> parse_json_object(std::string_view text) {
  auto json = parse_json(text);
  if (json && !json->is_object()) json.reset();
  return json;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* member(const Json& json, std::string_view name) noexcept {
  const auto* object = json.get_ptr<const Json::object_t*>();
  if (object == nullptr) return nullptr;
  const auto found = std::ranges::find(*object, name, &Json::object_t::value_type::first);
  return found == object->end() || found->second.is_null() ? nullptr : &found->second;
}

const Json* object_at(const Json& json, std::string_view name) noexcept {
  const auto* found = member(json, name);
  return found != nullptr && found->is_object() ? found : nullptr;
}

std::span<const Json> items_at(const Json& json, std::string_view name) noexcept {
  const auto* found = member(json, name);
  const auto* items = found ? found->get_ptr<const Json::array_t*>() : nullptr;
  return items ? std::span<const Json>{*items} : std::span<const Json>{};
}

std::string_view text_at(const Json& json, std::string_view name) noexcept {
  const auto* found = member(json, name);
  return found ? text_of(*found) : std::string_view{};
}

std::string_view text_of(const Json& json) noexcept {
  const auto* text = json.get_ptr<const Json::string_t*>();
  return text ? std::string_view{*text} : std::string_view{};
}

bool flag_at(const Json& json, std::string_view name) noexcept {
  const auto* found = member(json, name);
  const auto* flag = found ? found->get_ptr<const Json::boolean_t*>() : nullptr;
  return flag != nullptr && *flag;
}

std::optional<std::int64_t> count_at(const Json& json, std::string_view name) noexcept {
  const auto* found = member(json, name);
  if (found == nullptr) return std::nullopt;
  if (const auto* natural = found->get_ptr<const Json::number_unsigned_t*>())
    return static_cast<std::int64_t>(std::min<std::uint64_t>(*natural, count_max));
  if (const auto* real = found->get_ptr<const Json::number_float_t*>()) {
    if (!(*real >= 0)) return std::nullopt;
    return static_cast<std::int64_t>(std::min(*real, static_cast<double>(count_max)));
  }
  const auto digits = text_of(*found);
  std::int64_t number = -1;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (fault != std::errc{} || end != digits.data() + digits.size() || number < 0)
    return std::nullopt;
  return std::min(number, count_max);
}

std::optional<std::vector<float>> vector_of(std::span<const Json> numbers) {
  constexpr double largest = std::numeric_limits<float>::max();
  std::vector<float> vector;
  vector.reserve(numbers.size());
  for (const auto& number : numbers) {
    if (!number.is_number() || std::abs(number.get<double>()) > largest) return std::nullopt;
    vector.push_back(static_cast<float>(number.get<double>()));
  }
  return vector;
}

} // namespace gateway
