#pragma once

#include "net/http/stream.hpp"
#include "net/upstream/lent_buffer.hpp"
#include "net/upstream/tls_roots.hpp"
#include "net/upstream/upstream.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace gateway {

/// What the calls of one io thread to one origin share: idle connections, buffers, TLS's memory.
/// Thread: its io thread.
class Connections : public std::enable_shared_from_this<Connections> {
public:
  Connections(
    IoThread& thread, Origin origin, std::shared_ptr<TlsRoots> roots, UpstreamPool::Bounds bounds);

  IoThread& thread() noexcept { return thread_; }
  const Origin& origin() const noexcept { return origin_; }
  TlsRoots* roots() noexcept { return roots_.get(); }
  TlsSession& tls_session() noexcept { return tls_session_; }
  BufferShelf& buffers() noexcept { return buffers_; }
  std::size_t idle() const noexcept { return idle_.size(); }

  /// The connection that was idle for the shortest time, or null.
  std::unique_ptr<Stream> take(Instant now);
  /// Keeps a connection fit for another request, for `idle_time` at most where that is given.
  void give_back(
    std::unique_ptr<Stream> stream, Instant now, std::optional<std::chrono::seconds> idle_time);

  void close_idle();
  /// The pool has gone: what calls in flight give back is closed.
  void retire();

private:
  struct Idle {
    std::unique_ptr<Stream> stream;
    Instant since;
    Instant until;
  };

  void sweep(Instant now);
  void sweep_later(Instant now) noexcept;

  IoThread& thread_;
  Origin origin_;
  std::shared_ptr<TlsRoots> roots_;
  UpstreamPool::Bounds bounds_;
  TlsSession tls_session_;
  BufferShelf buffers_;
  std::vector<Idle> idle_; // oldest first
  Deadline next_sweep_;
  bool retired_ = false;
};

} // namespace gateway
