#pragma once

#include "net/base/co.hpp"
#include "net/base/header.hpp"
#include "net/base/result.hpp"
#include "net/base/time.hpp"
#include "net/http/io_thread.hpp"
#include "net/upstream/origin.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

struct UpstreamTimeouts {
  Milliseconds connect{3'000};
  Milliseconds first_byte{30'000}; // for streams; a whole answer has until `total`
  Milliseconds idle{30'000};       // between two reads
  Milliseconds total{600'000};
  /// How long the kernel goes on trying to deliver what was written: 0.8 × the provider's count
  /// delay, so that a request is counted within that delay or never (cluster-quota.md, section 3).
  Milliseconds user_timeout{800};
};

/// What TLS to providers needs once per process: the roots that are believed, TLS 1.2 or later.
class TlsRoots;
/// Errors: internal, when a file cannot be loaded. `extra_ca_file` adds one more (tests, private
/// CAs).
Result<std::shared_ptr<TlsRoots>> load_tls_roots(const std::string& extra_ca_file = {});

class Connections;

/// Kept-alive connections of one io thread to one origin: last in, first out, bounded.
/// The last TLS session the origin gave is resumed by the next connection.
/// Thread: its io thread; it goes before that thread does.
class UpstreamPool {
public:
  struct Bounds {
    std::size_t idle_max = 256;
    std::chrono::seconds idle_time{50};
  };

  /// `roots` may be null where the origin is not reached by TLS.
  UpstreamPool(IoThread& thread, Origin origin, std::shared_ptr<TlsRoots> roots);
  UpstreamPool(IoThread& thread, Origin origin, std::shared_ptr<TlsRoots> roots, Bounds bounds);
  ~UpstreamPool();
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  const Origin& origin() const noexcept;
  std::size_t idle() const noexcept;
  void close_idle();

private:
  friend class UpstreamCall;
  // Shared: a call in flight outlives a pool that a new configuration replaced.
  std::shared_ptr<Connections> connections_;
};

/// One request to a provider and its answer.
/// Errors of every step: upstream_error (refused, reset, TLS: the message says which),
/// upstream_timeout (the message says of what), upstream_invalid_response (framing), cancelled.
class UpstreamCall {
public:
  /// What is sent, all of it alive until `send` has returned. `host`, `content-length` and
  /// whatever else belongs to the connection are added here and left out of `headers`.
  struct Request {
    std::string_view method = "POST";
    std::string_view path; // with query, begins with '/'
    std::span<const Header> headers;
    std::span<const std::string_view> body;
    bool streamed = false; // first_byte applies
    /// On a connection of its own, made now: one that was kept may have ended unnoticed.
    bool fresh = false;
  };

  struct AnswerHead {
    int status = 0;
    std::span<const Header> headers; // they and all they view live as long as the call
  };

  /// `deadline`: of the whole call, whatever the time-outs say. `began`: from when they count.
  UpstreamCall(
    UpstreamPool& pool,
    const UpstreamTimeouts& timeouts,
    Instant deadline,
    Instant began = BootClock::now());
  ~UpstreamCall();
  UpstreamCall(const UpstreamCall&) = delete;
  UpstreamCall& operator=(const UpstreamCall&) = delete;

  /// Takes or makes a connection, writes all, reads the answer's head. Never sends twice: the
  /// provider might count both.
  Co<Result<AnswerHead>> send(const Request& request);

  /// The next piece of the body, un-chunked; empty at its end. Valid until the next read.
  /// What is not asked for is not read: a slow client slows its provider down.
  /// Shape: 64 readable bytes stand behind every piece and every whole body (simdjson's padding).
  Co<Result<std::string_view>> read();

  /// The whole body. Errors: also upstream_invalid_response beyond `bytes_max`.
  Co<Result<std::string_view>> read_all(std::size_t bytes_max);

  /// Ends a pending step with `cancelled` and closes the connection. Safe at any time.
  /// A pending step must have ended before the call is destroyed.
  void cancel() noexcept;

  /// When the last byte was handed to the kernel, taken after that; none if not one was.
  std::optional<Instant> written_at() const noexcept;
  /// `send` failed because a kept connection had ended, with not a byte of an answer: the same
  /// request may do on a fresh one, and the provider is not at fault.
  bool lost_kept_connection() const noexcept;
  /// True as soon as one byte may have reached the provider.
  bool touched_the_wire() const noexcept;
  std::optional<Instant> first_byte_at() const noexcept;
  /// When the last bytes of the body came so far, taken after that.
  Instant last_byte_at() const noexcept;
  bool body_ended() const noexcept;
  /// True if the next `read` has bytes to go on with that this process has received already.
  bool has_more_buffered() const noexcept;

private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

} // namespace gateway
