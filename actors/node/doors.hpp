#pragma once

#include "actors/api/context.hpp"
#include "actors/config/document.hpp"
#include "actors/node/options.hpp"
#include "net/base/secret.hpp"

#include <string>
#include <vector>

namespace gateway {

/// A door that others can reach needs a key, or somebody who says that it needs none.
/// Errors: invalid_value.
Result<void> check_doors(const ServeOptions& options, const Document& document);

/// The names by which people may come, and whether anybody may.
void note_doors(const ServeOptions& options, NodeState& state);
/// Where people and programs come in, on the standard output.
void print_doors(
  const ServeOptions& options, const std::vector<std::string>& addresses, const Secret& code);

} // namespace gateway
