#pragma once

#include "actors/api/context.hpp"
#include "net/base/co.hpp"
#include "net/http/exchange.hpp"

namespace gateway {

/// Writes what an admin did into the audit log; what he did is acknowledged after that. `act` says
/// what it was (kind, text, ref); who, and from where, is added. Errors: storage_unavailable.
Co<Result<void>>
tell(Context& context, const Exchange& exchange, const Caller& caller, EventRecord act);

} // namespace gateway
