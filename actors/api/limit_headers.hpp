#pragma once

#include "actors/router/walk.hpp"
#include "net/base/header_list.hpp"
#include "net/base/time.hpp"

#include <string>

namespace gateway {

/// "250ms", "59s", "6m0s", "24h0m0s": rounded up, as OpenAI writes the time to a reset.
std::string to_reset_text(Milliseconds wait);

/// `x-ratelimit-…-requests` and `-tokens` for a caller who has such limits; none for another.
void add_limit_headers(HeaderList& fields, const CallerLimits& limits);

} // namespace gateway
