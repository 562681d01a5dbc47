#include "net/http/stream_tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <array>

// How a stream moves what its TLS says and hears.
namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t record_bytes = std::size_t{16} * 1024;
/// A record with all that TLS adds to it.
constexpr std::size_t heard_bytes = record_bytes + 512;

/// Takes up to a record's worth off the front of what is to be written.
void take_record(std::span<iovec>& pieces, std::string& record) {
  record.clear();
  while (!pieces.empty() && record.size() < record_bytes) {
    auto& front = pieces.front();
    const auto taken = std::min(front.iov_len, record_bytes - record.size());
    record.append(static_cast<const char*>(front.iov_base), taken);
    front.iov_base = static_cast<char*>(front.iov_base) + taken;
    front.iov_len -= taken;
    if (front.iov_len == 0) pieces = pieces.subspan(1);
  }
}

} // namespace

Stream::~Stream() = default;

bool Stream::is_tls() const noexcept {
  return tls_ != nullptr;
}

void* Stream::native_tls() noexcept {
  return tls_ ? tls_->layer.native() : nullptr;
}

Co<error_code> Stream::become_tls_client(
  asio::ssl::context& context, std::string host, PrepareTls prepare, void* owner) {
  if (stopped_) co_return stopped_;
  tls_ = std::make_unique<Tls>(context.native_handle(), TlsLayer::Side::client);
  if (!tls_->layer.expect_host(host)) co_return asio::error::invalid_argument;
  if (prepare != nullptr) prepare(native_tls(), owner);
  co_return co_await shake_hands();
}

Co<error_code> Stream::become_tls_server(asio::ssl::context& context) {
  if (stopped_) co_return stopped_;
  tls_ = std::make_unique<Tls>(context.native_handle(), TlsLayer::Side::server);
  co_return co_await shake_hands();
}

Co<error_code> Stream::shake_hands() {
  while (true) {
    const auto step = tls_->layer.shake_hands();
    // Also where it failed: the peer is told why.
    const auto unsent = co_await send_all();
    if (step.error || unsent) co_return reason(step.error ? step.error : unsent);
    if (!step.wants_more) co_return error_code{};
    const auto unheard = co_await hear_peer();
    if (unheard) co_return unheard;
  }
}

Co<Moved> Stream::read_tls(char* into, std::size_t room) {
  while (true) {
    const auto step = tls_->layer.read(into, room);
    const auto unsent = send_now(); // an alert, where what came is wrong
    if (step.bytes > 0) co_return Moved{{}, step.bytes};
    if (step.error || unsent) co_return Moved{reason(step.error ? step.error : unsent), 0};
    const auto unheard = co_await hear_peer();
    if (unheard) co_return Moved{unheard, 0};
  }
}

Co<Moved> Stream::write_tls(std::span<iovec> pieces) {
  // One record for small pieces: a head and its body would else be two of them.
  std::string record;
  std::size_t total = 0;
  while (!pieces.empty()) {
    take_record(pieces, record);
    if (record.empty()) break;
    const auto step = tls_->layer.write(record);
    const auto unsent = co_await send_all();
    if (step.error || unsent) co_return Moved{reason(step.error ? step.error : unsent), total};
    total += step.bytes;
  }
  co_return Moved{{}, total};
}

Co<void> Stream::say_good_bye() {
  while (true) {
    const auto step = tls_->layer.say_good_bye();
    const auto unsent = co_await send_all();
    if (step.error || unsent || !step.wants_more) co_return;
    const auto unheard = co_await hear_peer();
    if (unheard) co_return;
  }
}

/// Waits for bytes of the peer and gives them to TLS.
Co<error_code> Stream::hear_peer() {
  if (stopped_) co_return stopped_;
  auto something = socket_.readable();
  const auto error = co_await something;
  if (stopped_ || error) co_return reason(error);
  co_return take_heard();
}

// No part of the coroutine, whose frame would hold these bytes for as long as it waits.
error_code Stream::take_heard() {
  std::array<char, heard_bytes> heard;
  const auto moved = socket_.take(heard.data(), heard.size());
  if (moved.error == asio::error::eof) return tls_->layer.why_ended();
  if (moved.error == asio::error::would_block) return {}; // TLS asks again
  if (!moved.error) tls_->layer.give({heard.data(), moved.bytes});
  return moved.error;
}

/// Sends what TLS wants sent as far as there is room; the rest goes with what is sent next.
error_code Stream::send_now() {
  auto& unsent = tls_->unsent;
  tls_->layer.take(unsent);
  if (unsent.empty()) return {};
  std::array<iovec, 1> all{{{unsent.data(), unsent.size()}}};
  std::span<iovec> rest{all};
  const auto error = send_plain(rest);
  unsent.erase(0, unsent.size() - (rest.empty() ? 0 : rest.front().iov_len));
  return error;
}

Co<error_code> Stream::send_all() {
  while (true) {
    const auto failed = send_now();
    if (failed || tls_->unsent.empty()) co_return failed;
    auto room = socket_.writable();
    const auto error = co_await room;
    if (error) co_return error;
  }
}

} // namespace gateway
