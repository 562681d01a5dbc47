#pragma once

#include "net/base/time.hpp"
#include "net/demo/words.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// Failing on command: what goes wrong, how often, and for how long.
namespace gateway {

enum class DemoFault : std::uint8_t {
  none,
  status_400,
  status_401,
  status_403,
  status_404,
  status_429, // with a retry-after of `wait`
  status_500,
  status_503,
  status_529,
  refuse,          // the connection is closed without an answer
  reset,           // the connection is reset without an answer
  hang,            // no answer ever comes
  slow,            // the first byte comes `wait` late
  stall,           // nothing comes any more after `after` events
  cut,             // the connection is closed after `after` events, or in the middle of a body
  error_in_stream, // an error event after `after` events, then the end
  error_at_head,   // a 200 whose first event, or whose body, is an error
  garbage,         // a 200 with a web page
  invalid_json,    // a 200 whose JSON breaks off
  no_usage,        // an answer that does not say what it cost
  no_done,         // a stream without its terminator
  no_finish,       // a stream that ends in order without a finish reason
};

/// Every fault by the name it is ordered by: "429", "refuse", …
struct DemoFaultName {
  DemoFault fault;
  std::string_view name;
};
std::span<const DemoFaultName> demo_fault_names() noexcept;
std::optional<DemoFault> find_demo_fault(std::string_view name) noexcept;
std::string_view name_of(DemoFault fault) noexcept;

/// What is to go wrong from now on.
struct DemoFaultOrder {
  DemoFault fault = DemoFault::none;
  std::optional<std::int64_t> count; // the next so many requests; none: until ordered otherwise
  double rate = 1;                   // of those, the share that is hit
  std::int64_t after = 3;            // events of a stream that still come well
  Milliseconds wait{2'000};          // slow: how late; 429 and 503: what retry-after says
};

/// Decides request by request. Pure but for its own dice, which `seed` makes repeatable.
class DemoFaultPlan {
public:
  explicit DemoFaultPlan(std::uint64_t seed) : dice_(seed) {}

  void order(const DemoFaultOrder& order) noexcept { order_ = order; }
  const DemoFaultOrder& order() const noexcept { return order_; }
  /// The fault of the next request, used up.
  DemoFault next() noexcept;

private:
  DemoFaultOrder order_;
  DemoDice dice_;
};

} // namespace gateway
