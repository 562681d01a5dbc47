#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway {

/// When a request of that id began, in milliseconds since the epoch; nothing where the id is none
/// that a gateway makes: "req_", the time in nine digits, and eleven of chance, the digits those of
/// request_id_digits.
std::optional<std::int64_t> request_id_time(std::string_view id) noexcept;

constexpr std::string_view request_id_prefix = "req_";
constexpr std::string_view request_id_digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int request_id_time_digits = 9; // 45 bits of milliseconds: until the year 3084
constexpr int request_id_chance_digits = 11;

} // namespace gateway
