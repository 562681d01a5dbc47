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

std::string line_of(std::string_view field, WallTime at) {
  std::string line = "{\"";
  (line += field) += "\":";
  append_number(line, milliseconds_since_epoch(at));
  seal_line(line);
  return line + '\n';
}

std::string loss_line(WallTime at) {
  return line_of("lost_at", at);
}

std::string machine_line(std::string_view machine) {
  std::string line = "{\"machine\":\"";
  (line += machine) += '"';
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
  if (reader.take(",\"version\":") && !reader.take_number(entry.version)) return false;
  return reader.at_end();
}

bool read_machine(std::string_view text, std::string& machine) {
  LineReader reader{text};
  if (!reader.take("{\"machine\":\"")) return false;
  machine = reader.take_text();
  return reader.take("\"") && reader.at_end();
}

std::optional<WallTime> time_in(std::string_view text, std::string_view field) noexcept {
  LineReader reader{text};
  std::int64_t at_ms = 0;
  const bool is_it = reader.take("{\"") && reader.take(field) && reader.take("\":")
    && reader.take_number(at_ms) && reader.at_end();
  return is_it ? std::optional{WallTime{Milliseconds{at_ms}}} : std::nullopt;
}

/// False: it is none of ours.
bool read_line(std::string_view text, JournalReading& reading) {
  JournalEntry entry;
  if (read_entry(text, entry)) {
    reading.entries.push_back(entry);
  } else if (const auto before = time_in(text, "unknown_before")) {
    reading.unknown_before = std::max(reading.unknown_before.value_or(WallTime{}), *before);
  } else if (const auto at = time_in(text, "lost_at")) {
    reading.losses.push_back({reading.entries.size(), *at});
  } else {
    return read_machine(text, reading.machine);
  }
  return true;
}

} // namespace

std::string unknown_line(WallTime before) {
  return line_of("unknown_before", before);
}

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
  if (entry.version > 0) {
    line += ",\"version\":";
    append_number(line, entry.version);
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
    if (!line || !read_line(*line, reading)) ++reading.damaged;
  }
  if (reading.damaged > 0) reading.unknown_before = now;
  return reading;
}

std::vector<JournalUse> journal_use(const JournalReading& journal, QuotaKey quota, WallTime ended) {
  std::vector<JournalUse> uses;
  std::map<std::int64_t, JournalEntry> last; // of each series
  for (const auto& entry : journal.entries) {
    if (entry.quota != quota) continue;
    // What is left out of a file is old, so its first line is old or a beginning.
    auto& before = last[entry.series];
    const auto used = entry.used - before.used;
    if (used > 0) uses.push_back({used, entry.at});
    before = entry;
  }
  for (const auto& [series, entry] : last)
    if (entry.upto > entry.used) uses.push_back({entry.upto - entry.used, ended});
  return uses;
}

bool is_known_since(const JournalReading& journal, QuotaKey quota, std::size_t losses) {
  if (losses == 0) return true;
  const auto behind =
    journal.entries.begin() + static_cast<std::ptrdiff_t>(journal.losses[losses - 1].entries);
  return std::any_of(behind, journal.entries.end(), [quota](const JournalEntry& entry) {
    return entry.quota == quota;
  });
}

std::uint64_t journaled_version(const JournalReading& journal, QuotaKey quota) {
  std::uint64_t newest = 0;
  for (const auto& entry : journal.entries)
    if (entry.quota == quota) newest = std::max(newest, entry.version);
  return newest;
}

std::string
compacted_journal(const JournalReading& journal, WallTime now, std::optional<WallTime> ended) {
  static constexpr auto longest = 32 * 24h;
  const auto& entries = journal.entries;
  const auto matters = [now](WallTime at) { return now - at < longest + kept_longer; };
  const auto is_old = [now](const JournalEntry& entry) {
    return now - entry.at > entry.window + kept_longer;
  };
  std::vector<std::size_t> next(entries.size(), entries.size()); // of the same series
  std::map<std::pair<QuotaKey, std::int64_t>, std::size_t> last;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto [before, is_first] = last.try_emplace({entries[i].quota, entries[i].series}, i);
    if (!is_first) next[std::exchange(before->second, i)] = i;
  }

  std::string text;
  if (!journal.machine.empty()) text += machine_line(journal.machine);
  if (journal.unknown_before && matters(*journal.unknown_before))
    text += unknown_line(*journal.unknown_before);
  auto loss = journal.losses.begin();
  const auto add_losses = [&](std::size_t before) {
    for (; loss != journal.losses.end() && loss->entries <= before; ++loss)
      if (matters(loss->at)) text += loss_line(loss->at);
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    add_losses(i);
    const auto& entry = entries[i];
    const bool is_last = next[i] == entries.size();
    const bool is_open = entry.upto > entry.used;
    // Of what is too old, a series keeps its newest line: the later ones count from there. One that
    // is old as a whole may still go on, unless it is known to be over.
    if (is_old(entry) && (is_last ? ended && !is_open : is_old(entries[next[i]]))) continue;
    text += journal_line(entry);
    if (!ended || !is_last || !is_open) continue;
    auto closing = entry;
    closing.used = closing.upto;
    closing.at = *ended;
    text += journal_line(closing);
  }
  add_losses(entries.size());
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
  const bool is_due = refused_ || is_due_ || synced_ - taken_ < std::max(block_, least);
  if (pending_ || !is_due) return std::nullopt;
  is_due_ = false;
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
