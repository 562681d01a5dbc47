#pragma once

#include "net/base/result.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// A stored route trace (`compact_trace`) as people and the dashboard read it (dashboard.md,
/// GET /requests/{id}): a JSON object with `config_version`, `policy`, `candidates`,
/// `candidates_cut`, `spans` and `attempts`.
/// Errors: internal, where the text is none that compact_trace wrote.
Result<std::string> trace_json(std::string_view compact);

} // namespace gateway
