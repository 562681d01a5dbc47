#include "actors/api/list_query.hpp"

#include "actors/api/endpoint.hpp"
#include "actors/api/time_range.hpp"

#include <charconv>

namespace gateway {
Result<Stretch> read_stretch(std::string_view query, WallTime now) {
  constexpr std::chrono::hours usual{1};
  GATEWAY_TRY(const auto range, read_time_range(query, now));
  const auto to = range.to.value_or(now);
  return Stretch{range.from.value_or(to - usual), to};
}

Result<std::size_t>
read_count(std::string_view query, std::string_view name, std::size_t usual, std::size_t most) {
  const auto text = query_value(query, name);
  if (text.empty()) return usual;
  std::size_t count = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec == std::errc{} && read.ptr == end && count >= 1 && count <= most) return count;
  std::string message{name};
  return fail(
    ErrorKind::invalid_value,
    message + " is a number from 1 to " + std::to_string(most) + ".",
    std::string{name});
}

std::vector<std::string> read_list(std::string_view query, std::string_view name) {
  const auto text = query_value(query, name);
  std::vector<std::string> items;
  for (std::string_view rest = text; !rest.empty();) {
    const auto comma = rest.find(',');
    if (const auto item = rest.substr(0, comma); !item.empty()) items.emplace_back(item);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return items;
}

} // namespace gateway
