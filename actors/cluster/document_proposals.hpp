#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gateway {

/// What this node proposed and nobody has decided yet. A leader may lose a proposal with its
/// leadership, and its answer may be lost: so it is sent again, and counts once.
class DocumentProposals {
public:
  struct Target {
    std::string leader; // "" where none is known
    std::uint64_t term = 0;

    friend bool operator==(const Target&, const Target&) = default;
  };

  /// False where too many wait.
  bool add(std::uint64_t proposal, std::string entry, Instant until);
  /// Entries to be sent to the leader now.
  std::vector<std::string> due(const Target& target, Instant now);
  /// Those that waited long enough.
  std::vector<std::uint64_t> take_expired(Instant now);
  /// Whether it was waited for; it is not any more.
  bool settle(std::uint64_t proposal) { return waiting_.erase(proposal) > 0; }

private:
  struct Waiting {
    std::string entry;
    Instant until{};
    Target sent_to;
    Instant again{};
  };

  std::map<std::uint64_t, Waiting> waiting_;
};

/// How many may wait at a time.
constexpr std::size_t proposals_max = 64;

} // namespace gateway
