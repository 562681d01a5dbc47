#pragma once

#include "actors/router/walk.hpp"
#include "net/base/error.hpp"

namespace gateway {

/// What a request is told after attempts, when nobody is left or may be tried: names each provider
/// that failed with its reason, and those that were not asked. Where all were refused for a limit,
/// 429 with the time when the first of all candidates may answer, tried or not.
Error all_failed_error(const Walk& walk, Instant now);

} // namespace gateway
