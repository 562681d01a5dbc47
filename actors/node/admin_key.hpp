#pragma once

#include "actors/node/options.hpp"
#include "net/base/result.hpp"

#include <string>

namespace gateway {

/// The hash of the node's admin key: the one given, else DATA/admin-key, which is made (mode 0600)
/// where there is none. The key itself is kept nowhere. Errors: storage_unavailable, invalid_value.
Result<std::string> load_admin_key(const ServeOptions& options);

} // namespace gateway
