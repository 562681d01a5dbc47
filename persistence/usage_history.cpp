#include "persistence/usage_history.hpp"

#include "net/base/log.hpp"
#include "persistence/json_file.hpp"
#include "persistence/usage_day_file.hpp"
#include "persistence/usage_json.hpp"

#include <algorithm>
#include <ranges>

namespace gateway {
namespace {

constexpr std::chrono::days one_day{1};

} // namespace

Result<UsageTotals> UsageHistory::read_day(Day day) const {
  auto text = read_file(usage_day_path(data_, day));
  if (!text && text.error().kind == ErrorKind::not_found) return UsageTotals{};
  if (!text) return fail(std::move(text.error()));
  auto read = read_usage_day_text(*text);
  if (read) return read;
  log::warn("usage day not read day={} reason=\"{}\"", day_text(day), read.error().message);
  return UsageTotals{};
}

Result<std::shared_ptr<const UsageTotals>> UsageHistory::day(Day day) {
  if (const auto found = days_.find(day); found != days_.end()) {
    found->second.used = ++uses_;
    return found->second.totals;
  }
  GATEWAY_TRY(auto read, read_day(day));
  read.drop_value_speeds();
  const auto totals = std::make_shared<const UsageTotals>(std::move(read));
  const auto bytes = totals->bytes();
  // The longest unused make room; one that is too large by itself is not kept.
  while (!days_.empty() && bytes_ + bytes > bounds_.days) {
    const auto oldest =
      std::ranges::min_element(days_, {}, [](const auto& entry) { return entry.second.used; });
    bytes_ -= oldest->second.bytes;
    days_.erase(oldest);
  }
  if (bytes <= bounds_.days) {
    days_.emplace(day, Kept{totals, bytes, ++uses_});
    bytes_ += bytes;
  }
  return totals;
}

Result<std::shared_ptr<const UsageDay>> UsageHistory::packed(Day day, Milliseconds length) {
  const auto found = packed_.find(day);
  if (found != packed_.end() && found->second->finest() <= length) return found->second;
  const bool with_hours = length < usage_quarter || detail_in_memory(day) < usage_quarter;
  auto loaded = load_usage_day(data_, day, with_hours);
  if (!loaded) {
    GATEWAY_TRY(const auto totals, read_day(day));
    loaded.emplace(day, totals);
    store_usage_day(data_, day, *loaded);
  }
  if (found == packed_.end()) keep(day, *loaded);
  return std::make_shared<const UsageDay>(*std::move(loaded));
}

Milliseconds UsageHistory::detail_in_memory(Day day) const noexcept {
  const auto newest = listed_before_.value_or(day);
  if (day >= newest - usage_hours_in_memory) return usage_hour;
  return day >= newest - usage_quarters_in_memory ? usage_quarter : usage_day_length;
}

/// False where there is no room.
bool UsageHistory::keep(Day day, const UsageDay& packed) {
  auto kept = packed;
  kept.keep(detail_in_memory(day));
  const auto bytes = kept.bytes();
  if (packed_bytes_ + weeks_bytes_ + bytes > bounds_.packed) return false;
  packed_bytes_ += bytes;
  packed_.insert_or_assign(day, std::make_shared<const UsageDay>(std::move(kept)));
  return true;
}

Result<bool> UsageHistory::load_next(Day before) {
  if (auto listed = list_days(before); !listed) return fail(std::move(listed.error()));
  for (const auto day : files_ | std::views::reverse) {
    if (day >= before || packed_.contains(day)) continue;
    if (auto loaded = packed(day, usage_day_length); !loaded)
      return fail(std::move(loaded.error()));
    return packed_.contains(day);
  }
  if (files_.empty()) return false;
  auto monday = before - one_day;
  while (std::chrono::weekday{monday} != std::chrono::Monday) monday -= one_day;
  if (monday + usage_week > before) monday -= usage_week;
  for (; monday >= files_.front(); monday -= usage_week) {
    if (weeks_.contains(monday)) continue;
    GATEWAY_TRY(const auto added, week(monday));
    return added != nullptr;
  }
  return false;
}

Result<std::shared_ptr<const UsageDay>> UsageHistory::week(Day monday) {
  if (const auto found = weeks_.find(monday); found != weeks_.end()) return found->second;
  if (!has_room_for_weeks_) return std::shared_ptr<const UsageDay>{};
  std::vector<std::shared_ptr<const UsageDay>> days;
  for (auto day = monday; day < monday + usage_week; day += one_day) {
    if (!std::ranges::binary_search(files_, day)) continue;
    GATEWAY_TRY(auto whole, packed(day, usage_day_length));
    days.push_back(std::move(whole));
  }
  auto sum = std::make_shared<const UsageDay>(UsageDay::together(monday, usage_week, days));
  const auto bytes = sum->bytes();
  has_room_for_weeks_ = packed_bytes_ + weeks_bytes_ + bytes <= bounds_.packed;
  if (!has_room_for_weeks_) return std::shared_ptr<const UsageDay>{};
  weeks_bytes_ += bytes;
  return weeks_.emplace(monday, std::move(sum)).first->second;
}

Result<std::optional<Day>> UsageHistory::first_day(Day before) {
  if (auto listed = list_days(before); !listed) return fail(std::move(listed.error()));
  return files_.empty() || files_.front() >= before ? std::optional<Day>{} : files_.front();
}

/// A closed day's file never changes, so the folder is read again only when a day was closed: then
/// others have grown older too.
Result<void> UsageHistory::list_days(Day before) {
  if (before == listed_before_) return {};
  GATEWAY_TRY(files_, usage_days(data_));
  listed_before_ = before;
  has_room_for_weeks_ = true;
  const auto aged = std::exchange(packed_, {});
  packed_bytes_ = 0;
  for (const auto& [day, packed] : aged | std::views::reverse) keep(day, *packed);
  return {};
}

} // namespace gateway
