#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

class TlsServer;

/// Where a server listens. `host` is a name or an address (IPv6 with or without brackets).
struct Listen {
  std::string host;
  std::uint16_t port = 0; // 0 picks a free one
};

/// The listening sockets of one address, one per io thread, between which the kernel spreads
/// connections (SO_REUSEPORT). Closes those that nobody took.
class Listener {
public:
  /// The first socket listens before it shares its port: so a port that another process listens
  /// on is refused even where that one shares it, and there is no moment between asking and having.
  /// Errors: invalid_value, naming the address and the reason.
  static Result<std::unique_ptr<Listener>>
  open(const Listen& where, std::size_t sockets, int queue, std::shared_ptr<TlsServer> tls);

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Hands over socket number `index`, once.
  int take(std::size_t index) noexcept;

  /// `http://HOST:PORT`, with the host as it was asked for and the port that was got.
  const std::string& address() const noexcept { return address_; }
  bool is_loopback() const noexcept { return is_loopback_; }
  const std::shared_ptr<TlsServer>& tls() const noexcept { return tls_; }

private:
  Listener() = default;

  std::vector<int> sockets_; // -1: taken
  std::string address_;
  std::shared_ptr<TlsServer> tls_;
  bool is_loopback_ = false;
};

/// Makes the kernel drop new connection requests to a listening socket, unanswered, while those
/// that wait or are half-way still come in. Without it, whoever connects between the last accept
/// and the close would be reset; so he asks again a second later and finds another server or none.
/// Where the kernel does not know how, nothing changes.
void refuse_new_connections(int listening_socket) noexcept;

} // namespace gateway
