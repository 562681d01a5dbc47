#pragma once

#include "actors/quota/permit_layout.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

namespace gateway {

/// Which member this node is and which life of each other one counts, remembered in the mapping:
/// once a member's older life was closed, no message of it counts any more, whatever dies in
/// between.
/// Thread: the broker's alone.
class PermitMembers {
public:
  /// `book`: mapped, of this layout, for longer than this lives.
  explicit PermitMembers(std::byte* book) noexcept : book_(book) {}

  /// Whose part of the cluster's quotas is here, by the newest version of its record that was in
  /// force; none: nobody said. Older ones are not to be gone by any more: whoever went since seems
  /// to be there, and nobody remembers that its lives were closed.
  std::optional<std::uint32_t> self() const noexcept;
  std::uint64_t record() const noexcept;
  void follow(std::uint32_t self, std::uint64_t record) noexcept;

  /// The newest epoch seen of a member; 0: none.
  std::uint64_t epoch_of(std::uint32_t member) const noexcept;
  /// From now on older ones are closed. False: there is no room for another member.
  bool see(std::uint32_t member, std::uint64_t epoch) noexcept;
  /// The newest version of the cluster's record that any life of a member said it has; 0: none.
  std::uint64_t record_of(std::uint32_t member) const noexcept;
  /// Of one that was seen.
  void note_record(std::uint32_t member, std::uint64_t version) noexcept;
  /// The others are gone; their numbers are never anybody's again.
  void keep_only(const std::set<std::uint32_t>& members) noexcept;

private:
  PermitMember* find(std::int64_t number) const noexcept;

  std::byte* book_;
};

} // namespace gateway
