#include "persistence/usage_copies.hpp"

#include "net/base/log.hpp"
#include "persistence/json_file.hpp"
#include "persistence/packed_bytes.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace gateway {
namespace {

constexpr std::size_t holdings_max = 4'096;
constexpr std::size_t days_max = 10'000;
constexpr std::int64_t day_number_max = 10'000 * 366;

Failed odd() {
  return fail(ErrorKind::invalid_value, "a word about usage that can't be read");
}

/// An identity's: it becomes a folder's name.
bool is_id(std::string_view text) noexcept {
  return text.size() == 32 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

void append_day(std::string& out, Day day) {
  append_packed_signed(out, day.time_since_epoch().count());
}

bool read_day_number(PackedReader& reader, Day& day) {
  const auto number = reader.signed_number();
  if (!reader.ok() || number < -day_number_max || number > day_number_max) return false;
  day = Day{std::chrono::days{number}};
  return true;
}

} // namespace

std::string encode_usage_holdings(const std::vector<UsageHolding>& holdings) {
  std::string out;
  append_packed(out, holdings.size());
  for (const auto& [source, days, last_day] : holdings) {
    append_packed_text(out, source.id);
    append_packed_text(out, source.name);
    append_packed(out, source.mark.life);
    append_packed(out, source.mark.version);
    append_packed(out, days);
    append_day(out, last_day);
  }
  return out;
}

Result<std::vector<UsageHolding>> decode_usage_holdings(std::string_view bytes) {
  PackedReader reader{bytes};
  const auto count = reader.number();
  if (count > holdings_max) return odd();
  std::vector<UsageHolding> holdings;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& one = holdings.emplace_back();
    one.source.id = reader.text();
    one.source.name = reader.text();
    one.source.mark = {reader.number(), reader.number()};
    one.days = reader.number();
    if (!read_day_number(reader, one.last_day) || !is_id(one.source.id)) return odd();
  }
  if (!reader.ok() || !reader.at_end()) return odd();
  return holdings;
}

std::string encode_usage_question(const UsageQuestion& question) {
  std::string out;
  append_packed(out, static_cast<std::uint64_t>(question.about));
  append_packed_text(out, question.id);
  append_packed(out, question.since.life);
  append_packed(out, question.since.version);
  append_day(out, question.day);
  return out;
}

Result<UsageQuestion> decode_usage_question(std::string_view bytes) {
  PackedReader reader{bytes};
  UsageQuestion question;
  const auto about = reader.number();
  if (about > static_cast<std::uint64_t>(UsageQuestion::About::day)) return odd();
  question.about = static_cast<UsageQuestion::About>(about);
  question.id = reader.text();
  question.since = {reader.number(), reader.number()};
  if (!read_day_number(reader, question.day) || !reader.at_end()) return odd();
  if (!question.id.empty() && !is_id(question.id)) return odd();
  return question;
}

std::string encode_usage_days(const std::vector<Day>& days) {
  std::string out;
  append_packed(out, days.size());
  for (const auto day : days) append_day(out, day);
  return out;
}

Result<std::vector<Day>> decode_usage_days(std::string_view bytes) {
  PackedReader reader{bytes};
  const auto count = reader.number();
  if (count > days_max) return odd();
  std::vector<Day> days(count);
  for (auto& day : days)
    if (!read_day_number(reader, day)) return odd();
  if (!reader.at_end()) return odd();
  return days;
}

Result<void> UsageCopies::load() {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::directory_iterator at{data_ + "/usage/nodes", error}, end; !error && at != end;
       at.increment(error)) {
    const auto id = at->path().filename().string();
    if (!is_id(id)) continue;
    auto loaded = UsageCopy::load(*files_, folder_of(id));
    if (loaded && loaded->source().id == id) {
      copies_.emplace(id, *std::move(loaded));
    } else if (!loaded && loaded.error().kind == ErrorKind::storage_unavailable) {
      return fail(std::move(loaded.error()));
    } else {
      // Its closed days are good by themselves; the rest is heard anew.
      log::warn("what was kept of another node's usage can't be read id={}", id);
      copies_.emplace(id, UsageCopy{*files_, folder_of(id), {id, "", {}}});
    }
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(
      ErrorKind::storage_unavailable, "read folder " + data_ + "/usage/nodes: " + error.message());
  return {};
}

Result<UsageSource> UsageCopies::take(std::string_view bytes, std::string_view expected) {
  GATEWAY_TRY(const auto rows, decode_usage_rows(bytes));
  const auto& source = rows.source;
  const bool is_wrong = !expected.empty() && source.id != expected;
  if (!is_id(source.id) || source.id == own_ || is_wrong) return odd();
  auto at = copies_.find(source.id);
  if (at == copies_.end())
    at = copies_.emplace(source.id, UsageCopy{*files_, folder_of(source.id), source}).first;
  at->second.take(rows);
  return at->second.source();
}

Result<void> UsageCopies::take_day(const std::string& id, Day day, std::string_view text) {
  auto* const copy = find(id);
  if (copy == nullptr) return fail(ErrorKind::not_found, "no usage is known of node " + id);
  return copy->take_day(day, text);
}

Result<void> UsageCopies::store() {
  Result<void> stored;
  for (auto& [id, copy] : copies_)
    if (auto done = copy.store(); !done) stored = std::move(done);
  return stored;
}

UsageCopy* UsageCopies::find(const std::string& id) {
  const auto at = copies_.find(id);
  return at == copies_.end() ? nullptr : &at->second;
}

std::vector<UsageHolding> UsageCopies::holdings() const {
  std::vector<UsageHolding> holdings;
  for (const auto& [id, copy] : copies_) {
    const auto days = copy.days();
    auto& one = holdings.emplace_back(UsageHolding{copy.source(), 0, {}});
    if (!days || days->empty()) continue;
    one.days = days->size();
    one.last_day = days->back();
  }
  return holdings;
}

Result<std::string> usage_source_id(const std::string& data, const std::string& fresh) {
  const auto path = data + "/usage/source";
  auto text = read_file(path);
  if (!text && text.error().kind != ErrorKind::not_found) return text;
  if (text) {
    while (text->ends_with('\n')) text->pop_back();
    if (!is_id(*text)) return fail(ErrorKind::invalid_value, path + " holds no id");
    return text;
  }
  if (auto made = make_folder(data + "/usage"); !made) return fail(std::move(made.error()));
  if (auto kept = write_replaced(path, fresh + "\n"); !kept) return fail(std::move(kept.error()));
  return fresh;
}

std::optional<std::string> UsageTeller::answer(std::string_view bytes) const {
  const auto question = decode_usage_question(bytes);
  if (!question) return std::nullopt;
  using About = UsageQuestion::About;
  if (question->about == About::holdings) return encode_usage_holdings(holdings());
  const bool is_own = question->id.empty() || question->id == own.id;
  auto* const copy = copies.find(question->id);
  if (!is_own && copy == nullptr) return std::nullopt;
  if (question->about == About::rows)
    return is_own ? encode_usage_rows(own, state.totals, state.first_held_day, question->since)
                  : copy->rows(question->since);
  if (question->about == About::days) {
    const auto days = is_own ? usage_days(data) : copy->days();
    return days ? std::optional{encode_usage_days(*days)} : std::nullopt;
  }
  auto text = read_file(usage_day_path(is_own ? data : copy->folder(), question->day));
  if (!text || text->size() > usage_day_bytes_max) return std::nullopt;
  return *std::move(text);
}

std::vector<UsageHolding> UsageTeller::holdings() const {
  auto all = copies.holdings();
  UsageHolding ours{own, 0, {}};
  if (const auto days = usage_days(data); days && !days->empty()) {
    ours.days = days->size();
    ours.last_day = days->back();
  }
  all.insert(all.begin(), std::move(ours));
  return all;
}

} // namespace gateway
