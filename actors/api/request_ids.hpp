#pragma once

#include "net/base/time.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace gateway {

/// Makes the ids of requests: "req_", the time in milliseconds, then chance; they sort by time and
/// no two nodes make the same. Thread: one io thread.
class RequestIds {
public:
  explicit RequestIds(std::size_t thread_number) {
    std::random_device chance;
    std::seed_seq seed{
      chance(), chance(), chance(), chance(), static_cast<unsigned>(thread_number)};
    random_.seed(seed);
  }

  std::string next(WallTime now) {
    constexpr std::array digits{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a',
                                'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n',
                                'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'y', 'z'};
    constexpr int time_digits = 9; // 45 bits of milliseconds: until the year 3084
    constexpr int chance_digits = 11;
    constexpr std::string_view prefix = "req_";
    std::array<char, prefix.size() + time_digits + chance_digits> id;
    auto* at = std::ranges::copy(prefix, id.data()).out + time_digits;
    auto time = static_cast<std::uint64_t>(milliseconds_since_epoch(now));
    for (int i = 1; i <= time_digits; ++i, time >>= 5) at[-i] = digits[time & 31];
    auto chance = random_();
    for (int i = 0; i < chance_digits; ++i, chance >>= 5) at[i] = digits[chance & 31];
    return {id.data(), id.size()};
  }

private:
  std::mt19937_64 random_;
};

} // namespace gateway
