#pragma once

#include <boost/system/error_code.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>

namespace gateway {

class EventLoop;

/// How many bytes an operation moved, and why it ended if it did.
struct Moved {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

/// A socket that a loop watches, closed with this. It knows what it was told, so that whoever reads
/// waits first and no read finds nothing. One reads and one writes at a time.
/// Thread: the loop's.
class ReadySocket {
public:
  /// What a coroutine waits for, and what came of it.
  struct Wait {
    std::coroutine_handle<> waiting;
    char* into = nullptr; // null: only to know that there is something, or room for something
    std::size_t room = 0;
    Moved moved;
  };

  /// `socket` is non-blocking.
  ReadySocket(EventLoop& loop, int socket) noexcept : loop_(loop), socket_(socket) {}
  ~ReadySocket() { close(); }
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;

  int native_handle() const noexcept { return socket_; }
  bool is_open() const noexcept { return socket_ >= 0; }

  /// Resumes `wait.waiting` from the loop, never at once: at least one byte was read, or the error
  /// is there (`eof` at the end).
  void read(Wait& wait);
  /// Likewise, when a write that found no room may find some.
  void wait_for_room(Wait& wait);

  /// `co_await`, from a named local: until there is something to read, or room for something. What
  /// ended the wait, if it was anything else.
  class Until {
  public:
    using Begin = void (ReadySocket::*)(Wait&);
    Until(ReadySocket& socket, Begin begin) noexcept : socket_(socket), begin_(begin) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      wait_.waiting = waiting;
      (socket_.*begin_)(wait_);
    }
    boost::system::error_code await_resume() const noexcept { return wait_.moved.error; }

  private:
    ReadySocket& socket_;
    const Begin begin_;
    Wait wait_;
  };
  Until readable() noexcept { return {*this, &ReadySocket::read}; }
  Until writable() noexcept { return {*this, &ReadySocket::wait_for_room}; }

  /// Takes what is there at once. Errors: also `would_block`.
  Moved take(char* into, std::size_t room) noexcept;
  /// Somebody else has taken all that there was: the next wait is for what comes then.
  void was_emptied() noexcept { is_readable_ = has_ended_; }
  /// Ends both waits with `operation_aborted`.
  void give_up();
  void close() noexcept;

private:
  friend class EventLoop;

  void begin(Wait*& place, Wait& wait);
  void told(std::uint32_t events);
  void try_reading();
  void end(Wait*& place);

  EventLoop& loop_;
  int socket_; // -1: closed
  Wait* reader_ = nullptr;
  Wait* writer_ = nullptr;
  bool is_watched_ = false;
  bool is_readable_ = false; // as far as was told and not yet found out otherwise
  bool has_ended_ = false;   // the peer sends nothing more: nothing more will be told
};

} // namespace gateway
