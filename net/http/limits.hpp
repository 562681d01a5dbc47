#pragma once

#include "net/base/time.hpp"

#include <cstddef>

namespace gateway {

/// Every bound of the HTTP side towards clients, with its reason. One struct, so that tests can
/// wait milliseconds where clients are given seconds. Bodies are bounded by who reads them.
struct HttpLimits {
  static constexpr std::size_t kilobyte = 1024;

  /// A request's head: four times what nginx takes by default, as bearer tokens may be long.
  std::size_t head_bytes_max = 32 * kilobyte;
  /// The request target: nothing here is addressed by more than a path and a short query.
  std::size_t target_bytes_max = 8 * kilobyte;
  /// One header line, name and value: half a head, so that one line alone is never the reason.
  std::size_t header_line_bytes_max = 16 * kilobyte;
  /// Header fields: an SDK sends about 20, a browser behind two proxies about 40.
  std::size_t headers_max = 100;
  /// A method name: the longest registered one has 17 letters.
  std::size_t method_bytes_max = 32;

  /// The first buffer of a waiting session; a small chat request fits in whole.
  std::size_t buffer_bytes_first = 4 * kilobyte - 128;
  /// What is read at a time from a body of unknown length, and the first step of any body's
  /// buffer: memory follows the bytes that came, not the length that was promised.
  std::size_t body_step_bytes = 64 * kilobyte;

  /// Memory for bodies of the whole process, but for what stands behind a head: fifty of the
  /// largest that the document allows by default. What comes above it is answered 503.
  std::size_t bodies_bytes_max = 1024 * 1024 * kilobyte;

  /// An unread body up to this is read past to keep the connection; a larger one costs more than
  /// a new connection does.
  std::size_t drain_bytes_max = 64 * kilobyte;
  /// What is still read after a last answer, so that no reset overtakes it.
  std::size_t linger_bytes_max = 1024 * kilobyte;

  /// Sessions of the whole process; above it a connection is answered 503 and closed.
  std::size_t sessions_max = 50'000;
  /// The kernel's queue of connections that nobody accepted yet, per listener.
  int listen_queue = 1024;
  /// Connections accepted in a row before others of the thread have their turn.
  std::size_t accepts_in_a_row_max = 64;
  /// Requests of a connection are not bounded: a kept connection is the cheapest client there is.
  /// Pipelined requests are bounded by the buffer they wait in.

  /// TLS handshake, from accept to finished.
  Milliseconds handshake_time{10'000};
  /// A head, from its first byte (on a new connection: from accept) to its last.
  Milliseconds head_time{15'000};
  /// Between two reads of a body.
  Milliseconds body_idle_time{30'000};
  /// A whole body: 20 MB in this time are half a megabit per second.
  Milliseconds body_time{300'000};
  /// A kept connection without a request: longer than the 60 s after which proxies let go, so
  /// that the side that may safely close closes first.
  Milliseconds idle_time{75'000};
  /// An idle session gives its buffer back after this.
  Milliseconds idle_buffer_time{1'000};
  /// A write that moves nothing forward…
  Milliseconds write_time{60'000};
  /// …and what a slow reader must take per second beyond that, for a large piece.
  std::size_t write_bytes_per_second_min = 8 * kilobyte;
  /// How long a closing session waits for the client to close.
  Milliseconds linger_time{2'000};
  /// How long listeners still accept what was connecting when the drain began, and how long a
  /// connection without a request in it may still send one.
  Milliseconds drain_grace{500};
  /// Pause of accepting when the process has no descriptors or memory left.
  Milliseconds accept_pause{200};
};

} // namespace gateway
