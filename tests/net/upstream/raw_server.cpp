#include "tests/net/upstream/raw_server.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <cstring>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway {
namespace {

void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(std::string{what} + ": " + std::strerror(errno));
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "content-length: ";
  const auto at = head.find(name);
  if (at == head.npos) return 0;
  return std::strtoul(head.data() + at + name.size(), nullptr, 10);
}

} // namespace

RawPeer::RawPeer(int socket) : socket_(socket) {
  const timeval patience{10, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int at_once = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
}

RawPeer::~RawPeer() {
  close();
}

std::string RawPeer::read_request() {
  char bytes[16 * 1024];
  while (true) {
    const auto head_end = unread_.find("\r\n\r\n");
    if (head_end != unread_.npos) {
      const auto total = head_end + 4 + content_length(unread_.substr(0, head_end));
      if (unread_.size() >= total) {
        auto request = unread_.substr(0, total);
        unread_.erase(0, total);
        return request;
      }
    }
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return std::exchange(unread_, {});
    unread_.append(bytes, static_cast<std::size_t>(got));
  }
}

std::string RawPeer::read_to_end() {
  char bytes[16 * 1024];
  ssize_t got = 0;
  while ((got = ::recv(socket_, bytes, sizeof bytes, 0)) > 0)
    unread_.append(bytes, static_cast<std::size_t>(got));
  if (got < 0 && errno == EAGAIN) unread_ += "<not closed in time>";
  return std::exchange(unread_, {});
}

void RawPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return; // the client has gone: what it sees is the test's business
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawPeer::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void RawPeer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

LoopbackListener::LoopbackListener(int backlog)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  must(socket_ >= 0, "socket");
  must(::bind(socket_, generic, bytes) == 0, "bind");
  must(::listen(socket_, backlog) == 0, "listen");
  must(::getsockname(socket_, generic, &bytes) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
}

LoopbackListener::~LoopbackListener() {
  close();
  ::close(socket_);
}

int LoopbackListener::accept() const {
  return ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
}

void LoopbackListener::close() {
  ::shutdown(socket_, SHUT_RDWR); // ends a pending accept
}

RawServer::RawServer(Script script)
    : script_(std::move(script)), thread_([this] {
        for (int socket = 0; (socket = listener_.accept()) >= 0;) {
          ++accepted_;
          RawPeer peer{socket};
          script_(peer);
        }
      }) {}

RawServer::~RawServer() {
  listener_.close();
  thread_.join();
}

} // namespace gateway
