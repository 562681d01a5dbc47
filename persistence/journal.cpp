#include "persistence/journal.hpp"

#include "net/base/log.hpp"
#include "persistence/json_file.hpp"
#include "persistence/replay.hpp"

#include <algorithm>
#include <fcntl.h>
#include <iterator>
#include <utility>

namespace gateway {

Result<std::unique_ptr<Journal>> Journal::open(Files& files, JournalOptions options, WallTime now) {
  if (auto made = make_folder(options.folder); !made) return fail(std::move(made.error()));
  std::unique_ptr<Journal> journal{new Journal(files, std::move(options))};
  if (auto found = journal->locate(day_of(now)); !found) return fail(std::move(found.error()));
  return journal;
}

Journal::~Journal() {
  stop();
}

JournalLane& Journal::make_lane() {
  return *lanes_.emplace_back(std::make_unique<JournalLane>(*this));
}

void Journal::start() {
  thread_ = std::thread([this] { loop(); });
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  sync_turn(BootClock::now());
}

std::string Journal::trouble() const {
  const std::lock_guard lock(facts_mutex_);
  return trouble_;
}

Journal::Counts Journal::counts() const {
  const std::lock_guard lock(facts_mutex_);
  return counts_;
}

Result<void> Journal::prepare(Day day) {
  if (auto found = locate(day); !found) return fail(std::move(found.error()));
  return {};
}

void Journal::set_first_open_day(Day day) noexcept {
  first_open_day_.store(day.time_since_epoch().count(), std::memory_order_relaxed);
}

std::string Journal::path_of(const JournalFile& file) const {
  return options_.folder + "/" + file_name(file);
}

Result<JournalFile> Journal::locate(Day day) {
  const std::lock_guard lock(mutex_);
  const auto at =
    std::ranges::lower_bound(open_, day, {}, [](const auto& open) { return open->name.day; });
  if (at != open_.end() && (*at)->name.day == day) return (*at)->name;
  GATEWAY_TRY(auto fresh, take_up(day));
  const auto name = fresh.name;
  open_.insert(at, std::make_shared<OpenFile>(std::move(fresh)));
  return name;
}

/// The day's last part as it lies there, or its first one made.
Result<Journal::OpenFile> Journal::take_up(Day day) {
  GATEWAY_TRY(const auto stored, journal_files(options_.folder, day));
  OpenFile taken;
  taken.name.day = day;
  for (const auto& file : stored)
    if (file.name.day == day) taken.name = file.name;
  const auto failed = [&](const char* verb, std::int64_t result) {
    return fail(
      ErrorKind::storage_unavailable,
      verb + (" " + file_name(taken.name) + ": ") + errno_text(result));
  };
  taken.file =
    Descriptor{files_, files_.open(path_of(taken.name), O_RDWR | O_APPEND | O_CREAT, 0640)};
  if (!taken.file.is_open()) return failed("open", taken.file.number());
  const auto size = files_.size(taken.file.number());
  if (size < 0) return failed("read", size);
  // What an earlier life of the process wrote may not be on the disk yet.
  if (const int synced = files_.sync(taken.file.number()); synced < 0)
    return failed("sync", synced);
  if (const int synced = files_.sync_folder(options_.folder); synced < 0)
    return failed("sync the folder of", synced);
  taken.synced = static_cast<std::uint64_t>(size);
  return taken;
}

void Journal::break_off(const std::string& reason) {
  {
    const std::lock_guard lock(facts_mutex_);
    trouble_ = reason;
    ++counts_.failures;
  }
  broken_.store(true);
  log::error("journal stopped acknowledging reason=\"{}\"", reason);
  wake();
}

void Journal::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_one();
}

std::vector<std::shared_ptr<Journal::OpenFile>> Journal::open_files() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

Result<void> Journal::sync_files() {
  for (const auto& open : open_files()) {
    const auto size = files_.size(open->file.number());
    if (size >= 0 && std::cmp_equal(size, open->synced)) continue;
    const auto result = size < 0 ? static_cast<int>(size) : files_.sync(open->file.number());
    if (result < 0)
      return fail(
        ErrorKind::storage_unavailable,
        "sync " + file_name(open->name) + ": " + errno_text(result));
    open->synced = static_cast<std::uint64_t>(size);
  }
  const std::lock_guard lock(facts_mutex_);
  ++counts_.syncs;
  return {};
}

/// Lanes that still write to one of them find it again by its day.
void Journal::let_go_of_old_files() {
  const std::lock_guard lock(mutex_);
  if (open_.size() <= open_files_max) return;
  open_.erase(open_.begin());
  generation_.fetch_add(1);
}

void Journal::sync_turn(Instant now) {
  std::vector<JournalLane::Done> waiting;
  for (const auto& lane : lanes_) {
    const std::lock_guard lock(lane->waiting_mutex_);
    std::move(lane->waiting_.begin(), lane->waiting_.end(), std::back_inserter(waiting));
    lane->waiting_.clear();
  }
  Result<void> outcome;
  if (!broken_.load() && dirty_.exchange(false)) {
    outcome = sync_files();
    if (outcome)
      let_go_of_old_files();
    else
      break_off(outcome.error().message);
  }
  if (broken_.load()) {
    if (now < renew_again_at_) {
      outcome = fail(ErrorKind::storage_unavailable, "journal: " + trouble());
    } else {
      outcome = renew_files();
      renew_again_at_ = now + options_.retry_every;
    }
  }
  for (auto& done : waiting) done(outcome);
}

void Journal::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, options_.sync_every, [&] { return wanted_ || stopping_; });
    wanted_ = false;
    lock.unlock();
    sync_turn(BootClock::now());
    lock.lock();
  }
}

} // namespace gateway
