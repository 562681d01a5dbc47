#include "actors/quota/permits_journal.hpp"

#include "actors/quota/book_line.hpp"
#include "net/base/json_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace gateway {
namespace {

// A line is kept for so much longer than its window: D, calls in flight, clocks put right.
constexpr auto kept_longer = 24h;
// A block is used up in no less than this, so that syncs stay rare under any demand.
constexpr auto block_time = 5s;
constexpr std::int64_t blocks_per_limit = 100;
// Calls that may start while a sync is under way, however small the limit is.
constexpr std::int64_t calls_per_block = 4;

Milliseconds whole_milliseconds(Nanoseconds window) noexcept {
  return std::chrono::ceil<Milliseconds>(window);
}

std::string unknown_line(WallTime before) {
  std::string line = "{\"unknown_before\":";
  append_number(line, milliseconds_since_epoch(before));
  seal_line(line);
  return line + '\n';
}

bool read_entry(std::string_view text, JournalEntry& entry) {
  LineReader reader{text};
  std::int64_t window_ms = 0;
  std::int64_t at_ms = 0;
  if (!reader.take("{\"quota\":\"") || !reader.take_key(entry.quota)) return false;
  if (!reader.take("\",\"name\":\"")) return false;
  entry.name = reader.take_text();
  if (!reader.take("\",\"epoch\":") || !reader.take_number(entry.epoch)) return false;
  if (!reader.take(",\"series\":") || !reader.take_number(entry.series)) return false;
  if (!reader.take(",\"used\":") || !reader.take_number(entry.used)) return false;
  if (!reader.take(",\"upto\":") || !reader.take_number(entry.upto)) return false;
  if (!reader.take(",\"window_ms\":") || !reader.take_number(window_ms)) return false;
  if (!reader.take(",\"at\":") || !reader.take_number(at_ms)) return false;
  entry.window = Milliseconds{window_ms};
  entry.at = WallTime{Milliseconds{at_ms}};
  return reader.at_end();
}

bool read_unknown(std::string_view text, std::optional<WallTime>& before) noexcept {
  LineReader reader{text};
  std::int64_t at_ms = 0;
  if (!reader.take("{\"unknown_before\":") || !reader.take_number(at_ms) || !reader.at_end())
    return false;
  before = std::max(before.value_or(WallTime{}), WallTime{Milliseconds{at_ms}});
  return true;
}

} // namespace

std::string journal_line(const JournalEntry& entry) {
  std::string line = "{\"quota\":\"" + to_text(entry.quota) + "\",\"name\":\"";
  for (const auto c : entry.name) line += c < ' ' || c == '"' || c == '\\' ? '_' : c;
  line += "\",\"epoch\":";
  append_number(line, entry.epoch);
  const std::pair<std::string_view, std::int64_t> fields[] = {
    {",\"series\":", entry.series},
    {",\"used\":", entry.used},
    {",\"upto\":", entry.upto},
    {",\"window_ms\":", whole_milliseconds(entry.window).count()},
    {",\"at\":", milliseconds_since_epoch(entry.at)},
  };
  for (const auto& [field, value] : fields) {
    line += field;
    append_number(line, value);
  }
  seal_line(line);
  return line + '\n';
}

JournalReading read_journal(const std::optional<std::string>& text, WallTime now) {
  JournalReading reading;
  if (!text) {
    reading.unknown_before = now;
    return reading;
  }
  std::string_view rest = *text;
  // A last line without its end was never synced, so what it announced was never used.
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const auto line = unsealed(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    JournalEntry entry;
    if (line && read_entry(*line, entry))
      reading.entries.push_back(entry);
    else if (!line || !read_unknown(*line, reading.unknown_before))
      ++reading.damaged;
  }
  if (reading.damaged > 0) reading.unknown_before = now;
  return reading;
}

std::vector<JournalUse> journal_use(const JournalReading& journal, QuotaKey quota, WallTime ended) {
  std::vector<JournalUse> uses;
  std::map<std::int64_t, JournalEntry> last; // of each series
  for (const auto& entry : journal.entries) {
    if (entry.quota != quota) continue;
    const auto [before, is_first] = last.try_emplace(entry.series, entry);
    if (is_first) continue;
    const auto used = entry.used - before->second.used;
    if (used > 0) uses.push_back({used, entry.at});
    before->second = entry;
  }
  for (const auto& [series, entry] : last)
    if (entry.upto > entry.used) uses.push_back({entry.upto - entry.used, ended});
  return uses;
}

std::string
compacted_journal(const JournalReading& journal, WallTime now, std::optional<WallTime> ended) {
  constexpr auto longest = 32 * 24h;
  std::string text;
  if (journal.unknown_before && now - *journal.unknown_before < longest + kept_longer)
    text += unknown_line(*journal.unknown_before);

  // Of what is too old, a series keeps its newest line: the later ones count from there.
  std::map<std::pair<QuotaKey, std::int64_t>, const JournalEntry*> last;
  std::vector<const JournalEntry*> kept;
  const auto is_old = [now](const JournalEntry& entry) {
    return now - entry.at > entry.window + kept_longer;
  };
  for (const auto& entry : journal.entries) {
    auto& before = last[{entry.quota, entry.series}];
    if (before != nullptr && !is_old(entry) && is_old(*before)) kept.push_back(before);
    if (!is_old(entry)) kept.push_back(&entry);
    before = &entry;
  }
  // A series that is old as a whole may still go on, unless it is known to be over.
  for (const auto& [series, entry] : last)
    if (is_old(*entry) && !ended) kept.push_back(entry);
  for (const auto* entry : kept) text += journal_line(*entry);
  if (!ended) return text;
  for (const auto& [series, entry] : last) {
    if (is_old(*entry) && entry->upto <= entry->used) continue;
    auto closing = *entry;
    closing.used = closing.upto;
    closing.at = *ended;
    if (is_old(*entry)) text += journal_line(*entry);
    text += journal_line(closing);
  }
  return text;
}

JournalMark::JournalMark(std::int64_t limit, std::int64_t used) noexcept
    : limit_(limit), taken_(used), synced_(used), block_(limit / blocks_per_limit) {}

bool JournalMark::allows(std::int64_t amount) noexcept {
  largest_ = std::max(largest_, amount);
  if (taken_ + amount <= synced_) return true;
  refused_ = true;
  return false;
}

std::optional<std::int64_t> JournalMark::wanted(Instant now) noexcept {
  const auto least = std::max(limit_ / blocks_per_limit, largest_ * calls_per_block);
  if (pending_ || (synced_ - taken_ >= std::max(block_, least) && !refused_)) return std::nullopt;
  // Twice as much each time as long as blocks go faster than they should.
  const bool is_fast = now - last_wanted_ < block_time && last_wanted_ != Instant{};
  block_ = std::clamp(is_fast ? block_ * 2 : block_ / 2, least, std::max(least, limit_ / 10));
  last_wanted_ = now;
  pending_ = std::max(synced_, taken_) + block_;
  return pending_;
}

void JournalMark::synced() noexcept {
  if (!pending_) return;
  synced_ = *std::exchange(pending_, std::nullopt);
  refused_ = false;
}

void JournalMark::failed() noexcept {
  pending_.reset();
  synced_ = std::min(synced_, taken_);
  refused_ = true;
}

} // namespace gateway
