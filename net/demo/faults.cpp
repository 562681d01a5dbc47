#include "net/demo/faults.hpp"

#include <array>

namespace gateway {
namespace {

constexpr std::array names{
  DemoFaultName{DemoFault::none, "none"},
  DemoFaultName{DemoFault::status_400, "400"},
  DemoFaultName{DemoFault::status_401, "401"},
  DemoFaultName{DemoFault::status_403, "403"},
  DemoFaultName{DemoFault::status_404, "404"},
  DemoFaultName{DemoFault::status_429, "429"},
  DemoFaultName{DemoFault::status_500, "500"},
  DemoFaultName{DemoFault::status_503, "503"},
  DemoFaultName{DemoFault::status_529, "529"},
  DemoFaultName{DemoFault::refuse, "refuse"},
  DemoFaultName{DemoFault::reset, "reset"},
  DemoFaultName{DemoFault::hang, "hang"},
  DemoFaultName{DemoFault::slow, "slow"},
  DemoFaultName{DemoFault::stall, "stall"},
  DemoFaultName{DemoFault::cut, "cut"},
  DemoFaultName{DemoFault::error_in_stream, "error_in_stream"},
  DemoFaultName{DemoFault::error_at_head, "error_at_head"},
  DemoFaultName{DemoFault::garbage, "garbage"},
  DemoFaultName{DemoFault::invalid_json, "invalid_json"},
  DemoFaultName{DemoFault::no_usage, "no_usage"},
  DemoFaultName{DemoFault::no_done, "no_done"},
  DemoFaultName{DemoFault::no_finish, "no_finish"},
};

} // namespace

std::span<const DemoFaultName> demo_fault_names() noexcept {
  return names;
}

std::optional<DemoFault> find_demo_fault(std::string_view name) noexcept {
  for (const auto& known : names)
    if (known.name == name) return known.fault;
  return std::nullopt;
}

std::string_view name_of(DemoFault fault) noexcept {
  for (const auto& known : names)
    if (known.fault == fault) return known.name;
  return {};
}

DemoFault DemoFaultPlan::next() noexcept {
  if (order_.fault == DemoFault::none) return DemoFault::none;
  if (order_.count && *order_.count <= 0) return DemoFault::none;
  if (order_.count) --*order_.count;
  return order_.rate >= 1 || dice_.unit() < order_.rate ? order_.fault : DemoFault::none;
}

} // namespace gateway
