#pragma once

#include "net/base/time.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <string>

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
    std::string id = "req_";
    auto time = static_cast<std::uint64_t>(milliseconds_since_epoch(now));
    id.resize(4 + time_digits);
    for (int i = time_digits - 1; i >= 0; --i, time >>= 5)
      id[static_cast<std::size_t>(4 + i)] = digits[time & 31];
    auto chance = random_();
    for (int i = 0; i < chance_digits; ++i, chance >>= 5) id += digits[chance & 31];
    return id;
  }

private:
  std::mt19937_64 random_;
};

} // namespace gateway
