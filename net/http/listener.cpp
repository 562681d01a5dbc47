#include "net/http/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

using Endpoint = boost::asio::ip::tcp::endpoint;

std::string_view without_brackets(std::string_view host) noexcept {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    return host.substr(1, host.size() - 2);
  return host;
}

std::string written(const Listen& where, std::uint16_t port) {
  const auto host = without_brackets(where.host);
  const bool needs_brackets = host.find(':') != std::string_view::npos;
  std::string text = needs_brackets ? "[" : "";
  text += host;
  text += needs_brackets ? "]:" : ":";
  return text + std::to_string(port);
}

Failed refused(const Listen& where, std::string_view reason) {
  std::string message = "can't listen on ";
  message += written(where, where.port) + ": ";
  message += reason;
  return fail(ErrorKind::invalid_value, std::move(message));
}

/// The first address that the name stands for. Blocks: it is asked for at the start only.
Result<Endpoint> resolve(const Listen& where) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::resolver resolver{io};
  boost::system::error_code error;
  auto host = without_brackets(where.host);
  // It is this address whatever a look-up says (RFC 6761), and a bare system's says nothing.
  if (host == "localhost") host = "127.0.0.1";
  const auto found = resolver.resolve(
    host, std::to_string(where.port), boost::asio::ip::tcp::resolver::passive, error);
  if (error || found.empty()) return refused(where, error ? error.message() : "no such host");
  return found.begin()->endpoint();
}

bool switch_on(int socket, int option) noexcept {
  const int on = 1;
  return ::setsockopt(socket, SOL_SOCKET, option, &on, sizeof on) == 0;
}

bool bind_to(int socket, const Endpoint& endpoint) noexcept {
  return ::bind(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
}

/// The port a socket was given.
bool read_endpoint(int socket, Endpoint& endpoint) {
  auto bytes = static_cast<socklen_t>(endpoint.capacity());
  if (::getsockname(socket, endpoint.data(), &bytes) != 0) return false;
  endpoint.resize(bytes);
  return true;
}

/// Binds and listens. The first socket of a port shares it only once it listens, see
/// Listener::open.
bool start_listening(int socket, bool is_first, int queue, Endpoint& endpoint) {
  // A port whose old connections linger in TIME_WAIT may be taken again at once.
  if (!switch_on(socket, SO_REUSEADDR)) return false;
  if (!is_first && !switch_on(socket, SO_REUSEPORT)) return false;
  if (!bind_to(socket, endpoint) || ::listen(socket, queue) != 0) return false;
  return !is_first || (switch_on(socket, SO_REUSEPORT) && read_endpoint(socket, endpoint));
}

bool is_loopback_address(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_v4().is_loopback();
  const auto v6 = address.to_v6();
  if (!v6.is_v4_mapped()) return v6.is_loopback();
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).is_loopback();
}

} // namespace

Result<std::unique_ptr<Listener>> Listener::open(
  const Listen& where, std::size_t sockets, int queue, std::shared_ptr<TlsServer> tls) {
  GATEWAY_TRY(auto endpoint, resolve(where));
  std::unique_ptr<Listener> listener{new Listener};
  for (std::size_t i = 0; i < sockets; ++i) {
    const int socket = ::socket(
      endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (socket < 0) return refused(where, std::strerror(errno));
    listener->sockets_.push_back(socket);
    if (!start_listening(socket, i == 0, queue, endpoint))
      return refused(where, std::strerror(errno));
  }
  listener->is_loopback_ = is_loopback_address(endpoint.address());
  listener->address_ = (tls ? "https://" : "http://") + written(where, endpoint.port());
  listener->tls_ = std::move(tls);
  return listener;
}

Listener::~Listener() {
  for (const int socket : sockets_)
    if (socket >= 0) ::close(socket);
}

int Listener::take(std::size_t index) noexcept {
  return std::exchange(sockets_[index], -1);
}

void refuse_new_connections(int listening_socket) noexcept {
  // A socket's filter sees the segment from the TCP header on; the flags are its 14th byte.
  constexpr std::uint16_t flags_at = 13;
  constexpr std::uint16_t syn = 0x02;
  std::array<sock_filter, 4> drop_syn{
    sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_at),
    sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
    sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
    sock_filter BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
  const sock_fprog program{drop_syn.size(), drop_syn.data()};
  ::setsockopt(listening_socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

} // namespace gateway
