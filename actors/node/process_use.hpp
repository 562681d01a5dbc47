#pragma once

#include "actors/api/context.hpp"
#include "actors/dashboard/live_view.hpp"
#include "net/base/time.hpp"

#include <cstdint>

namespace gateway {

/// What this process takes of its machine. Thread: one.
class ProcessUse {
public:
  struct Measured {
    std::int64_t cpu_thousandths = 0; // of a core, over the last second or more
    std::int64_t rss_bytes = 0;
  };
  /// Measures at most once a second: the shares of shorter times are noise.
  Measured look(Instant now);

private:
  Measured measured_;
  Instant looked_at_{};
  Nanoseconds cpu_{0};
};

/// How this node is, for the dashboard.
NodeUse node_use(ProcessUse& process, const NodeState& state);

} // namespace gateway
