#include "tests/net/http/tls_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <poll.h>
#include <sys/socket.h>

namespace gateway::testing {
namespace asio = boost::asio;

struct TlsClient::Inside {
  asio::io_context io;
  asio::ssl::context context{asio::ssl::context::tls_client};
  asio::ssl::stream<asio::ip::tcp::socket> stream{io, context};
  std::string received;
};

TlsClient::TlsClient(std::uint16_t port) : TlsClient(port, Wishes{}) {}

TlsClient::TlsClient(std::uint16_t port, const Wishes& wishes)
    : inside_(std::make_unique<Inside>()) {
  auto& stream = inside_->stream;
  auto& socket = stream.next_layer();
  socket.connect({asio::ip::address_v4::loopback(), port});
  const timeval patience{10, 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  auto* const native = stream.native_handle();
  if (wishes.version_max != 0) {
    // Level 0 is what OpenSSL wants for protocols as old as the ones that must be refused.
    SSL_set_security_level(native, 0);
    SSL_ctrl(native, SSL_CTRL_SET_MAX_PROTO_VERSION, wishes.version_max, nullptr);
  }
  std::basic_string<unsigned char> offered{static_cast<unsigned char>(wishes.protocol.size())};
  offered.append(wishes.protocol.begin(), wishes.protocol.end());
  SSL_set_alpn_protos(native, offered.data(), static_cast<unsigned>(offered.size()));
  stream.handshake(asio::ssl::stream_base::client);
}

TlsClient::~TlsClient() = default;

bool TlsClient::send(std::string_view bytes) {
  boost::system::error_code error;
  asio::write(inside_->stream, asio::buffer(bytes), error);
  return !error;
}

std::string TlsClient::read_until(std::string_view mark) {
  auto& received = inside_->received;
  auto end = received.find(mark);
  for (std::size_t looked = 0; end == std::string::npos; end = received.find(mark, looked)) {
    looked = received.size() < mark.size() ? 0 : received.size() - mark.size();
    std::array<char, 16 * 1024> block;
    boost::system::error_code error;
    const auto got = inside_->stream.read_some(asio::buffer(block), error);
    if (error) return received;
    received.append(block.data(), got);
  }
  auto taken = received.substr(0, end + mark.size());
  received.erase(0, taken.size());
  return taken;
}

bool TlsClient::is_closed_in_order() {
  char byte = 0;
  boost::system::error_code error;
  inside_->stream.read_some(asio::buffer(&byte, 1), error);
  return inside_->received.empty() && error == asio::error::eof;
}

bool TlsClient::has_something_to_read(int wait_ms) {
  pollfd asked{inside_->stream.next_layer().native_handle(), POLLIN, 0};
  return ::poll(&asked, 1, wait_ms) > 0;
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(inside_->stream.native_handle(), &name, &bytes);
  return {name, name + bytes};
}

std::string TlsClient::version() const {
  return SSL_get_version(inside_->stream.native_handle());
}

std::string TlsClient::peer_name() const {
  auto* const cert = SSL_get0_peer_certificate(inside_->stream.native_handle());
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(
    X509_get_subject_name(cert), NID_commonName, name.data(), static_cast<int>(name.size()));
  return name.data();
}

} // namespace gateway::testing
