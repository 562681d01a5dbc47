#include "persistence/found_count.hpp"

#include "persistence/packed_bytes.hpp"

#include <charconv>

namespace gateway {

std::string count_text(const FoundCount& count) {
  return std::to_string(count.value) + (count.exact ? "x" : "");
}

std::optional<FoundCount> read_count_text(std::string_view text) noexcept {
  FoundCount count;
  count.exact = text.ends_with('x');
  if (count.exact) text.remove_suffix(1);
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count.value);
  return error == std::errc{} && at == end ? std::optional{count} : std::nullopt;
}

void append_packed_count(std::string& out, const FoundCount& count) {
  append_packed(out, count.value);
  append_packed(out, count.exact ? 1 : 0);
}

FoundCount read_packed_count(PackedReader& reader) noexcept {
  const auto value = reader.number();
  return {value, reader.number() == 1};
}

} // namespace gateway
