#include "actors/cluster/raft_port.hpp"

#include "actors/cluster/raft_memory.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

RaftPort& port_of(struct raft_io* io) {
  return *static_cast<RaftPort*>(io->impl);
}

} // namespace

RaftPort::RaftPort(RaftStorage& storage, std::uint64_t seed) : storage_(storage), random_(seed) {
  io_.version = 2;
  io_.impl = this;
  connect_disk();
  connect_rest();
}

void RaftPort::connect_disk() {
  io_.load = [](
               struct raft_io* io,
               raft_term* term,
               raft_id* vote,
               struct raft_snapshot** snapshot,
               raft_index* first,
               struct raft_entry** entries,
               std::size_t* count) {
    return port_of(io).load(*term, *vote, *snapshot, *first, *entries, *count);
  };
  io_.bootstrap = [](struct raft_io* io, const struct raft_configuration* servers) {
    return port_of(io).begin(*servers);
  };
  io_.recover = [](struct raft_io* io, const struct raft_configuration* servers) {
    return port_of(io).recover(*servers);
  };
  io_.set_term = [](struct raft_io* io, raft_term term) {
    return port_of(io).stored(port_of(io).storage_.set_term(term));
  };
  io_.set_vote = [](struct raft_io* io, raft_id server) {
    return port_of(io).stored(port_of(io).storage_.set_vote(server));
  };
  io_.append = [](
                 struct raft_io* io,
                 struct raft_io_append* request,
                 const struct raft_entry* entries,
                 unsigned count,
                 raft_io_append_cb told) {
    auto& port = port_of(io);
    port.stored(port.storage_.append(entries_of(entries, count)));
    port.to_tell_.emplace_back([request, told] { told(request, 0); });
    return 0;
  };
  io_.truncate = [](struct raft_io* io, raft_index index) {
    return port_of(io).stored(port_of(io).storage_.truncate(index));
  };
  io_.snapshot_put = [](
                       struct raft_io* io,
                       unsigned trailing,
                       struct raft_io_snapshot_put* request,
                       const struct raft_snapshot* snapshot,
                       raft_io_snapshot_put_cb told) {
    return port_of(io).put_snapshot(trailing, request, *snapshot, told);
  };
  io_.snapshot_get =
    [](struct raft_io* io, struct raft_io_snapshot_get* request, raft_io_snapshot_get_cb told) {
      return port_of(io).get_snapshot(request, told);
    };
}

void RaftPort::connect_rest() {
  io_.init = [](struct raft_io*, raft_id, const char*) { return 0; };
  io_.close = [](struct raft_io* io, raft_io_close_cb told) {
    if (told != nullptr) told(io);
  };
  io_.start =
    [](struct raft_io* io, unsigned, raft_io_tick_cb on_tick, raft_io_recv_cb on_message) {
      port_of(io).tick_ = on_tick;
      port_of(io).receive_ = on_message;
      return 0;
    };
  io_.send = [](
               struct raft_io* io,
               struct raft_io_send* request,
               const struct raft_message* message,
               raft_io_send_cb told) { return port_of(io).send(request, *message, told); };
  io_.time = [](struct raft_io* io) -> raft_time {
    const auto since_boot = port_of(io).now_.time_since_epoch();
    return static_cast<raft_time>(std::chrono::duration_cast<Milliseconds>(since_boot).count());
  };
  io_.random = [](struct raft_io* io, int least, int most) {
    return std::uniform_int_distribution<int>{least, most}(port_of(io).random_);
  };
}

void RaftPort::fail_with(const Error& error) {
  if (!failure_) failure_ = error;
  if (on_failure) on_failure();
}

int RaftPort::stored(const Result<void>& result) {
  if (!result) fail_with(result.error());
  return 0;
}

int RaftPort::load(
  raft_term& term,
  raft_id& vote,
  struct raft_snapshot*& snapshot,
  raft_index& first,
  struct raft_entry*& entries,
  std::size_t& count) {
  const auto state = storage_.load();
  if (!state) {
    fail_with(state.error());
    return RAFT_IOERR;
  }
  // What lies on the disk has its checksums, but the library reads lists of servers unchecked.
  const auto is_strange = [](const RaftEntry& entry) {
    return entry.kind == raft_entry_servers && !read_raft_servers(entry.bytes);
  };
  const bool has_strange = std::ranges::any_of(state->entries, is_strange)
    || (state->snapshot && !read_raft_servers(state->snapshot->configuration));
  if (has_strange) {
    fail_with({ErrorKind::storage_unavailable, "the document log lists no sane servers"});
    return RAFT_CORRUPT;
  }
  term = state->term;
  vote = state->vote;
  snapshot = state->snapshot ? raft_snapshot_of(*state->snapshot) : nullptr;
  first = state->first;
  entries = raft_entries_of(state->entries);
  count = state->entries.size();
  return 0;
}

int RaftPort::begin(const struct raft_configuration& servers) {
  const auto state = storage_.load();
  // Term 1 without entries is what a kill leaves between the two writes.
  if (state && (!state->is_empty() || state->term > 1 || state->vote != 0))
    return RAFT_CANTBOOTSTRAP;
  const RaftEntry first{1, raft_entry_servers, servers_text(servers)};
  if (!state) fail_with(state.error());
  if (state) stored(storage_.set_term(1));
  if (!failure_) stored(storage_.append({&first, 1}));
  return failure_ ? RAFT_IOERR : 0;
}

int RaftPort::recover(const struct raft_configuration& servers) {
  const auto state = storage_.load();
  if (state && state->is_empty()) return RAFT_NOTFOUND;
  if (!state) {
    fail_with(state.error());
    return RAFT_IOERR;
  }
  const auto term = state->entries.empty() ? state->snapshot->term : state->entries.back().term;
  const RaftEntry last{term, raft_entry_servers, servers_text(servers)};
  stored(storage_.append({&last, 1}));
  return failure_ ? RAFT_IOERR : 0;
}

int RaftPort::send(
  struct raft_io_send* request, const struct raft_message& message, raft_io_send_cb told) {
  auto made = message_of(message);
  if (auto* answer = std::get_if<RaftAppendAnswer>(&made); answer != nullptr && shown_) {
    // The library answers with the last entry it has, as if what lies behind those it was shown
    // were the leader's too. It may be of a leader before.
    if (answer->rejected == 0) answer->last = std::min(answer->last, *shown_);
  }
  // What was not stored is not said.
  if (on_send && !failure_) on_send(message.server_address, std::move(made));
  // Of a leader that hands on the request may be gone by then: it has nobody to tell.
  if (told != nullptr) to_tell_.emplace_back([request, told] { told(request, 0); });
  return 0;
}

int RaftPort::put_snapshot(
  unsigned trailing,
  struct raft_io_snapshot_put* request,
  const struct raft_snapshot& snapshot,
  raft_io_snapshot_put_cb told) {
  // Without trailing entries it came from the leader, and replaces them all.
  const auto kept = std::min<std::uint64_t>(trailing, snapshot.index);
  const auto first = snapshot.index - kept + 1;
  stored(storage_.put_snapshot(snapshot_of(snapshot), first));
  to_tell_.emplace_back([request, told] { told(request, 0); });
  return 0;
}

int RaftPort::get_snapshot(struct raft_io_snapshot_get* request, raft_io_snapshot_get_cb told) {
  const auto read = storage_.snapshot();
  if (!read) {
    fail_with(read.error());
    return RAFT_IOERR;
  }
  auto* snapshot = raft_snapshot_of(*read);
  to_tell_.emplace_back([request, told, snapshot] { told(request, snapshot, 0); });
  return 0;
}

void RaftPort::receive(const RaftMessage& message, const RaftServer& from) {
  if (const auto* append = std::get_if<RaftAppend>(&message)) shown_ = append->last();
  if (const auto* install = std::get_if<RaftInstall>(&message)) shown_ = install->snapshot.index;
  auto made = raft_message_of(message, from);
  receive_(&io_, &made);
  settle();
  shown_.reset();
}

bool RaftPort::begin_term(struct raft& raft) {
  const auto term = raft.current_term + 1;
  stored(storage_.set_term(term));
  if (!failure_) stored(storage_.set_vote(raft.id));
  if (failure_) return false;
  raft.current_term = term;
  raft.voted_for = raft.id;
  return true;
}

void RaftPort::settle() {
  while (!to_tell_.empty()) {
    const auto tell = std::move(to_tell_.front());
    to_tell_.pop_front();
    tell();
  }
}

} // namespace gateway
