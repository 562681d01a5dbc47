#pragma once

#include "persistence/files.hpp"
#include "persistence/raft_record.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// DATA/document.log/: what this node must not forget of what the cluster agreed on.
///
///   vote.json   term and vote, one checked line; replaced whole
///   entries     frames (raft_frame.hpp); appended to, replaced whole where entries are taken away
///   snapshot    a checked line of numbers, then the servers and the document; replaced whole
///
/// Mode 0600: a document may hold keys. Replaced files are written beside, synced, renamed, and the
/// folder synced: a kill between any two writes leaves the old or the new one.
class RaftStore final : public RaftStorage {
public:
  /// Makes the folder where it is missing. `files` outlives it.
  static Result<std::unique_ptr<RaftStore>> open(Files& files, const std::string& folder);

  /// First of all. A write that broke off is cut away.
  Result<RaftState> load() override;
  Result<void> set_term(std::uint64_t term) override;
  Result<void> set_vote(std::uint64_t server) override;
  Result<void> append(std::span<const RaftEntry> entries) override;
  Result<void> truncate(std::uint64_t index) override;
  Result<void> put_snapshot(const RaftSnapshot& snapshot, std::uint64_t first) override;
  Result<RaftSnapshot> snapshot() override;

  /// What load() cut away, 0 for nothing.
  std::uint64_t cut_bytes() const noexcept { return cut_bytes_; }

private:
  RaftStore(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }
  Result<void> load_vote(RaftState& state);
  Result<void> load_entries(RaftState& state);
  Result<void> open_entries(std::uint64_t bytes);
  Result<std::string> read_entries();
  Result<void> write_vote(std::uint64_t term, std::uint64_t vote);
  Result<void> replace_entries(std::uint64_t first, std::string_view kept);
  /// Remembers a failure: what the disk holds after it is not known.
  Result<void> done(Result<void> result);

  Files& files_;
  std::string folder_;
  Descriptor entries_;
  std::optional<Error> broken_;
  std::uint64_t term_ = 0;
  std::uint64_t first_ = 1;            // of the file, or what comes next in it
  std::vector<std::uint64_t> offsets_; // in the file, of each entry
  std::uint64_t bytes_ = 0;            // of the file
  std::uint64_t write_ = 0;            // the last one's number
  std::uint64_t cut_bytes_ = 0;
};

} // namespace gateway
