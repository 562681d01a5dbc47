#pragma once

#include "actors/api/context.hpp"
#include "net/base/co.hpp"
#include "net/http/exchange.hpp"

#include <string>

namespace gateway {

/// The provider as it is now; not_found where there is none of that name.
Co<void> answer_provider(Context& context, Exchange& exchange, std::string name);
Error no_provider();

} // namespace gateway
