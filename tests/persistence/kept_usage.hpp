#pragma once

#include "persistence/usage_series.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <utility>

namespace gateway::testing {

inline const Day monday = day_of(at(0));

/// A state that holds everything from Monday on, before a folder of closed days.
struct KeptUsage {
  TemporaryFolder data;
  UsageState state;
  UsageHistory history{data.path()};

  KeptUsage() { state.first_open_day = state.first_held_day = monday; }

  UsageSeriesAnswer chart(const UsageSeriesQuery& query, WallTime now) {
    auto answered = answer_usage_series({{state, history}}, query, now);
    REQUIRE(answered);
    return *std::move(answered);
  }
  UsageBreakdown breakdown(const UsageSeriesQuery& query) {
    auto answered = answer_usage_breakdown({{state, history}}, query);
    REQUIRE(answered);
    return *std::move(answered);
  }
};

} // namespace gateway::testing
