#pragma once

#include "actors/config/document.hpp"
#include "actors/quota/zone.hpp"

#include <chrono>
#include <cstdint>

namespace gateway {

/// A day, a week from Monday on, or a month, from one local midnight to another. Where a midnight
/// does not exist (the clock is put forward over it) the day begins at that moment, where it is
/// there twice, with the first.
struct Period {
  std::int64_t ordinal = 0; // consecutive periods have consecutive numbers
  std::chrono::sys_seconds begins{};
  std::chrono::sys_seconds ends{};
};

/// The period that `at` lies in. `kind` is not sliding.
Period period_at(const Zone& zone, WindowKind kind, std::chrono::sys_seconds at) noexcept;
/// The period of that number.
Period period_of(const Zone& zone, WindowKind kind, std::int64_t ordinal) noexcept;

} // namespace gateway
