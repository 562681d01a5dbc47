#pragma once

#include "actors/config/document.hpp"
#include "actors/node/options.hpp"

namespace gateway {

/// A door that others can reach needs a key, or somebody who says that it needs none.
/// Errors: invalid_value.
Result<void> check_doors(const ServeOptions& options, const Document& document);

} // namespace gateway
