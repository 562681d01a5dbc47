#include "actors/quota/zone.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>

namespace gateway {
namespace {

constexpr std::size_t zone_file_bytes_max = 256 * 1024;
constexpr std::size_t zone_name_max = 64;
constexpr std::int64_t offset_most = 26 * 3'600; // RFC 8536 wants −25 h … +26 h

Failed no_zone(std::string_view why) {
  return fail(ErrorKind::invalid_value, "time zone: " + std::string{why});
}

std::int64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const auto c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  // A 32-bit number is signed as well.
  if (bytes.size() == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
  return static_cast<std::int64_t>(value);
}

/// The counts at the head of each of a file's two blocks.
struct BlockHead {
  static constexpr std::size_t bytes = 44;
  std::size_t utc, standard, leaps, times, types, characters;

  static std::optional<BlockHead> read(std::string_view at) noexcept {
    if (at.size() < bytes || at.substr(0, 4) != "TZif") return std::nullopt;
    std::array<std::size_t, 6> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto count = big_endian(at.substr(20 + 4 * i, 4));
      if (count < 0 || count > 65'536) return std::nullopt;
      counts[i] = static_cast<std::size_t>(count);
    }
    return BlockHead{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
  }
  std::size_t body(std::size_t time_bytes) const noexcept {
    return times * (time_bytes + 1) + types * 6 + characters + leaps * (time_bytes + 4) + standard
      + utc;
  }
};

bool is_zone_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > zone_name_max || name.front() == '/') return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/'
      || c == '_' || c == '-' || c == '+';
  });
}

} // namespace

/// Reads "PST8PDT,M3.2.0,M11.1.0/2" and the like.
class Zone::RuleReader {
public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  std::optional<Rule> read() {
    Rule rule;
    if (!skip_name()) return std::nullopt;
    const auto west = read_time();
    if (!west) return std::nullopt;
    rule.standard = -*west;
    if (text_.empty()) return rule;
    if (!skip_name()) return std::nullopt;
    rule.summer = rule.standard + 3'600;
    if (!text_.empty() && text_.front() != ',') {
      const auto summer_west = read_time();
      if (!summer_west) return std::nullopt;
      rule.summer = -*summer_west;
    }
    rule.changes.emplace(std::array<Change, 2>{});
    for (auto& change : *rule.changes) {
      const auto read = read_change();
      if (!read) return std::nullopt;
      change = *read;
    }
    return text_.empty() ? std::optional{rule} : std::nullopt;
  }

private:
  bool take(char c) noexcept {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool skip_name() noexcept {
    if (take('<')) {
      const auto end = text_.find('>');
      if (end == std::string_view::npos) return false;
      text_.remove_prefix(end + 1);
      return true;
    }
    const auto letters = std::find_if_not(text_.begin(), text_.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
    const auto length = static_cast<std::size_t>(letters - text_.begin());
    text_.remove_prefix(length);
    return length >= 3;
  }

  std::optional<int> read_number(int most) noexcept {
    int value = 0;
    bool any = false;
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9' && value <= most) {
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
      any = true;
    }
    return any && value <= most ? std::optional{value} : std::nullopt;
  }

  /// [+-]hh[:mm[:ss]] in seconds.
  std::optional<std::int64_t> read_time() noexcept {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int64_t seconds = 0;
    for (const auto unit : {3'600, 60, 1}) {
      const auto number = read_number(unit == 3'600 ? 167 : 59);
      if (!number) return std::nullopt;
      seconds += std::int64_t{*number} * unit;
      if (!take(':')) break;
    }
    return negative ? -seconds : seconds;
  }

  std::optional<Change> read_change() noexcept {
    if (!take(',')) return std::nullopt;
    Change change;
    if (take('M')) {
      const auto month = read_number(12);
      if (!month || *month == 0 || !take('.')) return std::nullopt;
      const auto week = read_number(5);
      if (!week || *week == 0 || !take('.')) return std::nullopt;
      const auto day = read_number(6);
      if (!day) return std::nullopt;
      change = {Change::Kind::weekday_of_month, *month, *week, *day};
    } else {
      change.kind = take('J') ? Change::Kind::day_without_leap : Change::Kind::day_from_zero;
      const auto day = read_number(365);
      if (!day) return std::nullopt;
      change.day = *day;
    }
    if (take('/')) {
      const auto time = read_time();
      if (!time) return std::nullopt;
      change.time = *time;
    }
    return change;
  }

  std::string_view text_;
};

/// Seconds from the epoch to the local midnight that begins the day of the change.
std::int64_t Zone::day_of(const Change& change, std::chrono::year year) noexcept {
  using namespace std::chrono;
  sys_days day;
  switch (change.kind) {
  case Change::Kind::weekday_of_month: {
    const month month{static_cast<unsigned>(change.month)};
    const weekday weekday{static_cast<unsigned>(change.day)};
    const auto week = static_cast<unsigned>(change.week);
    day =
      week == 5 ? sys_days{year / month / weekday[last]} : sys_days{year / month / weekday[week]};
    break;
  }
  case Change::Kind::day_without_leap: // 1 … 365, the 29th of February has no number
    day = sys_days{year / January / 1} + days{change.day - 1}
      + days{year.is_leap() && change.day >= 60 ? 1 : 0};
    break;
  case Change::Kind::day_from_zero: day = sys_days{year / January / 1} + days{change.day}; break;
  }
  return seconds{day.time_since_epoch()}.count();
}

std::int64_t Zone::Rule::offset_at(std::int64_t at) const noexcept {
  if (!changes) return standard;
  using namespace std::chrono;
  const auto local_day = floor<days>(sys_seconds{seconds{at + standard}});
  const auto year = year_month_day{local_day}.year();
  const auto& [to_summer, from_summer] = *changes;
  const auto begins = day_of(to_summer, year) + to_summer.time - standard;
  const auto ends = day_of(from_summer, year) + from_summer.time - summer;
  const bool is_summer = begins < ends ? at >= begins && at < ends : at >= begins || at < ends;
  return is_summer ? summer : standard;
}

Result<std::shared_ptr<const Zone>> Zone::read(std::string_view bytes) {
  const auto first = BlockHead::read(bytes);
  if (!first || bytes.size() < 5 || bytes[4] < '2') return no_zone("not a zone file");
  const auto second_at = BlockHead::bytes + first->body(4);
  if (bytes.size() < second_at) return no_zone("a cut zone file");
  const auto second = bytes.substr(second_at);
  const auto head = BlockHead::read(second);
  if (!head || head->types == 0 || second.size() < BlockHead::bytes + head->body(8))
    return no_zone("a cut zone file");

  const auto times = second.substr(BlockHead::bytes);
  const auto indices = times.substr(head->times * 8);
  const auto types = indices.substr(head->times);
  const auto type_offset = [&](std::size_t type) { return big_endian(types.substr(type * 6, 4)); };
  for (std::size_t type = 0; type < head->types; ++type)
    if (std::abs(type_offset(type)) > offset_most) return no_zone("an impossible offset");

  auto zone = std::make_shared<Zone>();
  zone->first_offset_ = type_offset(0);
  for (std::size_t i = 0; i < head->times; ++i) {
    const std::size_t type = static_cast<unsigned char>(indices[i]);
    const auto at = big_endian(times.substr(i * 8, 8));
    if (type >= head->types) return no_zone("a damaged zone file");
    if (!zone->transitions_.empty() && zone->transitions_.back().at >= at)
      return no_zone("a damaged zone file");
    zone->transitions_.push_back({at, type_offset(type)});
  }

  auto rule = second.substr(BlockHead::bytes + head->body(8));
  if (rule.size() < 2 || rule.front() != '\n') return no_zone("a cut zone file");
  rule = rule.substr(1, rule.find('\n', 1) - 1);
  if (!rule.empty()) {
    zone->rule_ = RuleReader{rule}.read();
    if (!zone->rule_) return no_zone("a rule that cannot be read");
  }
  return std::shared_ptr<const Zone>{std::move(zone)};
}

Result<std::shared_ptr<const Zone>> Zone::find(std::string_view name) {
  // A quota's day in UTC must not depend on whether zone files are installed.
  if (name == "utc" || name == "UTC") return std::shared_ptr<const Zone>{std::make_shared<Zone>()};
  if (!is_zone_name(name)) return no_zone("not a zone's name");
  std::ifstream file{"/usr/share/zoneinfo/" + std::string{name}, std::ios::binary};
  std::string bytes(zone_file_bytes_max, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad() || file.gcount() <= 0)
    return no_zone("no zone is called '" + std::string{name} + "'");
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return read(bytes);
}

std::chrono::seconds Zone::offset_at(std::chrono::sys_seconds at) const noexcept {
  const auto when = at.time_since_epoch().count();
  const auto after = std::upper_bound(
    transitions_.begin(),
    transitions_.end(),
    when,
    [](std::int64_t wanted, const Transition& transition) { return wanted < transition.at; });
  if (after == transitions_.end() && rule_) return std::chrono::seconds{rule_->offset_at(when)};
  if (after == transitions_.begin()) return std::chrono::seconds{first_offset_};
  return std::chrono::seconds{std::prev(after)->offset};
}

} // namespace gateway
