#pragma once

#include "persistence/usage_day.hpp"

#include <optional>
#include <string>

namespace gateway {

/// DATA/usage/YYYY-MM-DD.charts: a closed day packed, beside the file that it was made of. It may
/// be removed at any time, and is made again.
std::string usage_charts_path(const std::string& data, Day day);

/// Nothing where there is none, or none of the day's file as that lies there now, or a damaged one.
std::optional<UsageDay> load_usage_day(const std::string& data, Day day, bool with_hours);

/// Where it can't be written nothing is lost but time.
void store_usage_day(const std::string& data, Day day, const UsageDay& packed);

} // namespace gateway
