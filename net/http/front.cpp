#include "net/http/front.hpp"

#include "net/http/error_answer.hpp"
#include "net/http/listener.hpp"
#include "net/http/ready_socket.hpp"
#include "net/http/session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cerrno>
#include <ctime>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace asio = boost::asio;

struct Front::OpenDoor {
  OpenDoor(Door what, EventLoop& loop, int listening)
      : door(std::move(what)), socket(loop, listening) {}

  Door door;
  ReadySocket socket;
  bool is_waiting = false;
};

namespace {

/// More than any listen queue holds: the kernel's own bound (somaxconn) is 4096 by default.
constexpr std::size_t drain_accepts_max = 65'536;

bool is_exhaustion(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// One connection, from its first byte to its end; the frame owns the session.
Co<void> run_session(Front& front, const Door& door, int socket, asio::ip::tcp::endpoint client) {
  Session session{front, door, socket, client};
  co_await session.run();
}

/// Tells a client that there is no room, as far as that is possible without waiting for anything.
void turn_away(int socket, bool is_tls, std::string_view date) {
  if (!is_tls) {
    const auto body = error_answer(ErrorKind::overloaded, "Too many connections.");
    const std::array headers{
      Header{"content-type", "application/json"}, Header{"retry-after", "1"}};
    std::string answer;
    write_answer_head(answer, 503, date, {.length = body.size(), .closes = true}, headers);
    answer += body;
    ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(socket, SHUT_WR);
    // A request left unread would turn the close into a reset, which may overtake the answer.
    std::array<char, 4096> unread;
    ::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT);
  }
  ::close(socket);
}

} // namespace

Front::Front(const HttpLimits& limits, const std::vector<std::unique_ptr<Front>>& all)
    : limits_(limits), all_(all),
      // NOLINTBEGIN(bugprone-exception-escape): without memory for a connection the node ends.
      pause_([](void* self) noexcept { static_cast<Front*>(self)->resume_accepting(); }, this),
      grace_([](void* self) noexcept { static_cast<Front*>(self)->close_doors(); }, this) {}
// NOLINTEND(bugprone-exception-escape)

Front::~Front() {
  if (!sessions_.empty()) broken_promise("a server was destroyed before its sessions had ended");
}

void Front::serve(IoThread& thread, Handler& handler) {
  thread_ = &thread;
  handler_ = &handler;
}

void Front::open(Listener& listener, std::size_t index) {
  auto& door = doors_.emplace_back(
    Door{listener.tls(), listener.is_loopback()}, thread_->loop(), listener.take(index));
  add(counts_.open_doors, 1);
  start(let_in(door));
}

bool Front::lend_for_body(std::size_t bytes) noexcept {
  std::size_t lent = 0;
  for (const auto& front : all_) lent += front->counts_.body_bytes.load(std::memory_order_relaxed);
  // Two threads that look at the same time may both be lent the last of it: one body too many.
  if (lent + bytes > limits_.bodies_bytes_max) return false;
  add(counts_.body_bytes, static_cast<std::ptrdiff_t>(bytes));
  return true;
}

std::string_view Front::date() noexcept {
  return date_.at(std::time(nullptr));
}

Co<void> Front::let_in(OpenDoor& door) {
  door.is_waiting = true;
  do {
    auto knock = door.socket.readable();
    if (co_await knock) break;
  } while (accept_waiting(door, limits_.accepts_in_a_row_max));
  door.is_waiting = false;
  if (!door.socket.is_open()) {
    add(counts_.open_doors, -1);
    co_return;
  }
  thread_->deadlines().arm(pause_, BootClock::now() + limits_.accept_pause);
}

void Front::resume_accepting() {
  for (auto& door : doors_)
    if (door.socket.is_open() && !door.is_waiting) start(let_in(door));
}

bool Front::accept_waiting(OpenDoor& door, std::size_t tries_max) {
  for (std::size_t tries = 0; tries < tries_max; ++tries) {
    asio::ip::tcp::endpoint client;
    auto bytes = static_cast<socklen_t>(client.capacity());
    const int socket =
      ::accept4(door.socket.native_handle(), client.data(), &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        door.socket.was_emptied();
        return true;
      }
      if (is_exhaustion(errno)) return false;
      continue; // that client has gone again; the next one may be there
    }
    client.resize(bytes);
    admit(door, socket, client);
  }
  return true;
}

void Front::admit(OpenDoor& door, int socket, const asio::ip::tcp::endpoint& client) {
  if (is_full()) return turn_away(socket, door.door.tls != nullptr, date());
  start(run_session(*this, door.door, socket, client));
}

bool Front::is_full() const noexcept {
  std::size_t connections = 0;
  for (const auto& front : all_)
    connections += front->counts_.connections.load(std::memory_order_relaxed);
  return connections >= limits_.sessions_max;
}

void Front::enter(Session& session) {
  session.place_ = sessions_.size();
  sessions_.push_back(&session);
  add(counts_.connections, 1);
}

void Front::leave(Session& session) noexcept {
  sessions_[session.place_] = sessions_.back();
  sessions_[session.place_]->place_ = session.place_;
  sessions_.pop_back();
  add(counts_.connections, -1);
}

void Front::drain() {
  if (std::exchange(is_draining_, true)) return;
  for (auto& door : doors_) {
    refuse_new_connections(door.socket.native_handle());
    accept_waiting(door, drain_accepts_max);
  }
  // Handshakes that were under way may still complete and bring a request: doors close later.
  thread_->deadlines().arm(grace_, BootClock::now() + limits_.drain_grace);
  for (auto* session : sessions_) session->drain();
}

void Front::close_doors() {
  for (auto& door : doors_) {
    if (!door.socket.is_open()) continue;
    accept_waiting(door, drain_accepts_max);
    door.socket.give_up();
    door.socket.close();
    // Else by whoever waits at it, who goes on first: what is counted as closed may be destroyed.
    if (!door.is_waiting) add(counts_.open_doors, -1);
  }
}

void Front::abort_all() {
  is_draining_ = true;
  close_doors();
  for (auto* session : sessions_) session->abort();
}

} // namespace gateway
