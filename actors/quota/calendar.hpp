#pragma once

#include "actors/config/document.hpp"
#include "net/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace gateway {

/// A time zone's rules, read from the system's zone files. g++ 12 has no zone database and the C
/// library knows one zone per process, so the files (RFC 8536) are read here.
class Zone {
public:
  /// "utc" (or "UTC", "Etc/UTC" from its file) or a name like "America/Los_Angeles".
  /// Errors: invalid_value, when there is no such zone or its file is none.
  static Result<std::shared_ptr<const Zone>> find(std::string_view name);
  /// Of a zone file's bytes. Errors: invalid_value.
  static Result<std::shared_ptr<const Zone>> read(std::string_view bytes);

  virtual ~Zone() = default;
  /// Local time less UTC.
  virtual std::chrono::seconds offset_at(std::chrono::sys_seconds at) const noexcept = 0;
};

/// A day, a week from Monday on, or a month, from one local midnight to another.
struct Period {
  std::int64_t ordinal = 0; // consecutive periods have consecutive numbers
  std::chrono::sys_seconds begins{};
  std::chrono::sys_seconds ends{};
};

/// The period that `at` lies in. `kind` is not sliding.
Period period_at(const Zone& zone, WindowKind kind, std::chrono::sys_seconds at) noexcept;

} // namespace gateway
