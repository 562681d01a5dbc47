#pragma once

#include "actors/quota/permit_layout.hpp"
#include "actors/quota/permit_pairs.hpp"
#include "actors/quota/quota.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// The book as an orderly stop left it; the text of DATA/permits.clean.json.
struct CleanStop {
  /// A part of what was not idle. `when`: the calendar period's number, or nanoseconds left.
  struct Out {
    std::int64_t amount = 0;
    std::int64_t when = 0;
  };
  struct Slot {
    QuotaKey key;
    std::uint32_t unit = 0;
    std::uint32_t calendar = 0;
    std::int64_t window = 0;
    std::int64_t width = 0;
    std::int64_t delay = 0;
    std::int64_t init = 0;
    std::int64_t owed = 0;
    std::int64_t idle = 0;
    std::int64_t used_total = 0;
    std::int64_t series = 0;
    std::int64_t cursor = 0; // calendar mode: the last period that is over
    std::vector<Out> out;
    // Of a cluster's member.
    struct Pair {
      std::uint32_t member = 0;
      std::int64_t given = 0;
      std::int64_t received = 0;
      std::int64_t closed_in = 0;
      std::uint32_t cools = 0; // what was given last
    };
    std::int64_t version = 0;
    std::vector<Pair> pairs;
  };
  Id node{};
  Id machine{};
  std::uint64_t epoch = 0;
  WallTime at{};
  std::vector<Slot> slots;
};

std::string write_clean_stop(const CleanStop& stop);
/// None if a byte of it is not as written.
std::optional<CleanStop> read_clean_stop(std::string_view text);

/// The slot as it stands. In calendar mode what is in flight may be counted in the next period.
CleanStop::Slot snapshot_of(const PermitSlot& slot, const PermitPairs& pairs, Instant now);
/// Fills a free slot as it was. Short windows are waited out; of long ones `elapsed` is over.
/// Gives `live` as the last store.
void restore(PermitSlot& slot, const CleanStop::Slot& saved, Instant now, Nanoseconds elapsed);
/// What a restored slot gave and received; false: there is no room for it.
bool restore_pairs(PermitSlot& slot, PermitPairs& pairs, const CleanStop::Slot& saved, Instant now);

/// 32 hex digits, dashes ignored, as /etc/machine-id and boot_id have them; all zero if it is none.
Id id_from(std::string_view text) noexcept;
std::string hex_text(const Id& id);

} // namespace gateway
