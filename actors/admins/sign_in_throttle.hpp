#pragma once

#include "net/base/allowance.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Slows the guessing of admin keys and sign-in codes: what a client presents is not even looked
/// at while it, or everybody together, guessed wrong too often. A client is an address; of IPv6 the
/// network of 64 bits, which one person has. Thread: its owner's.
class SignInThrottle {
public:
  static constexpr std::int64_t client_at_once = 10;
  static constexpr Nanoseconds client_one_in = std::chrono::seconds{10};
  static constexpr std::int64_t all_at_once = 100;
  static constexpr Nanoseconds all_one_in = std::chrono::seconds{1};
  /// An address that was right so lately is not held up by what others guess.
  static constexpr Nanoseconds known_for = std::chrono::hours{12};
  static constexpr std::size_t known_max = 256;
  static constexpr std::size_t clients_max = 1'024;

  /// How long this client must wait; none: it may try.
  std::optional<Milliseconds> wait(std::string_view client, Instant now) const;
  void failed(std::string_view client, Instant now);
  void succeeded(std::string_view client, Instant now);

private:
  bool is_known(const std::string& client, Instant now) const;

  std::map<std::string, Allowance> clients_; // those that failed lately
  std::map<std::string, Instant> known_;     // when they were right last
  Allowance all_{all_at_once, all_one_in};
};

/// What stands for a client here: its IPv4 address, or the network of its IPv6 address.
std::string client_network(std::string_view address);

} // namespace gateway
