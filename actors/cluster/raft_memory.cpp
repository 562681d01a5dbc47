#include "actors/cluster/raft_memory.hpp"

#include <algorithm>

namespace gateway {
namespace {

// Boxes of the library's own message, one for each alternative of ours.
struct ForLibrary {
  struct raft_message& made;

  void operator()(const RaftAppend& message) const {
    made.type = RAFT_IO_APPEND_ENTRIES;
    made.append_entries = {
      message.term,
      message.previous_index,
      message.previous_term,
      message.committed,
      nullptr,
      static_cast<unsigned>(message.entries.size())};
    // One batch for all: the library frees that of the first entry only.
    if (message.entries.empty()) return;
    std::size_t bytes = 0;
    for (const auto& entry : message.entries) bytes += entry.bytes.size();
    auto* batch = static_cast<char*>(raft_memory(bytes));
    auto* entries = raft_array<struct raft_entry>(message.entries.size());
    auto* at = batch;
    for (std::size_t i = 0; i < message.entries.size(); ++i) {
      const auto& entry = message.entries[i];
      entries[i] = {entry.term, entry.kind, {at, entry.bytes.size()}, batch};
      at = std::ranges::copy(entry.bytes, at).out;
    }
    made.append_entries.entries = entries;
  }
  void operator()(const RaftAppendAnswer& message) const {
    made.type = RAFT_IO_APPEND_ENTRIES_RESULT;
    made.append_entries_result = {message.term, message.rejected, message.last};
  }
  void operator()(const RaftVoteRequest& message) const {
    made.type = RAFT_IO_REQUEST_VOTE;
    made.request_vote = {
      message.term,
      message.candidate,
      message.last_index,
      message.last_term,
      message.may_disturb,
      message.is_trial};
  }
  void operator()(const RaftVoteAnswer& message) const {
    made.type = RAFT_IO_REQUEST_VOTE_RESULT;
    made.request_vote_result = {
      message.term, message.is_granted, message.is_trial ? raft_tribool_true : raft_tribool_false};
  }
  void operator()(const RaftInstall& message) const {
    made.type = RAFT_IO_INSTALL_SNAPSHOT;
    const auto& snapshot = message.snapshot;
    made.install_snapshot = {
      message.term,
      snapshot.index,
      snapshot.term,
      raft_configuration_of(snapshot.configuration),
      snapshot.configuration_index,
      raft_buffer_of(snapshot.bytes)};
  }
  void operator()(const RaftHandOn& message) const {
    made.type = RAFT_IO_TIMEOUT_NOW;
    made.timeout_now = {message.term, message.last_index, message.last_term};
  }
};

} // namespace

void* raft_memory(std::size_t bytes) {
  auto* memory = raft_malloc(std::max<std::size_t>(bytes, 1));
  if (memory == nullptr) broken_promise("out of memory");
  return memory;
}

struct raft_buffer raft_buffer_of(std::string_view bytes) {
  auto* memory = raft_memory(bytes.size());
  std::ranges::copy(bytes, static_cast<char*>(memory));
  return {memory, bytes.size()};
}

std::string_view raft_bytes(const struct raft_buffer& buffer) {
  return {static_cast<const char*>(buffer.base), buffer.len};
}

struct raft_entry* raft_entries_of(std::span<const RaftEntry> entries) {
  if (entries.empty()) return nullptr;
  auto* made = raft_array<struct raft_entry>(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto buffer = raft_buffer_of(entries[i].bytes);
    made[i] = {entries[i].term, entries[i].kind, buffer, buffer.base};
  }
  return made;
}

std::vector<RaftEntry> entries_of(const struct raft_entry* entries, std::size_t count) {
  std::vector<RaftEntry> made;
  for (const auto& entry : std::span{entries, count})
    made.push_back(
      {entry.term, static_cast<std::uint8_t>(entry.type), std::string{raft_bytes(entry.buf)}});
  return made;
}

struct raft_configuration raft_configuration_of(std::string_view bytes) {
  const auto servers = read_raft_servers(bytes);
  if (!servers) broken_promise("servers that were read before are malformed");
  struct raft_configuration made {};
  raft_configuration_init(&made);
  for (const auto& server : *servers)
    if (raft_configuration_add(
          &made, server.id, server.name.c_str(), static_cast<int>(server.role)))
      broken_promise("the library does not take servers that it listed");
  return made;
}

std::string servers_text(const struct raft_configuration& servers) {
  struct raft_buffer buffer {};
  if (raft_configuration_encode(&servers, &buffer) != 0) broken_promise("out of memory");
  std::string text{raft_bytes(buffer)};
  raft_free(buffer.base);
  return text;
}

struct raft_snapshot* raft_snapshot_of(const RaftSnapshot& snapshot) {
  auto* made = raft_array<struct raft_snapshot>(1);
  made->index = snapshot.index;
  made->term = snapshot.term;
  made->configuration = raft_configuration_of(snapshot.configuration);
  made->configuration_index = snapshot.configuration_index;
  made->bufs = raft_array<struct raft_buffer>(1);
  made->bufs[0] = raft_buffer_of(snapshot.bytes);
  made->n_bufs = 1;
  return made;
}

RaftSnapshot snapshot_of(const struct raft_snapshot& snapshot) {
  RaftSnapshot made;
  made.index = snapshot.index;
  made.term = snapshot.term;
  made.configuration_index = snapshot.configuration_index;
  made.configuration = servers_text(snapshot.configuration);
  for (const auto& buffer : std::span{snapshot.bufs, snapshot.n_bufs})
    made.bytes += raft_bytes(buffer);
  return made;
}

struct raft_message raft_message_of(const RaftMessage& message, const RaftServer& from) {
  struct raft_message made {};
  made.server_id = from.id;
  made.server_address = from.name.c_str();
  std::visit(ForLibrary{made}, message);
  return made;
}

RaftMessage message_of(const struct raft_message& message) {
  switch (message.type) {
  case RAFT_IO_APPEND_ENTRIES: {
    const auto& append = message.append_entries;
    return RaftAppend{
      append.term,
      append.prev_log_index,
      append.prev_log_term,
      append.leader_commit,
      entries_of(append.entries, append.n_entries)};
  }
  case RAFT_IO_APPEND_ENTRIES_RESULT: {
    const auto& answer = message.append_entries_result;
    return RaftAppendAnswer{answer.term, answer.rejected, answer.last_log_index};
  }
  case RAFT_IO_REQUEST_VOTE: {
    const auto& vote = message.request_vote;
    return RaftVoteRequest{
      vote.term,
      vote.candidate_id,
      vote.last_log_index,
      vote.last_log_term,
      vote.disrupt_leader,
      vote.pre_vote};
  }
  case RAFT_IO_REQUEST_VOTE_RESULT: {
    const auto& vote = message.request_vote_result;
    return RaftVoteAnswer{vote.term, vote.vote_granted, vote.pre_vote == raft_tribool_true};
  }
  case RAFT_IO_INSTALL_SNAPSHOT: {
    const auto& install = message.install_snapshot;
    RaftInstall made;
    made.term = install.term;
    made.snapshot.index = install.last_index;
    made.snapshot.term = install.last_term;
    made.snapshot.configuration_index = install.conf_index;
    made.snapshot.configuration = servers_text(install.conf);
    made.snapshot.bytes = raft_bytes(install.data);
    return made;
  }
  case RAFT_IO_TIMEOUT_NOW: {
    const auto& hand_on = message.timeout_now;
    return RaftHandOn{hand_on.term, hand_on.last_log_index, hand_on.last_log_term};
  }
  default: broken_promise("the library sends a message of a kind that it does not have");
  }
}

std::uint64_t raft_server_id(const std::string& name) {
  const auto id = raft_digest(name.c_str(), 0);
  return id == 0 ? 1 : id;
}

} // namespace gateway
