#pragma once

#include "net/base/co.hpp"
#include "net/http/answer.hpp"
#include "net/http/buffer.hpp"
#include "net/http/exchange.hpp"
#include "net/http/fault.hpp"
#include "net/http/front.hpp"
#include "net/http/request_body.hpp"
#include "net/http/request_head.hpp"
#include "net/http/stream.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// One connection of a client: reads a head, calls the handler, writes, and again, until one side
/// has had enough. Owned by the coroutine that awaits `run`.
/// Thread: its front's.
class Session {
public:
  Session(Front& front, const Door& door, int socket, const boost::asio::ip::tcp::endpoint& client);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Co<void> run();

  /// The server drains: an idle session ends soon, whoever has something to ask must be quick.
  void drain() noexcept;
  /// Fails what is pending as if the client had gone.
  void abort() noexcept;

private:
  friend class Exchange;
  friend class Front;

  /// What becomes of the connection after a step.
  enum class Next : std::uint8_t {
    go_on,
    linger, // close when the client has had the chance to read the answer
    close,  // at once: there is nobody to talk to, or nothing to say
    reset,  // so that nobody takes what was sent for the whole
  };

  Co<bool> shake_hands();
  Co<Next> serve_one();
  Co<Next> read_head();
  /// For a request of which nothing has arrived: lasts until its first bytes have.
  Co<Moved> wait_longer();
  Co<Next> refuse(const Fault& fault);
  Co<void> linger();

  bool closes_after_this() const noexcept;
  Instant first_head_due() const noexcept;
  void make_room();

  Front& front_;
  const Door& door_;
  Stream stream_;
  Buffer in_;
  RequestHead head_;
  HeadEnd head_end_;
  RequestBody body_;
  Answer answer_;
  boost::asio::ip::tcp::endpoint client_;
  std::string client_text_; // made when it is asked for
  std::size_t place_ = 0;   // among the front's sessions
  bool has_served_ = false;
  bool is_idle_ = false; // waits for a request of which nothing has arrived
  bool close_asked_ = false;
};

} // namespace gateway
