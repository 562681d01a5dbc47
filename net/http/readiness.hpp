#pragma once

#include "net/http/operation.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gateway {

class ReadySocket;

/// Tells when the plain sockets of one io thread can be read or written, by an epoll of its own:
/// whoever reads waits first. Asio tries each read before it waits for it, and where the bytes are
/// always still to come that is a system call a read that finds nothing; its other way, to wait for
/// readiness, arms the kernel anew each time, which costs as much.
/// This epoll is itself a descriptor of Asio's, which has it looked at when there is something. It
/// is a service of the loop, as Asio's own is, and made when the first socket asks for it.
/// Thread: the one that runs the loop.
class Readiness final : public boost::asio::execution_context::service {
public:
  using key_type = Readiness;
  static inline boost::asio::execution_context::id id;

  static Readiness& of(boost::asio::io_context& io);
  explicit Readiness(boost::asio::execution_context& io);

  // A loop that has more to do than run `io` may look by itself:
  /// From now on it looks each time `io.run_one` comes back, which is also when something got
  /// ready. Nothing has to be armed for that: Asio watches the epoll whether or not anybody waits
  /// for it.
  void leave_to_loop() noexcept { is_loops_ = true; }
  /// Has Asio look as soon as something is ready, if anybody waits. For a loop that polls: what
  /// gets ready would else make it come back time and again for nothing.
  void arm();
  /// Looks: takes all that is ready. How many went on; 0: nothing that anybody waited for.
  std::size_t look();
  /// Somebody went on at the last look.
  bool has_found() const noexcept { return has_found_; }
  /// Looks so far, Asio's included.
  std::uint64_t looks() const noexcept { return looks_; }

private:
  friend class ReadySocket;

  void shutdown() noexcept override;
  void wait_began();
  void go_on(std::coroutine_handle<> waiting);
  std::size_t resume_all();

  boost::asio::io_context& io_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> epoll_;
  Operation arming_;                              // its memory
  std::vector<std::coroutine_handle<>> going_on_; // what they waited for is over
  std::vector<std::coroutine_handle<>> resumed_;  // its memory, between two passes
  std::size_t waits_ = 0;
  std::uint64_t looks_ = 0;
  bool is_loops_ = false;
  bool has_found_ = false;
  bool is_armed_ = false;
  bool is_passing_ = false; // whoever goes on now is resumed before the loop does anything else
};

/// A plain socket that a Readiness watches, closed with this. One reads and one writes at a time.
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
  ReadySocket(Readiness& readiness, int socket) noexcept : readiness_(readiness), socket_(socket) {}
  ~ReadySocket() { close(); }
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;

  int native_handle() const noexcept { return socket_; }

  /// Resumes `wait.waiting` from the loop, never at once: at least one byte was read, or the error
  /// is there (`eof` at the end).
  void read(Wait& wait);
  /// Likewise, when a write that found no room may find some.
  void wait_for_room(Wait& wait);
  /// Ends both with `operation_aborted`.
  void give_up();
  void close() noexcept;
  /// Hands the open socket over: nobody waits, and nothing more is told.
  int release() noexcept;

private:
  friend class Readiness;

  void begin(Wait*& place, Wait& wait);
  void told(std::uint32_t events);
  void try_reading();
  void end(Wait*& place);

  Readiness& readiness_;
  int socket_; // -1: closed, or handed over
  Wait* reader_ = nullptr;
  Wait* writer_ = nullptr;
  bool is_watched_ = false;
  bool is_readable_ = false; // as far as was told and not yet found out otherwise
  bool has_ended_ = false;   // the peer sends nothing more: nothing more will be told
};

} // namespace gateway
