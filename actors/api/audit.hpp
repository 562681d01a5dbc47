#pragma once

#include "actors/api/context.hpp"
#include "net/base/co.hpp"
#include "net/http/exchange.hpp"

namespace gateway {

/// Writes what an admin does into the audit log. It is done after that where it can be, and always
/// acknowledged after that. `act` says what it is (kind, text, ref); who, and from where, is added.
/// Errors: storage_unavailable.
Co<Result<void>>
tell(Context& context, const Exchange& exchange, const Caller& caller, EventRecord act);

} // namespace gateway
