#pragma once

#include "net/base/co.hpp"
#include "net/base/header.hpp"
#include "net/base/result.hpp"
#include "net/http/io_thread.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

class Session;

/// A request's head, parsed and checked; the views live until the exchange ends.
struct RequestHead {
  std::string_view method;
  std::string_view path;  // before '?', never empty, percent-encoding untouched
  std::string_view query; // behind '?', may be empty
  std::vector<Header> headers;
  int minor_version = 1;
  bool keep_alive = true;

  std::optional<std::string_view> find(std::string_view name) const noexcept {
    return find_header(headers, name);
  }
};

/// One request of a session and its answer. A handler reads the body at most once and answers
/// exactly once, by `respond` or by `begin`, `write`…, `end`.
/// Errors: a failed write means the client has gone (kind cancelled); nothing more can be said to
/// it.
class Exchange {
public:
  explicit Exchange(Session& session) : session_(session) {}

  const RequestHead& head() const noexcept;
  IoThread& thread() noexcept;
  /// The client's address without port, as text.
  std::string_view client() const noexcept;
  bool is_tls() const noexcept;
  /// The listener's address is a loopback one.
  bool on_loopback() const noexcept;
  int socket() noexcept;

  /// The whole body, un-chunked, with 64 readable bytes behind it (simdjson's padding).
  /// Sends `100 Continue` first where the client waits for it.
  /// Errors: request_too_large beyond `bytes_max`, request_timeout, cancelled, invalid_value
  /// (framing).
  Co<Result<std::string_view>> body(std::size_t bytes_max);

  /// The whole answer: `content-length`, `connection` and `date` are added.
  Co<Result<void>> respond(int status, std::span<const Header> headers, std::string_view body);

  /// A streamed answer: the head leaves with the first piece, each piece is one chunk
  /// (an HTTP/1.0 client gets raw bytes and a closed connection). A write waits while the client is
  /// slow.
  void begin(int status, std::span<const Header> headers);
  Co<Result<void>> write(std::string_view piece);
  Co<Result<void>> end(std::string_view last_piece = {});

  /// What the request is called where somebody asks about it; empty until it is named.
  void name(std::string id) { id_ = std::move(id); }
  const std::string& id() const noexcept { return id_; }

  bool answered() const noexcept;
  /// Makes the session close after this answer.
  void close_after() noexcept;

private:
  Session& session_;
  std::string id_;
};

/// What a session calls for each request: all it knows of the inside.
/// An exchange that was not answered when `handle` returns is answered with 500 and closed.
class Handler {
public:
  virtual ~Handler() = default;
  virtual Co<void> handle(Exchange& exchange) = 0;
};

} // namespace gateway
