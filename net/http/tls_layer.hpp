#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;
struct bio_st;

namespace gateway {

/// TLS of one connection, over bytes that somebody else moves: what came is given in, what it
/// wants sent is taken out after each step, whatever that came to.
/// Errors: `eof` when the peer has said good-bye, `stream_truncated` where it should have, else
/// OpenSSL's. Thread: one at a time.
class TlsLayer {
public:
  enum class Side { client, server };
  TlsLayer(ssl_ctx_st* context, Side side);
  ~TlsLayer();
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  /// The peer must prove to be `host`, a name or an address, before the handshake ends. A name is
  /// sent as SNI, an address is not (RFC 6066). False where that can't be asked for.
  bool expect_host(const std::string& host);

  /// How far a step came.
  struct Step {
    boost::system::error_code error;
    std::size_t bytes = 0;
    bool wants_more = false; // of the peer's bytes: it is to be repeated then
  };
  Step shake_hands();
  Step read(char* into, std::size_t room);
  /// All of it, at once.
  Step write(std::string_view bytes);
  /// Says good-bye; repeated until the peer has, too.
  Step say_good_bye();

  /// Bytes of the peer.
  void give(std::string_view bytes);
  /// The peer sends no more of them: why, as a step would say it.
  boost::system::error_code why_ended() const;
  /// Moves what is to be sent to the end of `out`.
  void take(std::string& out);

  ssl_st* native() noexcept { return tls_.get(); }

private:
  Step outcome(int returned) const;

  struct Free {
    void operator()(ssl_st* tls) const noexcept;
  };
  std::unique_ptr<ssl_st, Free> tls_; // owns both
  bio_st* from_peer_;
  bio_st* to_peer_;
};

} // namespace gateway
