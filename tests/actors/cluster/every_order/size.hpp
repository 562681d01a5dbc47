#pragma once

#include "actors/quota/permit_layout.hpp"
#include "actors/quota/quota.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <cstdint>
#include <vector>

namespace gateway {

/// How large a world is of which every order of steps is tried. Time goes in ticks, the same at all
/// nodes; what the book adds for clocks that drift is part of a tick, so that all it waits for is
/// over at the very tick at which the provider forgets.
struct Size {
  static constexpr std::uint32_t nodes_max = 3;
  static constexpr Nanoseconds tick = stretched(5s);

  std::vector<std::int64_t> inits; // of each member; their sum is the limit
  int window = 1;                  // ticks
  int delay = 0;                   // ticks, 0 or 1: D
  int given_most = 1;              // permits that one ever gives to another; then it gives no more
  int crashes = 0;                 // of machines, all together
  bool have_met = false;           // in the beginning each has heard each other
  bool has_pool = false;           // what is received or given may lie in the pool
  bool gives_cooling = false;
  bool stays_down = false;  // time passes between a kill and the next life
  bool has_threads = false; // calls begin and end in another thread in the midst of a move

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(inits.size()); }
  std::int64_t limit() const {
    std::int64_t sum = 0;
    for (const auto init : inits) sum += init;
    return sum;
  }
  int held() const { return window + delay; } // a call, from its write on
  QuotaSpec spec(std::uint32_t member) const {
    auto spec = per_minute(limit());
    spec.window = window * 5s;
    spec.count_delay = delay * 5'000ms;
    QuotaShare share{1, inits[member], {}, nodes()};
    for (std::uint32_t i = 0; i < nodes(); ++i) share.members.push_back(i);
    spec.share = share;
    return spec;
  }
  std::int64_t buckets_of_tick() const { return tick / bucket_width(spec(0)); }
};

} // namespace gateway
