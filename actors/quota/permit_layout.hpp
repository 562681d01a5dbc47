#pragma once

#include "actors/quota/quota.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

/// What lies in the shared mapping, byte for byte (cluster-quota.md, section 4). A process may be
/// killed between any two stores; the order of stores is permit_book.cpp's business.
namespace gateway {

/// Tests set it to look at the mapping after every single store; null otherwise.
inline void (*after_each_store)() = nullptr;

/// One number of 64 bits in the mapping. Every store is a release at least, so the compiler keeps
/// their order, which is all that a kill needs: what has retired reaches the memory.
class Cell {
public:
  std::int64_t load() const noexcept { return value_.load(std::memory_order_acquire); }
  void store(std::int64_t value) noexcept {
    value_.store(value, std::memory_order_release);
    stored();
  }
  void add(std::int64_t value) noexcept {
    value_.fetch_add(value, std::memory_order_acq_rel);
    stored();
  }
  std::int64_t exchange(std::int64_t value) noexcept {
    const auto before = value_.exchange(value, std::memory_order_acq_rel);
    stored();
    return before;
  }
  /// Subtracts `amount` if so much is there.
  bool try_subtract(std::int64_t amount) noexcept {
    auto seen = value_.load(std::memory_order_acquire);
    while (seen >= amount) {
      if (value_.compare_exchange_weak(seen, seen - amount, std::memory_order_acq_rel)) {
        stored();
        return true;
      }
    }
    return false;
  }

private:
  static void stored() noexcept {
    if (after_each_store != nullptr) after_each_store();
  }
  std::atomic<std::int64_t> value_;
};
static_assert(sizeof(Cell) == 8 && std::atomic<std::int64_t>::is_always_lock_free);

using Id = std::array<std::uint8_t, 16>; // all zero: unknown

constexpr std::uint32_t layout_number = 1;
constexpr std::size_t page_bytes = 4'096;
constexpr std::uint32_t members_max = 128; // of a cluster at a time

/// A `raw` book was being made when its process died; a `prepared` one waits for its epoch; of a
/// `lost` one no member of the cluster has told yet what it holds.
enum class BookState : std::int64_t { raw = 0, prepared = 1, live = 2, lost = 3 };

/// Page 0.
struct PermitHeader {
  // The constant part, summed.
  std::array<char, 8> magic; // "LLMGWPB1"
  std::uint32_t layout;
  std::uint32_t slots;
  std::uint32_t pairs;
  std::uint32_t members;
  Id node;
  Id machine;
  Id boot;
  Id generation;
  std::uint64_t checksum;
  // What changes.
  Cell state;    // BookState
  Cell begun_as; // BookBeginning
  Cell epoch;
  Cell member; // this node's number in the cluster + 1; 0: nobody said
  Cell record; // the newest version of the cluster's record that was in force here
  Cell unused;
  Cell lost_at;       // boot ns until which an older life's use is unknown; 0: all is known
  Cell alive_at;      // boot ns when a life of this book was there last; 0: nobody said
  Cell contact_since; // the version that set the terms of contact
  Cell contact_at;    // boot ns when it had contact by them last; 0: never
};
static_assert(sizeof(PermitHeader) <= page_bytes);

/// Page 1: what is known of each member of the cluster.
struct PermitMember {
  Cell number;
  Cell epoch_seen;
  Cell newest_sent;
  Cell record; // the newest version of the cluster's record that it said it has; 0: none
};
static_assert(sizeof(PermitMember) == 32 && sizeof(PermitMember) * members_max == page_bytes);

constexpr std::int64_t ring_buckets = 256;
/// More permits than any limit means; sums over a ring of so many fit into 64 bits.
constexpr std::int64_t permits_max = std::int64_t{1} << 54;

// Clocks drift by 5e-4 at most (cluster-quota.md, section 17): whoever waits, waits 4 times that
// more.
constexpr Nanoseconds stretched(Nanoseconds wait) noexcept {
  return wait + wait / 500;
}

enum class SlotState : std::int64_t { free = 0, live = 1, closing = 2 };

/// One quota. Line by line of 64 bytes, so that admission, moves and sweeps don't share one.
struct alignas(64) PermitSlot {
  // Line 0: constant while the slot is taken, summed.
  QuotaKey key;
  std::uint32_t number;
  std::uint8_t unit;
  std::uint8_t calendar;
  std::array<std::uint8_t, 2> unused;
  std::int64_t window; // ns
  std::int64_t width;  // ns of a bucket; 0 in calendar mode
  std::uint64_t checksum;
  Cell state; // SlotState

  // Line 1: two copies and the one in force; a change fills the other, then stores `which`.
  struct alignas(8) Terms {
    Cell version;
    Cell init;
    Cell owed;
  };
  alignas(64) Cell which;
  std::array<Terms, 2> terms;
  Cell delay; // ns: D, for a life after this one

  // Lines 2, 3, 4.
  alignas(64) Cell idle;
  alignas(64) Cell pool;
  alignas(64) Cell cursor; // bucket that the sweep has reached
  Cell first_pair;         // number of a pair + 1
  Cell used_total;         // ever used, for the journal
  Cell series;             // names this slot's life in the journal

  alignas(64) std::array<Cell, ring_buckets> ring;
};
static_assert(sizeof(PermitSlot) == 5 * 64 + 2'048);

/// What is with calls: all that is held and neither usable nor cooling. `moved`: what came from
/// other members less what went to them.
std::int64_t in_flight_in(const PermitSlot& slot, std::int64_t moved) noexcept;

/// D is never learned to be more (cluster-quota.md, section 10).
constexpr Nanoseconds count_delay_most = 5s;
/// Width of a bucket of the ring; 0 in calendar mode, whose buckets are the periods.
Nanoseconds bucket_width(const QuotaSpec& spec) noexcept;

/// Sums the constant part.
std::uint64_t sum_of(const PermitSlot& slot) noexcept;
std::uint64_t sum_of(const PermitHeader& header) noexcept;

/// Where things lie in a file of that many slots and pairs.
constexpr std::uint32_t pairs_per_slot = 4;
/// So many slots that the document's quotas can all be other ones at once, and that each member
/// may have moved permits of each of them. A node without room for a pair gives it nothing.
constexpr std::uint32_t slots_for(std::uint32_t quotas, std::uint32_t members) noexcept {
  const auto for_pairs = quotas * members / pairs_per_slot + 1;
  return 2 * quotas > for_pairs ? 2 * quotas : for_pairs;
}
PermitHeader& header_in(std::byte* book) noexcept;
PermitSlot* slots_in(std::byte* book) noexcept;
std::size_t book_bytes(std::uint32_t slots) noexcept;

/// What two nodes ever gave each other of one quota; linked from the slot by one store.
struct PermitPair {
  std::uint32_t slot;
  std::uint32_t member;
  Cell next; // number of a pair + 1
  Cell giv;
  Cell rcv;
  Cell given_until; // boot ns: what was given last cools until then; 0: it was usable
  Cell closed_in;   // version that removed the member; 0: it counts
};
static_assert(sizeof(PermitPair) == 48);

} // namespace gateway
