#pragma once

#include "actors/runtime/messages.hpp"

#include <string>

namespace gateway {

/// Of the newest part of the last minutes, for a dry run that somebody waits for.
constexpr Milliseconds dry_run_replay{10 * 60'000};
constexpr std::uint64_t dry_run_replay_bytes{8 * 1024 * 1024};

/// Appends `,"impact":[…],"replay":{…}` of a dry run; both empty without a report.
void append_dry_run_replay_json(std::string& out, const ReplayReport* report);

} // namespace gateway
