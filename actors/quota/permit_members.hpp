#pragma once

#include "actors/quota/permit_layout.hpp"

#include <cstddef>
#include <cstdint>

namespace gateway {

/// Which life of each member counts, remembered in the mapping: once a member's older life was
/// closed, no message of it counts any more, whatever dies in between.
/// Thread: the broker's alone.
class PermitMembers {
public:
  /// `book`: mapped, of this layout, for longer than this lives.
  explicit PermitMembers(std::byte* book) noexcept : book_(book) {}

  /// The newest epoch seen of a member; 0: none.
  std::uint64_t epoch_of(std::uint32_t member) const noexcept;
  /// From now on older ones are closed. False: there is no room for another member.
  bool see(std::uint32_t member, std::uint64_t epoch) noexcept;
  /// The member was removed; its number is never another's.
  void forget(std::uint32_t member) noexcept;

private:
  PermitMember* find(std::int64_t number) const noexcept;

  std::byte* book_;
};

} // namespace gateway
