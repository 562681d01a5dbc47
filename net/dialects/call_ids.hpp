#pragma once

#include "net/unified/chat.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace gateway {

/// A number made of an id's bytes, the same each time; `begun` is that of what stands before them.
/// No secret hangs on it. Source: FNV-1a, 64 bits.
std::uint64_t
digest_of(std::string_view text, std::uint64_t begun = 14695981039346656037u) noexcept;

/// Sixteen digits.
std::string hex_of(std::uint64_t number);

/// Gives tool calls the ids that a provider leaves out or gives twice: the same answer gets the
/// same ids each time it is read.
class CallIds {
public:
  /// `answer` is what tells the answer from others: its id or the time it was made.
  void take(Block& call, std::string_view answer, std::int64_t choice);

private:
  std::unordered_set<std::string> given_;
  std::uint64_t calls_ = 0;
};

/// APIs that bound a call's id take so many characters.
constexpr std::size_t call_id_bytes_max = 64;

/// An id in the charset that strict APIs want: letters, digits, `_` and `-`. Foreign ones stay
/// apart: a digest of what they were goes behind what is left of them.
std::string plain_call_id(std::string_view id);

/// An id of that many letters and digits, no more and no less; 16 at most.
std::string short_call_id(std::string_view id, std::size_t length);

} // namespace gateway
