#pragma once

#include "actors/cluster/raft_servers.hpp"
#include "persistence/raft_record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway {

/// Entries behind one that the receiver should have; without entries it only says who leads.
struct RaftAppend {
  std::uint64_t term = 0;
  std::uint64_t previous_index = 0; // 0: the first entry of all is among them
  std::uint64_t previous_term = 0;
  std::uint64_t committed = 0; // the last entry that a majority has
  std::vector<RaftEntry> entries;

  std::uint64_t last() const noexcept { return previous_index + entries.size(); }
  friend bool operator==(const RaftAppend&, const RaftAppend&) = default;
};

/// What the receiver of entries, or of a snapshot, has now.
struct RaftAppendAnswer {
  std::uint64_t term = 0;
  std::uint64_t rejected = 0; // the entry that did not fit, 0: all did
  std::uint64_t last = 0;

  friend bool operator==(const RaftAppendAnswer&, const RaftAppendAnswer&) = default;
};

struct RaftVoteRequest {
  std::uint64_t term = 0;
  std::uint64_t candidate = 0;
  std::uint64_t last_index = 0;
  std::uint64_t last_term = 0;
  bool may_disturb = false; // the leader itself handed on
  bool is_trial = false;    // would I get your vote?

  friend bool operator==(const RaftVoteRequest&, const RaftVoteRequest&) = default;
};

struct RaftVoteAnswer {
  std::uint64_t term = 0;
  bool is_granted = false;
  bool is_trial = false;

  friend bool operator==(const RaftVoteAnswer&, const RaftVoteAnswer&) = default;
};

/// Takes the place of entries that the leader does not have any more.
struct RaftInstall {
  std::uint64_t term = 0;
  RaftSnapshot snapshot;

  friend bool operator==(const RaftInstall&, const RaftInstall&) = default;
};

/// The leader hands on to the receiver.
struct RaftHandOn {
  std::uint64_t term = 0;
  std::uint64_t last_index = 0;
  std::uint64_t last_term = 0;

  friend bool operator==(const RaftHandOn&, const RaftHandOn&) = default;
};

/// All that the document logs of two nodes say to each other to agree.
using RaftMessage = std::
  variant<RaftAppend, RaftAppendAnswer, RaftVoteRequest, RaftVoteAnswer, RaftInstall, RaftHandOn>;

/// The kinds of entries that the log's library tells apart.
constexpr std::uint8_t raft_entry_command = 1;
constexpr std::uint8_t raft_entry_barrier = 2;
constexpr std::uint8_t raft_entry_servers = 3;

/// What a message may hold at most, and where a longer one ends before it is sent.
constexpr std::size_t raft_message_bytes_max = 48 * 1024 * 1024;
constexpr std::uint64_t raft_number_max = std::uint64_t{1} << 53; // of indexes and terms

std::string encode(const RaftMessage& message);
/// Errors: invalid_value, for what no sane server says: the library does not check what it gets.
Result<RaftMessage> decode_raft_message(std::string_view bytes);

} // namespace gateway
