#pragma once

#include "actors/quota/demand_rate.hpp"
#include "actors/quota/share.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <vector>

namespace gateway {

/// Who asks a stop for permits, as far as other nodes should know of it.
struct Asker {
  /// The same for all the times that one call asks; only compared. Null: nobody who would wait.
  const void* call = nullptr;
  bool again = false;       // it has asked before
  std::uint32_t behind = 0; // how many calls wait for their turn behind this one
};

/// What the calls of one shared quota need at this node, for the broker. A call that is refused
/// and may wait counts as waiting until it is admitted, or has not asked for a while.
/// Thread: one; `now` never goes back.
class DemandWatch {
public:
  static constexpr Nanoseconds forgotten_after = 250ms; // a line asks every 25 ms

  explicit DemandWatch(Instant now) noexcept;

  void admitted(const Asker& asker, std::int64_t amount, Instant now);
  void refused(const Asker& asker, std::int64_t amount, Instant now);

  /// `held`: for how long a permit is out after its use (W + D).
  ShareDemand demand(Nanoseconds held, Instant now);
  bool somebody_waits() const noexcept { return !waiting_.empty(); }

private:
  struct Waiting {
    const void* call;
    std::int64_t amount;
    std::uint32_t behind;
    Instant asked;
  };

  void note(const Asker& asker, std::int64_t amount, Instant now);

  DemandRate rate_;
  std::vector<Waiting> waiting_; // first come first; a line a thread and name, and who is held here
  std::int64_t dearest_ = 1;     // of this minute and the one before
  std::int64_t dearest_before_ = 1;
  Instant minute_;
};

} // namespace gateway
