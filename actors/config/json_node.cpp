#include "actors/config/json_node.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace gateway {

namespace {

/// A number as its significant digits and where the point stands: 0.59 is "59" and 0.
struct Decimal {
  bool negative = false;
  std::string digits;     // without leading zeros; empty for zero
  std::int64_t point = 0; // how many of the digits stand before the point
};

/// An exponent of more digits than this is as good as endless.
constexpr std::int64_t exponent_max = 1'000'000;

Decimal read_decimal(std::string_view text) {
  Decimal number;
  bool fraction = false;
  std::size_t i = 0;
  if (text.starts_with('-')) {
    number.negative = true;
    i = 1;
  }
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    if (!fraction) ++number.point;
    number.digits += text[i];
  }
  const auto zeros = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  number.digits.erase(0, zeros);
  number.point -= static_cast<std::int64_t>(zeros);
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
  if (i >= text.size()) return number;

  ++i;
  const bool down = text.substr(i).starts_with('-');
  if (down || text.substr(i).starts_with('+')) ++i;
  std::int64_t exponent = 0;
  for (; i < text.size(); ++i) exponent = std::min(exponent * 10 + (text[i] - '0'), exponent_max);
  number.point += down ? -exponent : exponent;
  return number;
}

void append_text(std::string& out, const JsonNode& node) {
  switch (node.kind) {
  case JsonNode::Kind::null: out += "null"; break;
  case JsonNode::Kind::boolean: out += node.truth ? "true" : "false"; break;
  case JsonNode::Kind::number: out += node.text; break;
  case JsonNode::Kind::string: append_json_string(out, node.text); break;
  case JsonNode::Kind::array:
    out += '[';
    for (const auto& item : node.items) {
      if (&item != node.items.data()) out += ',';
      append_text(out, item);
    }
    out += ']';
    break;
  case JsonNode::Kind::object:
    out += '{';
    for (const auto& member : node.members) {
      if (&member != node.members.data()) out += ',';
      append_json_string(out, member.name);
      out += ':';
      append_text(out, member.value);
    }
    out += '}';
    break;
  }
}

} // namespace

const JsonNode* JsonNode::find(std::string_view name) const noexcept {
  for (const auto& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

std::optional<std::int64_t> JsonNode::scaled(int decimals) const noexcept {
  if (!is_number()) return std::nullopt;
  auto number = read_decimal(text);
  if (number.digits.empty()) return 0;
  number.point += decimals;
  if (number.point < 0) return 0;
  if (number.point > std::numeric_limits<std::int64_t>::digits10 + 1) return std::nullopt;

  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t magnitude = 0; // 19 digits fit
  const auto whole = static_cast<std::size_t>(number.point);
  for (std::size_t i = 0; i < whole; ++i)
    magnitude = magnitude * 10
      + (i < number.digits.size() ? static_cast<std::uint64_t>(number.digits[i] - '0') : 0);
  if (whole < number.digits.size() && number.digits[whole] >= '5') ++magnitude;
  if (magnitude > most) return std::nullopt;
  const auto value = static_cast<std::int64_t>(magnitude);
  return number.negative ? -value : value;
}

bool JsonNode::is_integer() const noexcept {
  if (!is_number()) return false;
  const auto number = read_decimal(text);
  return number.point >= static_cast<std::int64_t>(number.digits.size()) || number.digits.empty();
}

double JsonNode::approximate() const noexcept {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc::result_out_of_range) return value;
  // from_chars says only that it doesn't fit, not on which side.
  const auto number = read_decimal(text);
  if (number.point < 0) return 0;
  const auto infinite = std::numeric_limits<double>::infinity();
  return number.negative ? -infinite : infinite;
}

std::string_view kind_text(JsonNode::Kind kind) noexcept {
  switch (kind) {
  case JsonNode::Kind::null: return "null";
  case JsonNode::Kind::boolean: return "boolean";
  case JsonNode::Kind::number: return "number";
  case JsonNode::Kind::string: return "string";
  case JsonNode::Kind::array: return "array";
  case JsonNode::Kind::object: return "object";
  }
  return "";
}

bool same_json(const JsonNode& a, const JsonNode& b) noexcept {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
  case JsonNode::Kind::null: return true;
  case JsonNode::Kind::boolean: return a.truth == b.truth;
  case JsonNode::Kind::string: return a.text == b.text;
  case JsonNode::Kind::number: {
    const auto x = read_decimal(a.text);
    const auto y = read_decimal(b.text);
    if (x.digits.empty() || y.digits.empty()) return x.digits == y.digits;
    return x.digits == y.digits && x.point == y.point && x.negative == y.negative;
  }
  case JsonNode::Kind::array:
    return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_json);
  case JsonNode::Kind::object:
    return a.members.size() == b.members.size()
      && std::all_of(a.members.begin(), a.members.end(), [&](const JsonMember& member) {
             const auto* other = b.find(member.name);
             return other != nullptr && same_json(member.value, *other);
           });
  }
  return false;
}

std::string to_json_text(const JsonNode& node) {
  std::string out;
  append_text(out, node);
  return out;
}

std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~')
      step += "~0";
    else if (c == '/')
      step += "~1";
    else
      step += c;
  }
  return step;
}

} // namespace gateway
