#pragma once

#include <cstddef>

// g++ defines macros for it, clang answers a question.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GATEWAY_SANITIZED true
#elif defined(__has_feature)
#define GATEWAY_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define GATEWAY_SANITIZED false
#endif

namespace gateway::testing {

constexpr bool sanitized = GATEWAY_SANITIZED;

/// How far a loop over every place of a text goes at a time. The plain build tries each; under a
/// sanitizer, which runs the same code fifty times as slowly, a prime share of them must do.
constexpr std::size_t stride = sanitized ? 7 : 1;

} // namespace gateway::testing
