#pragma once

#include "net/unified/failure.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// What a status means where the body says nothing (providers/limits.md, section 3).
FailureKind kind_of_status(int status) noexcept;

/// A failure with the text of ours that belongs to its kind.
Failure make_failure(FailureKind kind, int status);

/// Whether to wait helps.
bool is_worth_a_wait(FailureKind kind) noexcept;

/// A wait of which it is not certain that it is right makes the failure's longer, never shorter.
void wait_at_least(Failure& failure, std::optional<std::chrono::milliseconds> told) noexcept;

/// Whether a provider's message says that the prompt is longer than the model can take: the last
/// resort where no code does (providers/limits.md, section 4, generic patterns).
bool says_context_too_long(std::string_view message);
/// The same for a spent balance or plan.
bool says_quota_exhausted(std::string_view message);

/// A text without regard to ASCII case.
std::string lower_ascii(std::string_view text);

} // namespace gateway
