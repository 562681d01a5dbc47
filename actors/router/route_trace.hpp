#pragma once

#include "actors/router/walk.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// The route trace as people and the dashboard read it (dashboard.md, GET /requests/{id}): a JSON
/// object with `config_version`, `policy`, `candidates`, `candidates_cut`, `spans` and `attempts`.
/// At most `trace_candidates_max` candidates are kept, the ranked and tried ones first.
std::string trace_json(const Walk& walk);

constexpr std::size_t trace_candidates_max = 64;

} // namespace gateway
