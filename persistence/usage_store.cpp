#include "persistence/usage_store.hpp"

#include "net/base/log.hpp"
#include "persistence/json_file.hpp"
#include "persistence/usage_json.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

namespace gateway {
namespace {

std::string snapshot_path(const std::string& data) {
  return data + "/usage.json";
}

std::string journal_folder(const std::string& data) {
  return data + "/requests";
}

/// The day behind the newest one that has a file of its own.
Result<Day> day_after_closed(const std::string& data) {
  GATEWAY_TRY(const auto days, usage_days(data));
  return days.empty() ? Day{} : days.back() + std::chrono::days{1};
}

/// The snapshot, or nothing where there is none or it is damaged, which `damage` then says.
Result<std::optional<UsageState>> read_snapshot(const std::string& data, std::string& damage) {
  auto text = read_file(snapshot_path(data));
  if (!text && text.error().kind == ErrorKind::not_found) return std::optional<UsageState>{};
  if (!text) return fail(std::move(text.error()));
  auto state = read_usage_state_text(*text);
  if (state) return std::optional{*std::move(state)};
  damage = state.error().message;
  return std::optional<UsageState>{};
}

/// A snapshot that cannot be read is kept for people, and no longer in the way.
Result<void> set_snapshot_aside(Files& files, const std::string& data, WallTime now) {
  const auto folder = data + "/damaged";
  if (auto made = make_folder(folder); !made) return made;
  const auto aside = folder + "/usage.json@" + std::to_string(milliseconds_since_epoch(now));
  if (const int result = files.rename(snapshot_path(data), aside); result < 0)
    return fail(
      ErrorKind::storage_unavailable,
      "set aside " + snapshot_path(data) + ": " + errno_text(result));
  return {};
}

/// Coverage says nothing of what is not there any more: files that were removed, ends that a
/// machine crash took. True if there was such a thing.
bool forget_missing(Coverage& coverage, const std::vector<StoredFile>& stored) {
  const auto before = coverage.files();
  for (const auto& [file, ranges] : before) {
    const auto found = std::ranges::find(stored, file, &StoredFile::name);
    if (found == stored.end())
      coverage.forget(file);
    else
      coverage.clip(file, found->limit);
  }
  return coverage.files() != before;
}

/// Reads what the snapshot does not cover.
Result<void> catch_up(
  UsageState& state,
  const std::string& data,
  const Repair& repair,
  WallTime now,
  LoadReport& report) {
  GATEWAY_TRY(auto stored, journal_files(journal_folder(data), state.first_open_day));
  follow_moves(state.coverage, stored);
  if (repair.files != nullptr)
    for (auto& file : stored)
      if (auto cut = cut_torn_end(file, *repair.files, report.damage); !cut) return cut;
  report.snapshot_outlived = forget_missing(state.coverage, stored);
  for (const auto& file : stored) {
    constexpr std::uint64_t fold_every = 100'000; // a whole day of seconds is too many
    const auto replayed = replay_file(
      file,
      state.coverage,
      repair,
      report.damage,
      [&](RequestRecord&& record, const Extent& extent) {
        state.totals.add(record, counted_at(record, extent.file));
        state.all_time.add(record);
        if (++report.records_replayed % fold_every == 0) state.totals.fold(now);
      });
    if (!replayed) return replayed;
    state.coverage.add({file.name, 0, file.limit});
  }
  state.totals.fold(now);
  return {};
}

/// Whether every whole line of the day's files is covered; `covered` is completed by what is no
/// record.
Result<bool> is_complete(
  Files& files,
  const std::string& data,
  Coverage& covered,
  const std::vector<StoredFile>& stored,
  Day day) {
  const Repair repair{&files, data + "/damaged"};
  for (const auto& file : stored) {
    if (file.name.day != day) continue;
    std::uint64_t missing = 0;
    Damage damage;
    const auto looked = replay_file(
      file, covered, repair, damage, [&](RequestRecord&&, const Extent&) { ++missing; });
    if (!looked) return fail(Error{looked.error()});
    for (const auto& note : damage.notes) log::warn("journal line set aside line=\"{}\"", note);
    if (missing > 0) return false;
    covered.add({file.name, 0, file.limit});
  }
  return true;
}

} // namespace

std::string usage_day_path(const std::string& data, Day day) {
  return data + "/usage/" + day_text(day) + ".json";
}

Result<std::vector<Day>> usage_days(const std::string& data) {
  namespace fs = std::filesystem;
  std::vector<Day> days;
  std::error_code error;
  for (fs::directory_iterator at{data + "/usage", error}, end; !error && at != end;
       at.increment(error)) {
    const auto name = at->path().filename().string();
    const auto day = name.ends_with(".json") ? read_day(name.substr(0, 10)) : std::nullopt;
    if (day && name.size() == 15) days.push_back(*day);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(
      ErrorKind::storage_unavailable, "read folder " + data + "/usage: " + error.message());
  std::ranges::sort(days);
  return days;
}

Result<UsageStore>
UsageStore::load(Files& files, const std::string& data, WallTime now, LoadReport& report) {
  if (auto made = make_folder(journal_folder(data)); !made) return fail(std::move(made.error()));
  if (auto made = make_folder(data + "/usage"); !made) return fail(std::move(made.error()));
  std::string damage;
  GATEWAY_TRY(auto snapshot, read_snapshot(data, damage));
  report.snapshot_used = snapshot.has_value();
  report.snapshot_damaged = !damage.empty();
  if (report.snapshot_damaged)
    if (auto aside = set_snapshot_aside(files, data, now); !aside)
      return fail(std::move(aside.error()));
  UsageState state;
  if (snapshot) {
    state = *std::move(snapshot);
  } else {
    GATEWAY_TRY(state.first_open_day, day_after_closed(data));
    state.first_held_day = state.first_open_day;
  }
  const Repair repair{&files, data + "/damaged"};
  if (auto caught_up = catch_up(state, data, repair, now, report); !caught_up)
    return fail(std::move(caught_up.error()));
  // The snapshot says that bytes are covered which are gone. It must not say so any more when
  // others stand in their place.
  if (report.snapshot_outlived) {
    const auto text = render_usage_state(state, now);
    if (auto written = write_replaced(files, snapshot_path(data), text); !written)
      return fail(std::move(written.error()));
  }
  UsageStore store{std::move(state)};
  store.since_taken_ = report.records_replayed;
  store.last_taken_ = now;
  store.first_appendable_day_ = store.state_.first_open_day;
  return store;
}

void UsageStore::add(const RecordBatch& batch) {
  for (const auto& record : batch.records) {
    state_.totals.add(record, counted_at(record, batch.extent.file));
    state_.all_time.add(record);
  }
  state_.coverage.add(batch.extent);
  since_taken_ += batch.records.size();
}

void UsageStore::fold(WallTime now) {
  // As often as a slice grows old; a clock that was set back must not put it off.
  if (now >= last_folded_ && now - last_folded_ < usage_detail) return;
  last_folded_ = now;
  state_.totals.fold(now);
}

bool UsageStore::snapshot_due(WallTime now) const noexcept {
  if (since_taken_ >= snapshot_records) return true;
  const bool day_over = !state_.coverage.files().empty()
    && state_.coverage.files().begin()->first.day < day_of(now - day_open_after_midnight);
  // A clock that was set back must not put snapshots off.
  const bool time_over = now - last_taken_ >= snapshot_every || now < last_taken_;
  return time_over && (since_taken_ > 0 || day_over);
}

UsageSnapshot UsageStore::take(WallTime now) {
  state_.totals.fold(now);
  const auto held = std::min(state_.first_open_day, day_of(now - usage_minutes_kept));
  if (held > state_.first_held_day) {
    state_.totals.drop_before(held);
    state_.first_held_day = held;
  }
  // No lane may append to a day that is closed; so it is said one snapshot ahead. A clock that is
  // far ahead for a while closes only days that have something.
  const auto close_before = first_appendable_day_;
  for (const auto& [file, ranges] : state_.coverage.files())
    if (file.day < day_of(now - day_open_after_midnight))
      first_appendable_day_ = std::max(first_appendable_day_, file.day + std::chrono::days{1});
  last_taken_ = now;
  since_taken_ = 0;
  return {state_, now, first_appendable_day_, close_before};
}

Result<Day> UsageStore::write(Files& files, const std::string& data, UsageSnapshot snapshot) {
  auto& state = snapshot.state;
  GATEWAY_TRY(const auto stored, journal_files(journal_folder(data), state.first_open_day));
  follow_moves(state.coverage, stored);
  std::vector<Day> days;
  for (const auto& [file, ranges] : state.coverage.files())
    if (file.day < snapshot.close_before && (days.empty() || days.back() != file.day))
      days.push_back(file.day);
  auto open = state.first_open_day;
  for (const auto day : days) {
    GATEWAY_TRY(const bool complete, is_complete(files, data, state.coverage, stored, day));
    if (!complete) {
      log::warn("usage day stays open day={} reason=\"lines on their way\"", day_text(day));
      break;
    }
    const auto text = render_usage_day(state.totals, day);
    if (auto written = write_replaced(files, usage_day_path(data, day), text); !written)
      return fail(std::move(written.error()));
    open = day + std::chrono::days{1};
  }
  state.first_open_day = open;
  state.coverage.forget_before(open);
  const auto text = render_usage_state(state, snapshot.taken);
  if (auto written = write_replaced(files, snapshot_path(data), text); !written)
    return fail(std::move(written.error()));
  return open;
}

void UsageStore::closed(Day first_open_day) {
  state_.first_open_day = std::max(state_.first_open_day, first_open_day);
  first_appendable_day_ = std::max(first_appendable_day_, first_open_day);
  state_.coverage.forget_before(first_open_day);
}

Result<UsageState> read_usage_state(const std::string& data, WallTime now) {
  std::error_code error;
  if (!std::filesystem::is_directory(journal_folder(data), error))
    return fail(ErrorKind::not_found, "no store in " + data);
  std::string damage;
  GATEWAY_TRY(auto snapshot, read_snapshot(data, damage));
  UsageState state;
  if (snapshot) {
    state = *std::move(snapshot);
  } else {
    GATEWAY_TRY(state.first_open_day, day_after_closed(data));
    state.first_held_day = state.first_open_day;
  }
  LoadReport report;
  if (auto read = catch_up(state, data, {}, now, report); !read)
    return fail(std::move(read.error()));
  return state;
}

} // namespace gateway
