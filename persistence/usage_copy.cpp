#include "persistence/usage_copy.hpp"

#include "net/base/log.hpp"
#include "persistence/checksum.hpp"
#include "persistence/json_file.hpp"
#include "persistence/packed_bytes.hpp"
#include "persistence/usage_json.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

std::string rows_path(const std::string& folder) {
  return folder + "/rows";
}

} // namespace

UsageCopy::UsageCopy(Files& files, std::string folder, UsageSource source)
    : files_(&files), folder_(std::move(folder)), source_(std::move(source)),
      history_(folder_, usage_copy_bounds) {
  source_.mark = {};
}

Result<UsageCopy> UsageCopy::load(Files& files, const std::string& folder) {
  GATEWAY_TRY(const auto text, read_file(rows_path(folder)));
  PackedReader reader{text};
  const auto checksum = reader.number();
  const auto bytes = reader.text();
  if (!reader.ok() || !reader.at_end() || checksum != crc32_of(bytes))
    return fail(ErrorKind::invalid_value, rows_path(folder) + " is damaged");
  GATEWAY_TRY(auto rows, decode_usage_rows(bytes));
  UsageCopy copy{files, folder, rows.source};
  copy.take(rows);
  copy.is_stored_ = true;
  return copy;
}

bool UsageCopy::take(const UsageRows& rows) {
  if (rows.source.mark <= source_.mark) return false;
  // What lies between is not in them.
  if (!rows.is_whole() && source_.mark < rows.since) return false;
  if (rows.is_whole()) state_.totals.drop_from(rows.first_held_day);
  std::vector<std::uint32_t> names;
  for (const auto& name : rows.names) names.push_back(state_.totals.index_of(name));
  for (const auto& [span, slice] : rows.slices) state_.totals.put(span, slice, names);
  for (const auto& entry : rows.value_speeds) state_.totals.put(entry, names);
  // Where only the mark is another one, the next start may go on from the mark before.
  const bool has_some = !rows.slices.empty() || !rows.value_speeds.empty();
  if (has_some || rows.is_whole() || told_held_day_ != rows.first_held_day) is_stored_ = false;
  source_ = rows.source;
  told_held_day_ = rows.first_held_day;
  if (auto forgot = forget_closed(); !forgot)
    log::warn("usage of node={} problem={}", source_.name, forgot.error().message);
  return true;
}

/// What the source has in a closed day's file only is dropped here once that file is here too.
Result<void> UsageCopy::forget_closed() {
  GATEWAY_TRY(const auto closed, days());
  const auto& slices = state_.totals.slices();
  auto held = told_held_day_;
  for (const auto& [span, slice] : slices) {
    const auto day = day_of(span.start);
    if (day >= held) break;
    if (!std::ranges::binary_search(closed, day)) held = day;
  }
  state_.totals.drop_before(held);
  state_.first_held_day = held;
  return {};
}

std::string UsageCopy::rows(const UsageMark& since) const {
  return encode_usage_rows(source_, state_.totals, told_held_day_, since);
}

Result<void> UsageCopy::take_day(Day day, std::string_view text) {
  if (auto read = read_usage_day_text(text); !read) return fail(std::move(read.error()));
  if (auto made = make_folder(folder_ + "/usage"); !made) return made;
  if (auto written = write_replaced(*files_, usage_day_path(folder_, day), text); !written)
    return written;
  history_.forget();
  return forget_closed();
}

Result<void> UsageCopy::store() {
  if (is_stored_) return {};
  if (auto made = make_folder(folder_); !made) return made;
  const auto bytes = rows({});
  std::string text;
  append_packed(text, crc32_of(bytes));
  append_packed_text(text, bytes);
  if (auto written = write_replaced(*files_, rows_path(folder_), text); !written) return written;
  is_stored_ = true;
  return {};
}

} // namespace gateway
