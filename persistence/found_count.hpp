#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

class PackedReader;

/// How many items of a log a question has; at least so many where it is not exact.
struct FoundCount {
  std::uint64_t value = 0;
  bool exact = true;

  friend bool operator==(const FoundCount&, const FoundCount&) = default;
};

/// As "4711x", without the x where it is not exact; and back.
std::string count_text(const FoundCount& count);
std::optional<FoundCount> read_count_text(std::string_view text) noexcept;

/// As packed bytes (packed_bytes.hpp); and back.
void append_packed_count(std::string& out, const FoundCount& count);
FoundCount read_packed_count(PackedReader& reader) noexcept;

} // namespace gateway
