#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gateway::testing {

/// A blocking client over TLS that takes any certificate. Its construction throws if the
/// handshake fails; every wait ends after ten seconds.
class TlsClient {
public:
  static constexpr int tls11 = 0x0302;
  static constexpr int tls12 = 0x0303;
  struct Wishes {
    int version_max = 0;               // none
    std::string protocol = "http/1.1"; // offered by ALPN
  };

  explicit TlsClient(std::uint16_t port);
  TlsClient(std::uint16_t port, const Wishes& wishes);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool send(std::string_view bytes);
  /// As RawClient::read_until.
  std::string read_until(std::string_view mark);
  /// The other side said that nothing more comes, and nothing did.
  bool is_closed_in_order();
  bool has_something_to_read(int wait_ms);

  std::string protocol() const;
  std::string version() const;
  /// The common name of the certificate that was shown.
  std::string peer_name() const;

private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

} // namespace gateway::testing
