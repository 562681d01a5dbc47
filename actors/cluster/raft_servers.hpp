#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A server of the document log: a node, by its name.
struct RaftServer {
  /// In the order of the log's library.
  enum class Role : std::uint8_t {
    standby, // has the log, does not vote
    voter,
    spare, // does not even have the log: between being added and becoming one of the others
  };

  std::uint64_t id = 0; // made from the name
  std::string name;
  Role role = Role::spare;
  std::uint64_t has = 0; // entries, as the leader knows it; 0 elsewhere

  friend bool operator==(const RaftServer&, const RaftServer&) = default;
};

/// "voter", "standby", "spare", or "none" of a name that is not among them.
std::string_view role_text(const std::vector<RaftServer>& servers, const std::string& name);
/// Their names, sorted.
std::vector<std::string> voters_of(const std::vector<RaftServer>& servers);

/// How asking for another list of servers went.
enum class ServersChange : std::uint8_t {
  begun,
  not_leader, // or not for sure yet
  busy,       // one at a time
  unknown,    // no such server
  needless,   // it is so already
  last_voter, // nobody would be left to decide
  hand_on,    // a leader keeps its vote; let another one lead first
};

/// Many more than the members a cluster may have.
constexpr std::size_t raft_servers_max = 1'000;

/// The servers that an entry of the log's library lists. It trusts the bytes it reads: they must
/// come by here first, whoever sent them.
/// Errors: invalid_value.
Result<std::vector<RaftServer>> read_raft_servers(std::string_view bytes);

} // namespace gateway
