#include "persistence/request_id.hpp"

namespace gateway {

std::optional<std::int64_t> request_id_time(std::string_view id) noexcept {
  constexpr auto digits = std::size_t{request_id_time_digits + request_id_chance_digits};
  if (!id.starts_with(request_id_prefix)) return std::nullopt;
  id.remove_prefix(request_id_prefix.size());
  if (id.size() != digits || id.find_first_not_of(request_id_digits) != std::string_view::npos)
    return std::nullopt;
  std::int64_t time = 0;
  for (const char digit : id.substr(0, request_id_time_digits))
    time = time * static_cast<std::int64_t>(request_id_digits.size())
      + static_cast<std::int64_t>(request_id_digits.find(digit));
  return time;
}

} // namespace gateway
