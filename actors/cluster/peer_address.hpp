#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace gateway {

/// Where a node's cluster port can be reached. No host: where whoever is told sees the node.
struct PeerAddress {
  std::string host; // a name, or an IP address without brackets
  std::uint16_t port = 0;

  friend auto operator<=>(const PeerAddress&, const PeerAddress&) = default;
};

/// HOST:PORT, [v6]:PORT.
inline std::string text_of(const PeerAddress& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

} // namespace gateway
