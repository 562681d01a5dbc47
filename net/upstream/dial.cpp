#include "net/upstream/dial.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <openssl/ssl.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A peer that vanished while we wait for its answer is noticed after these two together: with
// TCP_USER_TIMEOUT the kernel gives up at the first probe that stays without an answer.
constexpr int keepalive_idle_s = 30;
constexpr int keepalive_interval_s = 10;

error_code last_error() noexcept {
  return {errno, boost::system::system_category()};
}

void set(int socket, int level, int option, int value) noexcept {
  // An option that a kernel lacks is no reason to refuse the connection.
  (void)::setsockopt(socket, level, option, &value, sizeof value);
}

/// A socket as cluster-quota.md, section 3, wants it: of a process that dies, nothing unsent
/// arrives later, and no child keeps it open. Negative where there is none, with errno.
int open_socket(const Dial::Endpoint& address) noexcept {
  const auto handle =
    ::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (handle < 0) return handle;
  const linger nothing_late{1, 0};
  (void)::setsockopt(handle, SOL_SOCKET, SO_LINGER, &nothing_late, sizeof nothing_late);
  set(handle, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(handle, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
  set(handle, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
  return handle;
}

/// Why a certificate was not believed, in words, or nothing where that was not the reason.
std::string certificate_fault(void* tls) {
  if (tls == nullptr) return {};
  const auto verdict = SSL_get_verify_result(static_cast<SSL*>(tls));
  if (verdict == X509_V_OK) return {};
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return ": the certificate is for another host";
  return std::string{": "} + X509_verify_cert_error_string(verdict);
}

} // namespace

Failed Dial::failed(error_code error, const std::string& doing) const {
  if (cancelled_) return fail(ErrorKind::cancelled, "cancelled");
  const auto kind =
    error == asio::error::timed_out ? ErrorKind::upstream_timeout : ErrorKind::upstream_error;
  return fail(kind, doing + ": " + error.message());
}

Co<Result<std::unique_ptr<Stream>>> Dial::connect(Instant due) {
  auto found = co_await addresses(due);
  if (!found) co_return fail(std::move(found.error()));
  error_code error = asio::error::host_not_found;
  for (std::size_t i = 0; i < found->size() && !cancelled_; ++i) {
    const auto now = BootClock::now();
    if (now >= due) {
      error = asio::error::timed_out;
      break;
    }
    // An equal share of what is left, so that an address behind a black hole costs not all of it.
    const auto share = (due - now) / static_cast<std::int64_t>(found->size() - i);
    error = co_await reach((*found)[i], now + share);
    if (!error) break;
  }
  if (error || cancelled_) co_return failed(error, "no connection");
  if (connections_.origin().tls) {
    error = co_await secure(due);
    const auto why = certificate_fault(stream_->native_tls());
    if (error || cancelled_) co_return failed(error, "no TLS" + why);
  }
  stream_->no_deadline();
  co_return std::move(stream_);
}

void Dial::cancel() noexcept {
  cancelled_ = true;
  if (lookup_) lookup_->give_up();
  if (stream_) stream_->cancel();
}

Co<Result<Lookup::Endpoints>> Dial::addresses(Instant due) {
  const auto& origin = connections_.origin();
  error_code not_numeric;
  const auto address = asio::ip::make_address(origin.host, not_numeric);
  if (!not_numeric) co_return Lookup::Endpoints(1, Endpoint{address, origin.port});
  lookup_ = std::make_shared<Lookup>(connections_.thread());
  auto found = co_await lookup_->resolve(origin.host, origin.port, due);
  lookup_.reset();
  if (found.error || cancelled_) co_return failed(found.error, "no address for the host");
  co_return std::move(found.endpoints);
}

Co<error_code> Dial::reach(const Endpoint& address, Instant due) {
  const auto socket = open_socket(address);
  if (socket < 0) co_return last_error();
  stream_ = std::make_unique<Stream>(connections_.thread(), socket);
  stream_->expires_at(due);
  const auto error = co_await stream_->connect(address);
  if (error) co_return error;
  // Not before: it would also bound the first of the connection's own packets, which the kernel
  // sends again only after a second.
  set(
    stream_->native_handle(),
    IPPROTO_TCP,
    TCP_USER_TIMEOUT,
    static_cast<int>(user_timeout_.count()));
  co_return error_code{};
}

Co<error_code> Dial::secure(Instant due) {
  auto* const roots = connections_.roots();
  if (roots == nullptr) co_return asio::error::no_protocol_option;
  stream_->expires_at(due);
  co_return co_await stream_->become_tls_client(
    roots->context(),
    connections_.origin().host,
    &TlsSession::prepare,
    &connections_.tls_session());
}

} // namespace gateway
