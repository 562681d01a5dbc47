#pragma once

#include "actors/api/paced_line.hpp"
#include "actors/dashboard/event_ring.hpp"
#include "actors/runtime/unit.hpp"
#include "net/http/deadlines.hpp"
#include "net/http/timer.hpp"

#include <coroutine>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// What the dashboard tells the browsers of one io thread: a ring of events for those that listen
/// to the same nodes, and who waits for more of it. However many there are, a turn of the dashboard
/// reaches the thread as one notice a scope, and a turn of the thread's loop writes to a few of
/// them. Thread: its io thread.
class StreamFeed {
public:
  explicit StreamFeed(Unit& unit) : unit_(unit), timer_(unit.thread().loop(), [this] { call(); }) {}

  void take(const LiveNotice& notice);
  /// The node drains: every stream ends now.
  void close();
  bool is_closed() const noexcept { return is_closed_; }

  struct Channel {
    EventRing ring;
    Instant slow_due{};
  };
  /// What is told of those nodes in that epoch.
  std::shared_ptr<Channel> channel(const ViewScope& scope, const std::string& epoch);
  /// A stream of those nodes that had everything up to there can go on from here.
  bool covers(const ViewScope& scope, const StreamPosition& position) const;

  /// One browser's place. Slow ones are woken once a second.
  class Reader {
  public:
    Reader(StreamFeed& feed, std::shared_ptr<Channel> channel, bool is_slow, int socket);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Ends when its turn comes behind the next events or behind `until`, or when the feed closes.
    struct Wait {
      Reader& reader;
      Instant until;
      bool await_ready() const noexcept { return reader.feed_.is_closed_; }
      void await_suspend(std::coroutine_handle<> waiting);
      void await_resume() const noexcept {}
    };
    Wait wait_until(Instant until) noexcept { return {*this, until}; }
    EventRing& ring() noexcept { return channel_->ring; }

  private:
    friend class StreamFeed;
    void stand_in_line();
    void wake();

    StreamFeed& feed_;
    const std::shared_ptr<Channel> channel_;
    const bool is_slow_;
    const int socket_;
    std::size_t place_; // among the feed's readers
    std::coroutine_handle<> waiting_;
    bool is_in_line_ = false;
    Deadline deadline_;
  };

private:
  void await_call();
  void call();

  Unit& unit_;
  std::map<ViewScope, std::shared_ptr<Channel>> channels_;
  std::vector<Reader*> readers_;
  PacedLine<Reader> line_;
  Timer timer_; // of the line
  bool is_call_awaited_ = false;
  bool is_closed_ = false;
};

} // namespace gateway
