#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <string>

namespace gateway {

/// How a node takes part in the document log.
struct DocumentLogSettings {
  std::string name; // this node's
  std::uint64_t seed = 0;
  Milliseconds election{1'000}; // nobody leads for so long, or twice that: somebody stands
  Milliseconds heartbeat{200};
  Milliseconds snapshot_again{5'000}; // one that was not acknowledged
  Milliseconds patience{10'000};      // for a proposal to be decided
  // A snapshot is taken when so much was applied since the last one…
  std::size_t snapshot_entries = 256;
  std::size_t snapshot_bytes = 8 * 1024 * 1024;
  // …and so much is kept behind it, for those who are not far behind.
  std::size_t kept_entries = 128;
  std::size_t kept_bytes = 4 * 1024 * 1024;
};

} // namespace gateway
