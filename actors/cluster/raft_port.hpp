#pragma once

#include "actors/cluster/raft_library.hpp"
#include "actors/cluster/raft_message.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>

namespace gateway {

/// What the library reaches the outside through: disk, messages, time and chance, behind C
/// functions. What it asks for is done at once, on the disk too, but told only by settle(), which
/// must run before anything else is handed to the library: it was made for answers that come late,
/// and goes wrong in several ways when it has to wait for one while something else arrives.
class RaftPort {
public:
  RaftPort(RaftStorage& storage, std::uint64_t seed);
  RaftPort(const RaftPort&) = delete;
  RaftPort& operator=(const RaftPort&) = delete;

  struct raft_io* io() noexcept {
    return &io_;
  }

  /// What the library reads as the time from now on.
  void set_now(Instant now) noexcept { now_ = now; }
  void tick() { tick_(&io_); }
  /// Hands a message over. An answer claims no more than what it answers has shown to be the same.
  void receive(const RaftMessage& message, const RaftServer& from);
  /// Tells the library what came of all that it asked for, until it asks for nothing more.
  void settle();
  /// A term that nobody else leads, for a leader that nobody elected. False if the disk failed.
  bool begin_term(struct raft& raft);
  /// The disk failed: from then on nothing is stored and nothing sent, and the library must not be
  /// called any more.
  const std::optional<Error>& failure() const noexcept { return failure_; }
  std::uint64_t random_number() { return random_(); }

  std::function<void(const std::string& to, RaftMessage message)> on_send;
  std::function<void()> on_failure;

private:
  int load(
    raft_term& term,
    raft_id& vote,
    struct raft_snapshot*& snapshot,
    raft_index& first,
    struct raft_entry*& entries,
    std::size_t& count);
  int begin(const struct raft_configuration& servers);
  int recover(const struct raft_configuration& servers);
  int send(struct raft_io_send* request, const struct raft_message& message, raft_io_send_cb told);
  int put_snapshot(
    unsigned trailing,
    struct raft_io_snapshot_put* request,
    const struct raft_snapshot& snapshot,
    raft_io_snapshot_put_cb told);
  int get_snapshot(struct raft_io_snapshot_get* request, raft_io_snapshot_get_cb told);
  void fail_with(const Error& error);
  /// Always 0. The library goes wrong where a write fails, so it is not told: the one call in which
  /// that happens goes on as if nothing had, unheard, and there is no next one.
  int stored(const Result<void>& result);
  void connect_disk();
  void connect_rest();

  RaftStorage& storage_;
  std::mt19937_64 random_;
  struct raft_io io_ {};
  Instant now_{};
  raft_io_tick_cb tick_ = nullptr;
  raft_io_recv_cb receive_ = nullptr;
  std::deque<std::function<void()>> to_tell_;
  std::optional<std::uint64_t> shown_; // the last entry that the message being answered has
  std::optional<Error> failure_;
};

} // namespace gateway
