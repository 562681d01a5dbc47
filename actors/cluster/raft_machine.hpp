#pragma once

#include "actors/cluster/document_state.hpp"
#include "actors/cluster/raft_library.hpp"

#include <functional>
#include <optional>

namespace gateway {

/// What the library applies entries to: the document's state behind C functions.
class RaftMachine {
public:
  /// An entry in its turn.
  struct Applied {
    std::uint64_t index = 0;
    DocumentEntry entry;
    EntryOutcome outcome;
  };
  /// How much of the log stays in memory and on the disk behind a snapshot.
  struct Kept {
    std::size_t entries = 128;
    std::size_t bytes = 4 * 1024 * 1024;
  };

  /// `raft` is the one that this is given to; both stay where they are.
  RaftMachine(struct raft& raft, Kept kept);
  RaftMachine(const RaftMachine&) = delete;
  RaftMachine& operator=(const RaftMachine&) = delete;

  struct raft_fsm* fsm() noexcept {
    return &fsm_;
  }
  const DocumentState& state() const noexcept { return state_; }
  /// Begins anew, as after a start.
  void reset();
  /// What comes now is not on the disk, and is not applied.
  void stop() noexcept { is_stopped_ = true; }
  /// Bytes of the entries applied since the last snapshot.
  std::size_t bytes_since_snapshot() const noexcept { return bytes_since_snapshot_; }
  /// Why it applies nothing any more: an entry that this program does not understand.
  const std::optional<Error>& failure() const noexcept { return failure_; }

  std::function<void(Applied)> on_applied;
  std::function<void()> on_restored; // the state as a whole is another

private:
  int apply(const struct raft_buffer& bytes);
  int snapshot(struct raft_buffer** buffers, unsigned* count);
  int restore(struct raft_buffer& bytes);
  unsigned trailing() const;

  struct raft& raft_;
  Kept kept_;
  struct raft_fsm fsm_ {};
  DocumentState state_;
  std::size_t bytes_since_snapshot_ = 0;
  std::optional<Error> failure_;
  bool is_stopped_ = false;
};

} // namespace gateway
