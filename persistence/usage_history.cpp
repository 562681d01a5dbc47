#include "persistence/usage_history.hpp"

#include "net/base/log.hpp"
#include "persistence/json_file.hpp"
#include "persistence/usage_json.hpp"

namespace gateway {

Result<std::shared_ptr<const UsageTotals>> UsageHistory::day(Day day) {
  if (const auto found = days_.find(day); found != days_.end()) return found->second;
  auto totals = std::make_shared<UsageTotals>();
  auto text = read_file(usage_day_path(data_, day));
  if (!text && text.error().kind != ErrorKind::not_found) return fail(std::move(text.error()));
  if (text) {
    auto read = read_usage_day_text(*text);
    if (read)
      *totals = *std::move(read);
    else
      log::warn("usage day not read day={} reason=\"{}\"", day_text(day), read.error().message);
  }
  if (cells_ + totals->cells() > usage_history_cells_max) {
    days_.clear();
    cells_ = 0;
  }
  cells_ += totals->cells();
  std::shared_ptr<const UsageTotals> kept = std::move(totals);
  days_.emplace(day, kept);
  return kept;
}

} // namespace gateway
