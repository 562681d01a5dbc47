#include "net/unified/json_scalars.hpp"

#include "net/unified/json_cursor.hpp"

#include <charconv>

namespace gateway {
namespace {

/// The four digits behind `\u`, or -1.
int hex4(std::string_view digits) noexcept {
  if (digits.size() < 4) return -1;
  unsigned value = 0;
  const auto end = digits.data() + 4;
  const auto [read_to, error] = std::from_chars(digits.data(), end, value, 16);
  return error == std::errc{} && read_to == end ? static_cast<int>(value) : -1;
}

constexpr bool is_high_surrogate(int unit) noexcept {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

constexpr bool is_low_surrogate(int unit) noexcept {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// Reads the escape at the front of `raw`, which begins with a backslash: its length and what it
/// stands for. Length 0: it is none.
struct Escape {
  std::size_t length = 0;
  unsigned code_point = 0;
};

Escape read_escape(std::string_view raw) noexcept {
  if (raw.size() < 2) return {};
  switch (raw[1]) {
  case '"':
  case '\\':
  case '/': return {2, static_cast<unsigned char>(raw[1])};
  case 'b': return {2, '\b'};
  case 'f': return {2, '\f'};
  case 'n': return {2, '\n'};
  case 'r': return {2, '\r'};
  case 't': return {2, '\t'};
  case 'u': break;
  default: return {};
  }
  const int unit = hex4(raw.substr(2));
  if (unit < 0 || is_low_surrogate(unit)) return {};
  if (!is_high_surrogate(unit)) return {6, static_cast<unsigned>(unit)};
  const auto rest = raw.substr(6);
  if (!rest.starts_with("\\u")) return {};
  const int low = hex4(rest.substr(2));
  if (!is_low_surrogate(low)) return {};
  return {
    12,
    0x10000u + (static_cast<unsigned>(unit - 0xD800) << 10) + static_cast<unsigned>(low - 0xDC00)};
}

void append_utf8(std::string& out, unsigned code_point) {
  const auto add = [&](unsigned byte) {
    out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3F));
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
}

std::size_t digits_at(std::string_view raw, std::size_t from) noexcept {
  std::size_t count = 0;
  while (from + count < raw.size() && raw[from + count] >= '0' && raw[from + count] <= '9') ++count;
  return count;
}

} // namespace

bool json_escapes_are_valid(std::string_view raw) noexcept {
  for (auto at = raw.find('\\'); at != raw.npos; at = raw.find('\\', at)) {
    const auto escape = read_escape(raw.substr(at));
    if (escape.length == 0) return false;
    at += escape.length;
  }
  return true;
}

bool is_json_number(std::string_view raw) noexcept {
  std::size_t at = raw.starts_with('-') ? 1 : 0;
  const auto whole = digits_at(raw, at);
  if (whole == 0 || (whole > 1 && raw[at] == '0')) return false;
  at += whole;
  if (at < raw.size() && raw[at] == '.') {
    const auto fraction = digits_at(raw, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < raw.size() && (raw[at] == 'e' || raw[at] == 'E')) {
    ++at;
    if (at < raw.size() && (raw[at] == '+' || raw[at] == '-')) ++at;
    const auto exponent = digits_at(raw, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == raw.size();
}

std::string unescape_json(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  std::size_t copied = 0;
  for (auto at = raw.find('\\'); at != raw.npos; at = raw.find('\\', copied)) {
    text.append(raw, copied, at - copied);
    const auto escape = read_escape(raw.substr(at));
    if (escape.length == 0) return text; // a cursor gives no such string
    append_utf8(text, escape.code_point);
    copied = at + escape.length;
  }
  return text.append(raw, copied);
}

std::optional<std::int64_t> json_integer(std::string_view raw) noexcept {
  std::int64_t value = 0;
  const auto end = raw.data() + raw.size();
  const auto [read_to, error] = std::from_chars(raw.data(), end, value);
  if (error != std::errc{} || read_to != end) return std::nullopt;
  return value;
}

std::optional<double> json_number(std::string_view raw) noexcept {
  double value = 0;
  const auto end = raw.data() + raw.size();
  const auto [read_to, error] = std::from_chars(raw.data(), end, value);
  if (error != std::errc{} || read_to != end || !is_json_number(raw)) return std::nullopt;
  return value;
}

} // namespace gateway
