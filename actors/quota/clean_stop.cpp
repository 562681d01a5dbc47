#include "actors/quota/clean_stop.hpp"

#include "actors/quota/book_line.hpp"
#include "net/base/json_text.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

// The one list of a slot's numbers, for both directions.
template <class Slot, class Visit>
bool for_each_number(Slot& slot, Visit visit) {
  return visit(",\"unit\":", slot.unit) && visit(",\"calendar\":", slot.calendar)
    && visit(",\"window\":", slot.window) && visit(",\"width\":", slot.width)
    && visit(",\"delay\":", slot.delay) && visit(",\"init\":", slot.init)
    && visit(",\"owed\":", slot.owed) && visit(",\"idle\":", slot.idle)
    && visit(",\"used\":", slot.used_total) && visit(",\"series\":", slot.series)
    && visit(",\"cursor\":", slot.cursor);
}

template <class Pair, class Visit>
bool for_each_number_of_pair(Pair& pair, Visit visit) {
  return visit("[", pair.member) && visit(",", pair.given) && visit(",", pair.received)
    && visit(",", pair.closed_in) && visit(",", pair.cools);
}

void append_pairs(const CleanStop::Slot& slot, std::string& line) {
  line += ",\"version\":";
  append_number(line, slot.version);
  line += ",\"pairs\":[";
  for (const auto& pair : slot.pairs) {
    if (line.back() != '[') line += ',';
    for_each_number_of_pair(pair, [&line](std::string_view before, auto value) {
      line += before;
      append_number(line, value);
      return true;
    });
    line += ']';
  }
  line += ']';
}

bool read_pairs(LineReader& reader, CleanStop::Slot& slot) {
  if (!reader.take_number(slot.version) || !reader.take(",\"pairs\":[")) return false;
  while (!reader.take("]")) {
    if (!slot.pairs.empty() && !reader.take(",")) return false;
    const bool all = for_each_number_of_pair(
      slot.pairs.emplace_back(), [&reader](std::string_view before, auto& value) {
        return reader.take(before) && reader.take_number(value);
      });
    if (!all || !reader.take("]") || slot.pairs.size() > 2 * members_max) return false;
  }
  return true;
}

std::string line_of(const CleanStop::Slot& slot) {
  std::string line = "{\"quota\":\"" + to_text(slot.key) + '"';
  for_each_number(slot, [&line](std::string_view name, auto value) {
    line += name;
    append_number(line, value);
    return true;
  });
  line += ",\"out\":[";
  for (const auto& out : slot.out) {
    line += line.back() == '[' ? "[" : ",[";
    append_number(line, out.amount);
    line += ',';
    append_number(line, out.when);
    line += ']';
  }
  line += ']';
  if (slot.version > 0 || !slot.pairs.empty()) append_pairs(slot, line);
  seal_line(line);
  return line;
}

/// The sum keeps damage out, not a person; nothing in the file may lead to worse than a refusal.
bool is_sane(const CleanStop::Slot& slot) noexcept {
  constexpr std::int64_t most = std::int64_t{1} << 60;
  const auto is_amount = [](std::int64_t value) { return value >= 0 && value < most; };
  return slot.unit <= static_cast<std::uint32_t>(QuotaUnit::nano_dollars) && slot.calendar <= 1
    && (slot.calendar == 1 ? slot.width == 0 : slot.width > 0) && is_amount(slot.width)
    && is_amount(slot.window) && is_amount(slot.delay) && slot.init < most && slot.init > -most
    && is_amount(slot.owed) && is_amount(slot.idle) && is_amount(slot.used_total)
    && is_amount(slot.cursor) && is_amount(slot.version)
    && std::all_of(
           slot.pairs.begin(),
           slot.pairs.end(),
           [&](const CleanStop::Slot::Pair& pair) {
             return is_amount(pair.given) && is_amount(pair.received) && is_amount(pair.closed_in);
           })
    && std::all_of(slot.out.begin(), slot.out.end(), [&](const CleanStop::Out& out) {
           return is_amount(out.amount) && is_amount(out.when);
         });
}

bool read_slot(std::string_view text, CleanStop::Slot& slot) {
  LineReader reader{text};
  if (!reader.take("{\"quota\":\"") || !reader.take_key(slot.key) || !reader.take("\""))
    return false;
  const bool all = for_each_number(slot, [&reader](std::string_view name, auto& value) {
    return reader.take(name) && reader.take_number(value);
  });
  if (!all || !reader.take(",\"out\":[")) return false;
  while (!reader.take("]")) {
    CleanStop::Out out;
    if (!slot.out.empty() && !reader.take(",")) return false;
    if (!reader.take("[") || !reader.take_number(out.amount) || !reader.take(",")) return false;
    if (!reader.take_number(out.when) || !reader.take("]")) return false;
    if (slot.out.size() > static_cast<std::size_t>(ring_buckets)) return false;
    slot.out.push_back(out);
  }
  if (reader.take(",\"version\":") && !read_pairs(reader, slot)) return false;
  return reader.at_end() && is_sane(slot);
}

bool read_head(std::string_view text, CleanStop& stop, std::uint64_t& slots) {
  LineReader reader{text};
  std::int64_t at_ms = 0;
  if (!reader.take("{\"node\":\"")) return false;
  stop.node = id_from(reader.take_text());
  if (!reader.take("\",\"machine\":\"")) return false;
  stop.machine = id_from(reader.take_text());
  if (!reader.take("\",\"epoch\":") || !reader.take_number(stop.epoch)) return false;
  if (!reader.take(",\"at\":") || !reader.take_number(at_ms)) return false;
  if (!reader.take(",\"slots\":") || !reader.take_number(slots)) return false;
  stop.at = WallTime{Milliseconds{at_ms}};
  return reader.at_end();
}

} // namespace

std::string hex_text(const Id& id) {
  std::string text;
  for (const auto byte : id) {
    text += hex_digits[byte >> 4U];
    text += hex_digits[byte & 15U];
  }
  return text;
}

Id id_from(std::string_view text) noexcept {
  Id id{};
  std::size_t digits = 0;
  for (const auto c : text) {
    if (c == '-' || c == '\n') continue;
    const auto value = hex_digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (value == std::string_view::npos || digits == 2 * id.size()) return {};
    auto& byte = id[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4U | value);
  }
  return digits == 2 * id.size() ? id : Id{};
}

std::string write_clean_stop(const CleanStop& stop) {
  std::string head = "{\"node\":\"" + hex_text(stop.node) + "\",\"machine\":\""
    + hex_text(stop.machine) + "\",\"epoch\":" + std::to_string(stop.epoch)
    + ",\"at\":" + std::to_string(milliseconds_since_epoch(stop.at))
    + ",\"slots\":" + std::to_string(stop.slots.size());
  seal_line(head);
  std::string text = "[\n" + head;
  for (const auto& slot : stop.slots) text += ",\n" + line_of(slot);
  return text + "\n]\n";
}

std::optional<CleanStop> read_clean_stop(std::string_view text) {
  constexpr std::string_view begin = "[\n";
  constexpr std::string_view between = ",\n";
  constexpr std::string_view end = "\n]\n";
  if (!text.starts_with(begin) || !text.ends_with(end)) return std::nullopt;
  text.remove_prefix(begin.size());
  text.remove_suffix(std::min(end.size(), text.size()));

  const auto next = [&text, between] {
    const auto length = text.find(between);
    const auto line = unsealed(text.substr(0, length));
    text.remove_prefix(length == std::string_view::npos ? text.size() : length + between.size());
    return line;
  };
  CleanStop stop;
  std::uint64_t slots = 0;
  const auto head = next();
  if (!head || !read_head(*head, stop, slots)) return std::nullopt;
  while (!text.empty()) {
    const auto line = next();
    if (!line || !read_slot(*line, stop.slots.emplace_back())) return std::nullopt;
  }
  if (stop.slots.size() != slots) return std::nullopt;
  return stop;
}

} // namespace gateway
