#pragma once

#include "net/upstream/upstream.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace gateway {

/// The last session an origin gave, to be resumed by its next connection: a round trip and the
/// certificate's check are saved, and the origin was verified when the session began.
/// Thread: one io thread; it outlives the connections that were told of it.
class TlsSession {
public:
  /// Before the handshake: offers the kept session and asks for the next one. `tls` is an SSL*,
  /// `session` a TlsSession*.
  static void prepare(void* tls, void* session) noexcept;

private:
  friend class TlsRoots;
  struct Free {
    void operator()(ssl_session_st* session) const noexcept;
  };
  std::unique_ptr<ssl_session_st, Free> kept_;
};

/// True if bytes of the peer lie within TLS that nobody has read. `tls` is an SSL*.
bool tls_has_unread(void* tls) noexcept;

class TlsRoots {
public:
  TlsRoots();
  boost::asio::ssl::context& context() noexcept { return context_; }

private:
  static int on_new_session(ssl_st* tls, ssl_session_st* session) noexcept;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
};

} // namespace gateway
