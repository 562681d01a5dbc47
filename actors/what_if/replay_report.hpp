#pragma once

#include "actors/what_if/comparison.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

enum class ReplayState : std::uint8_t { running, done, failed };
/// How far a replay is, and what it found so far.
struct ReplayReport {
  std::uint64_t id = 0;
  ReplayState state = ReplayState::running;
  std::string range;
  WallTime from{};
  WallTime to{};
  double progress = 0; // from 0 to 1
  ComparisonTotals totals;
  std::vector<Impact> impact; // once it is done
  std::vector<std::string> notes;
  std::string problem; // failed: why
};
} // namespace gateway
