#pragma once

#include <cstddef>

namespace gateway::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// How far a loop over every place of a text goes at a time. The plain build tries each; under a
/// sanitizer, which runs the same code fifty times as slowly, a prime share of them must do.
constexpr std::size_t stride = sanitized ? 7 : 1;

} // namespace gateway::testing
