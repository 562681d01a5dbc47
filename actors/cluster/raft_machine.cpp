#include "actors/cluster/raft_machine.hpp"

#include "actors/cluster/raft_memory.hpp"

#include <algorithm>

namespace gateway {
namespace {

RaftMachine& machine_of(struct raft_fsm* fsm) {
  return *static_cast<RaftMachine*>(fsm->data);
}

} // namespace

RaftMachine::RaftMachine(struct raft& raft, Kept kept) : raft_(raft), kept_(kept) {
  fsm_.version = 1; // snapshots are given to the library, which frees them
  fsm_.data = this;
  fsm_.apply = [](struct raft_fsm* fsm, const struct raft_buffer* bytes, void** result) {
    *result = nullptr;
    return machine_of(fsm).apply(*bytes);
  };
  fsm_.snapshot = [](struct raft_fsm* fsm, struct raft_buffer** buffers, unsigned* count) {
    return machine_of(fsm).snapshot(buffers, count);
  };
  fsm_.restore = [](struct raft_fsm* fsm, struct raft_buffer* bytes) {
    return machine_of(fsm).restore(*bytes);
  };
}

void RaftMachine::reset() {
  state_ = {};
  bytes_since_snapshot_ = 0;
}

int RaftMachine::apply(const struct raft_buffer& bytes) {
  if (is_stopped_) return RAFT_IOERR;
  auto entry = decode_document_entry(raft_bytes(bytes));
  if (!entry) {
    // The leader checked it: a later version of this program wrote it. To go on without it would
    // be to come to another document than the others.
    failure_ = entry.error();
    return RAFT_MALFORMED;
  }
  bytes_since_snapshot_ += bytes.len;
  Applied applied{raft_.last_applied + 1, *std::move(entry), {}};
  applied.outcome = state_.apply(applied.entry);
  if (on_applied) on_applied(std::move(applied));
  return 0;
}

unsigned RaftMachine::trailing() const {
  // The log is a ring; the newest applied entries, as many as there is room for.
  const auto& log = raft_.log;
  std::size_t bytes = 0;
  std::size_t entries = 0;
  for (auto index = raft_.last_applied; index > log.offset && entries < kept_.entries; --index) {
    bytes += log.entries[(log.front + index - 1 - log.offset) % log.size].buf.len;
    if (bytes > kept_.bytes) break;
    ++entries;
  }
  return static_cast<unsigned>(std::max<std::size_t>(entries, 1));
}

int RaftMachine::snapshot(struct raft_buffer** buffers, unsigned* count) {
  // The library would put servers into it that nobody has agreed to yet.
  const bool is_changing =
    raft_.configuration_uncommitted_index != 0 || raft_.configuration_index > raft_.last_applied;
  if (is_changing || is_stopped_) return RAFT_BUSY; // it asks again with the next entry
  raft_set_snapshot_trailing(&raft_, trailing());
  *buffers = raft_array<struct raft_buffer>(1);
  **buffers = raft_buffer_of(state_.snapshot());
  *count = 1;
  bytes_since_snapshot_ = 0;
  return 0;
}

int RaftMachine::restore(struct raft_buffer& bytes) {
  if (is_stopped_) return RAFT_IOERR;
  auto state = DocumentState::read(raft_bytes(bytes));
  if (!state) {
    failure_ = state.error();
    return RAFT_MALFORMED;
  }
  state_ = *std::move(state);
  bytes_since_snapshot_ = 0;
  raft_free(bytes.base); // it is ours from here on
  if (on_restored) on_restored();
  return 0;
}

} // namespace gateway
