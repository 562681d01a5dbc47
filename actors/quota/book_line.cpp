#include "actors/quota/book_line.hpp"

#include <charconv>

namespace gateway {
namespace {

constexpr std::string_view seal = ",\"sum\":\"";
constexpr std::size_t sum_digits = 16;

std::string sum_of(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325U; // FNV-1a: against damage, not against people
  for (const auto c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (int shift = 60; shift >= 0; shift -= 4) hex += digits[sum >> shift & 15U];
  return hex;
}

} // namespace

void seal_line(std::string& line) {
  const auto sum = sum_of(line);
  line += seal;
  line += sum;
  line += "\"}";
}

std::optional<std::string_view> unsealed(std::string_view line) noexcept {
  constexpr auto tail = seal.size() + sum_digits + 2;
  if (line.size() < tail) return std::nullopt;
  const auto text = line.substr(0, line.size() - tail);
  LineReader reader{line.substr(text.size())};
  if (!reader.take(seal) || !reader.take(sum_of(text)) || !reader.take("\"}")) return std::nullopt;
  return text;
}

bool LineReader::take(std::string_view piece) noexcept {
  if (!rest_.starts_with(piece)) return false;
  rest_.remove_prefix(piece.size());
  return true;
}

template <std::integral Number>
bool LineReader::take_number(Number& number) noexcept {
  const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
  if (read.ec != std::errc{}) return false;
  rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
  return true;
}
template bool LineReader::take_number(std::int64_t&) noexcept;
template bool LineReader::take_number(std::uint64_t&) noexcept;
template bool LineReader::take_number(std::uint32_t&) noexcept;

bool LineReader::take_key(QuotaKey& key) noexcept {
  const auto read = quota_key_from(rest_.substr(0, 32));
  if (!read) return false;
  key = *read;
  rest_.remove_prefix(32);
  return true;
}

std::string_view LineReader::take_text() noexcept {
  const auto text = rest_.substr(0, rest_.find('"'));
  rest_.remove_prefix(text.size());
  return text;
}

} // namespace gateway
