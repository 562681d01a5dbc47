#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gateway {

/// A document of some megabytes fits into an entry, whole.
constexpr std::size_t raft_entry_bytes_max = 16 * 1024 * 1024;

/// One entry of the document log; what it says is not looked at here.
struct RaftEntry {
  std::uint64_t term = 0;
  std::uint8_t kind = 0; // as Raft tells commands from its own
  std::string bytes;

  friend bool operator==(const RaftEntry&, const RaftEntry&) = default;
};

/// What takes the place of all entries up to `index`.
struct RaftSnapshot {
  std::uint64_t index = 0;
  std::uint64_t term = 0;                // of the entry at `index`
  std::uint64_t configuration_index = 0; // of the entry that brought `configuration`
  std::string configuration;             // the servers, as Raft writes them down
  std::string bytes;

  friend bool operator==(const RaftSnapshot&, const RaftSnapshot&) = default;
};

/// All that a server must not forget.
struct RaftState {
  std::uint64_t term = 0;
  std::uint64_t vote = 0; // whom it voted for in `term`, 0: nobody yet
  std::optional<RaftSnapshot> snapshot;
  std::uint64_t first = 1; // index of entries.front(), or of the entry that is to come
  std::vector<RaftEntry> entries;

  std::uint64_t last() const noexcept { return first + entries.size() - 1; }
  bool is_empty() const noexcept { return !snapshot && entries.empty(); }
  friend bool operator==(const RaftState&, const RaftState&) = default;
};

/// Where the document log lies. What returned without an error is on the disk; after an error
/// nothing more is taken, until it is opened anew.
/// Errors: storage_unavailable.
/// Thread: one, which waits for the disk.
class RaftStorage {
public:
  virtual ~RaftStorage() = default;

  virtual Result<RaftState> load() = 0;
  /// A later term; nobody has its vote.
  virtual Result<void> set_term(std::uint64_t term) = 0;
  virtual Result<void> set_vote(std::uint64_t server) = 0;
  /// Behind the last one.
  virtual Result<void> append(std::span<const RaftEntry> entries) = 0;
  /// Takes the entry at `index` and all behind it away.
  virtual Result<void> truncate(std::uint64_t index) = 0;
  /// Replaces the snapshot, and drops all entries before `first`. With `first` behind
  /// snapshot.index, what there is of entries goes: the snapshot came from another server.
  virtual Result<void> put_snapshot(const RaftSnapshot& snapshot, std::uint64_t first) = 0;
  /// The newest one.
  virtual Result<RaftSnapshot> snapshot() = 0;
};

} // namespace gateway
