#pragma once

#include "net/http/io_thread.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <coroutine>
#include <memory>
#include <utility>
#include <vector>

namespace gateway {

/// The resolution of one host name. The system's resolver can't be interrupted, so whoever waits
/// is let go at the deadline or when told, and what the resolver says later is heard by nobody.
/// Thread: its io thread.
class Lookup : public std::enable_shared_from_this<Lookup> {
public:
  using Tcp = boost::asio::ip::tcp;
  using Endpoints = std::vector<Tcp::endpoint>;

  /// Addresses of one name that are tried: more are a mistake or an attack.
  static constexpr std::size_t addresses_max = 16;

  explicit Lookup(IoThread& thread);

  /// `co_await lookup->resolve(host, port, due)`: the addresses, or an error: `timed_out`,
  /// `operation_aborted` after `give_up`, else the resolver's.
  auto resolve(std::string host, std::uint16_t port, Instant due);

  /// Lets go of whoever waits.
  void give_up() noexcept {
    is_given_up_ = true; // an answer may be on its way already
    end_soon(boost::asio::error::operation_aborted);
  }

  struct Found {
    boost::system::error_code error;
    Endpoints endpoints;
  };

private:
  class Waiting;

  void begin(const std::string& host, std::uint16_t port, Instant due);
  void end_soon(boost::system::error_code why) noexcept;
  void end(boost::system::error_code error, Endpoints endpoints);

  IoThread& thread_;
  Deadline deadline_;
  std::coroutine_handle<> waiting_;
  Found found_;
  bool is_given_up_ = false;
};

/// What `resolve` awaits.
class Lookup::Waiting {
public:
  Waiting(Lookup& lookup, std::string host, std::uint16_t port, Instant due)
      : lookup_(lookup), host_(std::move(host)), port_(port), due_(due) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    lookup_.waiting_ = waiting;
    lookup_.begin(host_, port_, due_);
  }
  Found await_resume() { return std::move(lookup_.found_); }

private:
  Lookup& lookup_;
  std::string host_;
  std::uint16_t port_;
  Instant due_;
};

inline auto Lookup::resolve(std::string host, std::uint16_t port, Instant due) {
  return Waiting{*this, std::move(host), port, due};
}

} // namespace gateway
