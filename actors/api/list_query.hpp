#pragma once

#include "net/base/result.hpp"
#include "net/base/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// [from, to)
struct Stretch {
  WallTime from{};
  WallTime to{};
};
/// What read_time_range reads, in moments: an hour, up to now, where that is left open. It may be
/// empty. Errors: as there.
Result<Stretch> read_stretch(std::string_view query, WallTime now);

/// A number from 1 to `most` out of a query string; `usual` where it is not said.
/// Errors: invalid_value, with `param`.
Result<std::size_t>
read_count(std::string_view query, std::string_view name, std::size_t usual, std::size_t most);

/// Texts separated by commas; none where it is not said.
std::vector<std::string> read_list(std::string_view query, std::string_view name);

} // namespace gateway
