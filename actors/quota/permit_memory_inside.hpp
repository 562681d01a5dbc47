#pragma once

#include "actors/quota/book_file.hpp"
#include "actors/quota/clean_stop.hpp"
#include "actors/quota/permit_memory.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What PermitMemory keeps; seen by its own source alone.
namespace gateway {

inline constexpr std::array<char, 8> magic{'L', 'L', 'M', 'G', 'W', 'P', 'B', '1'};
inline constexpr std::uint32_t slots_max = 1U << 20U;

inline bool is_known(const Id& id) noexcept {
  return id != Id{};
}

struct PermitMemory::Inside {
  Inside(BookFile opened, PastJournal past) : file(std::move(opened)), journal(std::move(past)) {}

  /// The file is what it will be while this lives.
  void begin(Instant now) {
    claimed.resize(header().slots, false);
    left_at.resize(header().slots, now);
    if (!pairs) pairs = std::make_unique<PermitPairs>(file.bytes());
  }

  PermitHeader& header() const noexcept { return header_in(file.bytes()); }
  PermitSlot& slot(std::size_t index) const noexcept { return slots_in(file.bytes())[index]; }
  std::size_t index_of(const PermitSlot& wanted) const noexcept {
    return static_cast<std::size_t>(&wanted - &slot(0));
  }
  SlotState state_of(std::size_t index) const noexcept {
    return static_cast<SlotState>(slot(index).state.load());
  }

  /// The file is a book of this layout, whole and undamaged.
  bool is_readable() const noexcept {
    if (file.size() < 2 * page_bytes) return false;
    const auto& head = header();
    if (head.magic != magic || head.layout != layout_number || head.slots > slots_max) return false;
    if (head.checksum != sum_of(head) || head.pairs != head.slots * pairs_per_slot) return false;
    if (file.size() != book_bytes(head.slots)) return false;
    for (std::size_t i = 0; i < head.slots; ++i)
      if (state_of(i) != SlotState::free && slot(i).checksum != sum_of(slot(i))) return false;
    return true;
  }

  std::string why_lost(const BookIdentity& identity) const;
  bool is_of_another_epoch(const BookIdentity& identity) const noexcept {
    return static_cast<BookState>(header().state.load()) >= BookState::live
      && header().epoch.load() != static_cast<std::int64_t>(identity.epoch);
  }
  /// It came here, or a copy of it went away and another life of it was there since.
  bool may_live_elsewhere(const BookIdentity& identity) const noexcept {
    return header().machine != id_from(identity.machine)
      || header().generation != id_from(identity.generation) || is_of_another_epoch(identity);
  }
  Result<void> begin_anew(const Place& place, const BookIdentity& identity);
  bool restore_all(const CleanStop& stop, Moment now);
  void doubt_journal(Moment now) noexcept {
    const auto later =
      std::max(Instant{Nanoseconds{header().lost_at.load()}} - now.at, Nanoseconds{0});
    journal.doubt(now.wall + std::chrono::ceil<Milliseconds>(later));
  }
  bool is_spent(std::size_t index, Instant now) const noexcept;

  BookFile file;
  BookBeginning beginning = BookBeginning::first;
  std::string lost_because;
  PastJournal journal;
  std::unique_ptr<PermitPairs> pairs;
  /// Of these three: a new document comes to each owner on whichever thread it is running.
  std::mutex mutex;
  std::map<QuotaKey, std::size_t> by_key; // slots that are not free
  std::vector<bool> claimed;
  std::vector<Instant> left_at; // when a slot's last book went, at the latest
};

} // namespace gateway
