#include "tests/net/http/raw_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway::testing {
namespace {

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

} // namespace

RawClient::RawClient(
  std::uint16_t port, int receive_buffer_bytes, std::chrono::milliseconds patience) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval ten_seconds{10, 0};
  const timeval to_connect{patience.count() / 1000, patience.count() % 1000 * 1000};
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &ten_seconds, sizeof ten_seconds);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &to_connect, sizeof to_connect);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer_bytes != 0) {
    const auto bytes = receive_buffer_bytes;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  static_assert(sizeof generic == sizeof to);
  __builtin_memcpy(&generic, &to, sizeof to);
  if (::connect(socket_, &generic, sizeof to) != 0) {
    ::close(socket_);
    throw std::runtime_error{"can't connect"};
  }
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &ten_seconds, sizeof ten_seconds);
}

RawClient::~RawClient() {
  leave();
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::end_writing() {
  ::shutdown(socket_, SHUT_WR);
}

void RawClient::leave(bool resets) {
  if (socket_ < 0) return;
  const linger at_once{1, 0};
  if (resets) ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
}

bool RawClient::receive_more() {
  std::array<char, 16 * 1024> block;
  const auto got = ::recv(socket_, block.data(), block.size(), 0);
  if (got < 0 && errno == ECONNRESET) was_reset_ = true;
  if (got <= 0) return false;
  received_.append(block.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::take(std::size_t bytes) {
  auto taken = received_.substr(0, bytes);
  received_.erase(0, taken.size());
  return taken;
}

std::string RawClient::read_until(std::string_view mark) {
  while (true) {
    const auto found = received_.find(mark);
    if (found != std::string::npos) return take(found + mark.size());
    if (!receive_more()) return take(received_.size());
  }
}

std::string RawClient::read_exactly(std::size_t bytes) {
  while (received_.size() < bytes && receive_more()) {
  }
  return take(bytes);
}

std::string RawClient::read_to_end() {
  while (receive_more()) {
  }
  return take(received_.size());
}

bool RawClient::is_closed_by_peer() {
  if (!received_.empty()) return false;
  std::array<char, 1> byte;
  const auto got = ::recv(socket_, byte.data(), byte.size(), 0);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

bool RawClient::has_something_to_read(int wait_ms) {
  pollfd asked{socket_, POLLIN, 0};
  return !received_.empty() || ::poll(&asked, 1, wait_ms) > 0;
}

RawAnswer RawClient::read_answer(bool to_head_request) {
  RawAnswer answer;
  auto head = read_until("\r\n\r\n");
  if (!head.ends_with("\r\n\r\n") || !head.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::stoi(head.substr(9, 3));
  for (auto at = head.find("\r\n") + 2; head.compare(at, 2, "\r\n") != 0;) {
    const auto colon = head.find(": ", at);
    const auto end = head.find("\r\n", at);
    answer.headers[lower(head.substr(at, colon - at))] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  answer.is_whole = true;
  if (to_head_request || answer.status == 100 || answer.status == 204) return answer;
  if (answer.header("transfer-encoding") == "chunked") {
    answer.body = read_chunks(answer.is_whole);
  } else if (!answer.header("content-length").empty()) {
    const auto bytes = std::stoul(answer.header("content-length"));
    answer.body = read_exactly(bytes);
    answer.is_whole = answer.body.size() == bytes;
  } else {
    answer.body = read_to_end();
  }
  return answer;
}

std::string RawClient::read_chunks(bool& is_whole) {
  std::string body;
  while (true) {
    const auto line = read_until("\r\n");
    if (!line.ends_with("\r\n")) {
      is_whole = false;
      return body;
    }
    const auto bytes = std::stoul(line, nullptr, 16);
    const auto chunk = read_exactly(bytes + 2);
    is_whole = chunk.size() == bytes + 2 && chunk.ends_with("\r\n");
    if (!is_whole || bytes == 0) return body;
    body += chunk.substr(0, bytes);
  }
}

} // namespace gateway::testing
