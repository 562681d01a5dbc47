#pragma once

#include "actors/quota/permit_layout.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace gateway {

/// The pair records of a mapping: one for each quota and member that ever moved permits between
/// them, linked from the quota's slot. A node alone has none.
/// Thread: `make` and `drop_closed` any; a slot's chain is its owner's.
class PermitPairs {
public:
  /// `book`: mapped, of this layout, for longer than this lives.
  explicit PermitPairs(std::byte* book) noexcept : book_(book) {}

  /// None: nothing was ever moved.
  PermitPair* find(const PermitSlot& slot, std::uint32_t member) const noexcept;
  /// The same, made where it is missing; null when all records are taken.
  PermitPair* make(PermitSlot& slot, std::uint32_t member);
  /// All of a slot, newest first.
  std::vector<PermitPair*> of(const PermitSlot& slot) const;
  /// Σ received − Σ given, of those members that count.
  std::int64_t moved(const PermitSlot& slot) const noexcept;
  /// Those that count no more are free again: nobody has that number any more, nor will.
  void drop_closed(PermitSlot& slot);
  /// Every record that a chain leads to is there, is the slot's, and says nothing impossible.
  bool is_whole(const PermitSlot& slot) const noexcept;

private:
  PermitPair* at(std::int64_t link) const noexcept;
  void mark_taken();

  std::byte* book_;
  std::mutex mutex_;
  std::vector<bool> taken_; // by number; empty until the first is made
};

/// A member that was removed counts no more from the version on that removed it.
bool counts(const PermitPair& pair, std::int64_t version) noexcept;

} // namespace gateway
