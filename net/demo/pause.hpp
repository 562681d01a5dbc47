#pragma once

#include "net/base/co.hpp"
#include "net/base/time.hpp"
#include "net/http/exchange.hpp"
#include "net/http/io_thread.hpp"
#include "net/http/timer.hpp"

#include <coroutine>
#include <set>

namespace gateway {

class DemoPause;

/// Every wait of a provider, so that a stop can end them all.
/// Thread: one io thread.
class DemoPauses {
public:
  /// Ends every wait there is; those that begin later end at once.
  void end_all() noexcept;

private:
  friend class DemoPause;
  std::set<DemoPause*> pauses_;
  bool ended_ = false;
};

/// Waits of one exchange. A client that leaves ends them (seen within half a second).
class DemoPause {
public:
  DemoPause(DemoPauses& pauses, Exchange& exchange);
  ~DemoPause();
  DemoPause(const DemoPause&) = delete;
  DemoPause& operator=(const DemoPause&) = delete;

  /// False if the client left, or a stop came, before `due`.
  Co<bool> until(Instant due);
  /// Waits until the client leaves, or a stop comes.
  Co<void> until_gone();

private:
  friend class DemoPauses;
  struct Ring;
  void end() noexcept;

  DemoPauses& pauses_;
  std::coroutine_handle<> waiting_;
  Timer timer_;
  PeerWatch watch_;
  bool ended_ = false;
};

} // namespace gateway
