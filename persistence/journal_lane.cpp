#include "persistence/journal_lane.hpp"

#include "persistence/journal.hpp"
#include "persistence/record_line.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <utility>

namespace gateway {
namespace {

/// True for as long as it lives.
class Raised {
public:
  explicit Raised(std::atomic<bool>& flag) : flag_(flag) { flag_.store(true); }
  ~Raised() { flag_.store(false); }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

private:
  std::atomic<bool>& flag_;
};

} // namespace

RequestRecord& JournalLane::begin() {
  if (records_.size() >= lane_records_max) {
    constexpr auto older = lane_records_max / 2;
    records_.erase(records_.begin(), records_.begin() + older);
    forget_lines(older);
    dropped_ += older;
  }
  return records_.emplace_back();
}

void JournalLane::add() {
  const auto& record = records_.back();
  append_record_line(text_, record);
  lines_.push_back({text_.size(), day_of(ended(record))});
}

Result<void> JournalLane::flush(std::vector<RecordBatch>& written) {
  // Asked now and not when the line was added: a broken journal may keep it for long.
  const Day first{std::chrono::days{journal_.first_open_day_.load(std::memory_order_relaxed)}};
  for (auto& line : lines_) line.day = std::max(line.day, first);
  while (has_lines())
    if (auto wrote = write_lines(same_day(), written); !wrote) return wrote;
  return {};
}

void JournalLane::when_durable(Done done) {
  {
    const std::lock_guard lock(waiting_mutex_);
    waiting_.push_back(std::move(done));
  }
  journal_.wake();
}

/// How many of the first lines go to one file.
std::size_t JournalLane::same_day() const noexcept {
  const auto other =
    std::ranges::find_if(lines_, [&](const Line& line) { return line.day != lines_[0].day; });
  return static_cast<std::size_t>(other - lines_.begin());
}

Result<void> JournalLane::write_lines(std::size_t count, std::vector<RecordBatch>& written) {
  // First raised, then looked: the sync thread first says that it is broken, then looks whether a
  // lane is inside. One of the two sees the other.
  const Raised inside{writing_};
  if (journal_.broken_.load())
    return fail(ErrorKind::storage_unavailable, "journal: " + journal_.trouble());
  if (auto open = use_file_of(lines_[0].day); !open) {
    journal_.break_off(open.error().message);
    return open;
  }
  auto& files = journal_.files_;
  const auto text = std::string_view(text_).substr(0, lines_[count - 1].end);
  const auto result = files.write(file_.number(), text);
  journal_.dirty_.store(true);
  const auto bytes = result > 0 ? static_cast<std::size_t>(result) : 0;
  if (bytes > 0) {
    const auto end = files.position(file_.number());
    if (end < result) broken_promise("a journal file does not know its own position");
    hand_over(whole_lines(bytes), static_cast<std::uint64_t>(end - result), written);
  }
  if (bytes == text.size()) return {};
  auto reason = "write " + file_name(*name_) + ": "
    + (result < 0 ? errno_text(result) : "only in part, no space left");
  journal_.break_off(reason);
  return fail(ErrorKind::storage_unavailable, "journal: " + std::move(reason));
}

Result<void> JournalLane::use_file_of(Day day) {
  const auto generation = journal_.generation_.load();
  if (file_.is_open() && name_->day == day && generation_ == generation) return {};
  GATEWAY_TRY(const auto name, journal_.locate(day));
  Descriptor file{
    journal_.files_, journal_.files_.open(journal_.path_of(name), O_WRONLY | O_APPEND, 0)};
  if (!file.is_open())
    return fail(
      ErrorKind::storage_unavailable, "open " + file_name(name) + ": " + errno_text(file.number()));
  file_ = std::move(file);
  name_ = name;
  generation_ = generation;
  return {};
}

std::size_t JournalLane::whole_lines(std::size_t bytes) const noexcept {
  const auto torn =
    std::ranges::find_if(lines_, [&](const Line& line) { return line.end > bytes; });
  return static_cast<std::size_t>(torn - lines_.begin());
}

/// The first lines stand in the file from `begin` on.
void JournalLane::hand_over(
  std::size_t count, std::uint64_t begin, std::vector<RecordBatch>& written) {
  if (count == 0) return;
  RecordBatch batch;
  batch.extent = {*name_, begin, begin + lines_[count - 1].end};
  if (count == records_.size()) {
    // As nearly always: then the list itself goes, and the next turn's will be as long.
    batch.records = std::exchange(records_, {});
    records_.reserve(count);
  } else {
    const auto last = records_.begin() + static_cast<std::ptrdiff_t>(count);
    batch.records.assign(std::make_move_iterator(records_.begin()), std::make_move_iterator(last));
    records_.erase(records_.begin(), last);
  }
  written.push_back(std::move(batch));
  forget_lines(count);
}

void JournalLane::forget_lines(std::size_t count) {
  const auto bytes = lines_[count - 1].end;
  text_.erase(0, bytes);
  lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(count));
  for (auto& line : lines_) line.end -= bytes;
}

} // namespace gateway
