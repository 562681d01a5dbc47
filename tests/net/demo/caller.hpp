#pragma once

#include "net/demo/host.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gateway {

/// What a provider answered, de-chunked.
struct Heard {
  int status = 0; // 0: the connection ended without an answer
  std::string head;
  std::string body;
  bool whole = false; // the body ended as its framing promised

  /// The value of a header, empty if there is none.
  std::string header(std::string_view name) const;
  /// The `data:` of every event, or every line where lines are the events, in order. Of a binary
  /// message: what it is, a space and its payload.
  std::vector<std::string> events() const;
};

/// A blocking connection to a port of this machine.
class Line {
public:
  explicit Line(std::uint16_t port);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void say(std::string_view bytes) const;
  /// Some bytes, or nothing when the other side has ended.
  std::string hear() const;

private:
  int socket_;
};

/// One simulated provider, running until the end of the scope.
class Stage {
public:
  explicit Stage(DemoSettings settings);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Sends a request with the dialect's own key header and hears the answer to its end.
  Heard call(std::string_view method, std::string_view path, std::string_view body = {}) const;
  Heard post(std::string_view path, std::string_view body) const {
    return call("POST", path, body);
  }
  /// Orders a fault over the control port.
  void order(std::string_view json) const;
  /// The number behind `"name":` in GET /control.
  std::int64_t count(std::string_view name) const;
  /// Asks until the number is there.
  void wait_until(std::string_view name, std::int64_t number) const;

  std::uint16_t port() const noexcept { return port_; }

private:
  DemoHost host_;
  std::string key_header_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Sends as is and hears the answer to its end.
Heard call(std::uint16_t port, std::string_view request);

} // namespace gateway
