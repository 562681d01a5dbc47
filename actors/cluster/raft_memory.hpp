#pragma once

#include "actors/cluster/raft_library.hpp"
#include "actors/cluster/raft_message.hpp"

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What is handed over to the library, which frees it: it must come from its own allocator.
void* raft_memory(std::size_t bytes);

template <class Value>
Value* raft_array(std::size_t count) {
  auto* memory = raft_memory(count * sizeof(Value));
  std::memset(memory, 0, count * sizeof(Value));
  return static_cast<Value*>(memory);
}

struct raft_buffer raft_buffer_of(std::string_view bytes);
std::string_view raft_bytes(const struct raft_buffer& buffer);

/// Each entry in memory of its own. Null for none.
struct raft_entry* raft_entries_of(std::span<const RaftEntry> entries);
std::vector<RaftEntry> entries_of(const struct raft_entry* entries, std::size_t count);

/// The servers that `bytes` list; they are known to be well formed.
struct raft_configuration raft_configuration_of(std::string_view bytes);
std::string servers_text(const struct raft_configuration& servers);

struct raft_snapshot* raft_snapshot_of(const RaftSnapshot& snapshot);
RaftSnapshot snapshot_of(const struct raft_snapshot& snapshot);

/// `message` for the library, which takes what is allocated in it over. `from` outlives the call
/// that it is for.
struct raft_message raft_message_of(const RaftMessage& message, const RaftServer& from);
/// What the library wants to be sent, without taking anything over.
RaftMessage message_of(const struct raft_message& message);

/// Of a node's name, the same everywhere.
std::uint64_t raft_server_id(const std::string& name);

} // namespace gateway
