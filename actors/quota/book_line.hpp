#pragma once

#include "actors/quota/quota.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The lines of DATA/permits.journal.jsonl and DATA/permits.clean.json: JSON objects with a sum at
/// their end, which only this room writes. A line whose sum is right is one of ours, so it is read
/// by its exact shape.
namespace gateway {

/// `{"a":1` → `{"a":1,"sum":"…"}`.
void seal_line(std::string& line);
/// The line without its seal, `{"a":1`; none if the sum is wrong.
std::optional<std::string_view> unsealed(std::string_view line) noexcept;

/// Takes the expected pieces from the front of a line.
class LineReader {
public:
  explicit LineReader(std::string_view line) : rest_(line) {}

  bool take(std::string_view piece) noexcept;
  template <std::integral Number>
  bool take_number(Number& number) noexcept;
  bool take_key(QuotaKey& key) noexcept;
  /// Up to the next quote, which stays.
  std::string_view take_text() noexcept;
  bool at_end() const noexcept { return rest_.empty(); }

private:
  std::string_view rest_;
};

} // namespace gateway
