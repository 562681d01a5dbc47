#pragma once

#include "net/base/time.hpp"
#include "persistence/request_id.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace gateway {

/// A client's x-request-id is taken over if it can do no harm in a log or a header.
inline bool is_sane_request_id(std::string_view id) {
  constexpr std::size_t bytes_max = 128;
  return !id.empty() && id.size() <= bytes_max && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'
      || c == '_' || c == '.' || c == ':';
  });
}

/// Makes the ids of requests (persistence/request_id.hpp): they sort by time, and no two nodes make
/// the same. Thread: one io thread.
class RequestIds {
public:
  explicit RequestIds(std::size_t thread_number) {
    std::random_device chance;
    std::seed_seq seed{
      chance(), chance(), chance(), chance(), static_cast<unsigned>(thread_number)};
    random_.seed(seed);
  }

  std::string next(WallTime now) {
    constexpr auto prefix = request_id_prefix;
    constexpr auto digits = request_id_digits;
    constexpr auto time_digits = request_id_time_digits;
    constexpr auto chance_digits = request_id_chance_digits;
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
