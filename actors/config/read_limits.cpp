#include "actors/config/reading.hpp"

#include <array>
#include <set>

namespace gateway {

namespace {

using namespace std::chrono;

/// The limits that have a name of their own (contract, section 3).
struct NamedLimit {
  const char* name;
  LimitUnit unit;
  Nanoseconds window;
  bool daily;
};

constexpr std::array named_limits{
  NamedLimit{"rpm", LimitUnit::requests, minutes{1}, false},
  NamedLimit{"tpm", LimitUnit::tokens, minutes{1}, false},
  NamedLimit{"input_tpm", LimitUnit::input_tokens, minutes{1}, false},
  NamedLimit{"output_tpm", LimitUnit::output_tokens, minutes{1}, false},
  NamedLimit{"rpd", LimitUnit::requests, hours{24}, true},
  NamedLimit{"tpd", LimitUnit::tokens, hours{24}, true},
  NamedLimit{"concurrency", LimitUnit::concurrency, Nanoseconds{0}, false},
  NamedLimit{"burst", LimitUnit::requests, seconds{1}, false},
};

/// A window longer than this is nobody's; the permit book counts in nanoseconds.
constexpr hours window_max{24 * 366};

struct Window {
  Nanoseconds length;
  WindowKind kind;
};

/// "10s", "5h", "7d", or day, week, month, which slide where the day is `rolling`.
std::optional<Window> read_window(const std::string& text, bool calendar) {
  if (text == "day") return Window{hours{24}, calendar ? WindowKind::day : WindowKind::sliding};
  if (text == "week") return Window{hours{168}, calendar ? WindowKind::week : WindowKind::sliding};
  if (text == "month")
    return calendar ? Window{hours{24 * 31}, WindowKind::month}
                    : Window{hours{24 * 30}, WindowKind::sliding};
  std::int64_t amount = 0; // at most seven digits, says the schema
  for (std::size_t i = 0; i + 1 < text.size() && i < 7; ++i) amount = amount * 10 + (text[i] - '0');
  seconds unit{1};
  switch (text.back()) {
  case 'm': unit = minutes{1}; break;
  case 'h': unit = hours{1}; break;
  case 'd': unit = hours{24}; break;
  default: break;
  }
  const auto length = amount * unit;
  if (length > window_max) return std::nullopt;
  return Window{length, WindowKind::sliding};
}

LimitUnit unit_of(const std::string& text) {
  if (text == "tokens") return LimitUnit::tokens;
  if (text == "input_tokens") return LimitUnit::input_tokens;
  if (text == "output_tokens") return LimitUnit::output_tokens;
  return LimitUnit::requests;
}

} // namespace

std::vector<LimitConfig>
read_limits(const Place& place, const std::string& day, Problems& problems) {
  const bool calendar = day != "rolling";
  std::vector<LimitConfig> limits;
  for (const auto& named : named_limits) {
    const auto limit = place[named.name].number();
    if (!limit || *limit < 1) continue;
    const auto kind = named.daily && calendar ? WindowKind::day : WindowKind::sliding;
    limits.push_back({named.name, named.unit, *limit, named.window, kind});
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < place["windows"].size(); ++i) {
    const auto one = place["windows"][i];
    const auto unit = one["unit"].text();
    const auto limit = one["limit"].number();
    const auto text = one["window"].text();
    if (!unit || !limit || !text || *limit < 1 || problems.names(one["window"].pointer())) continue;
    const auto window = read_window(*text, calendar);
    if (!window) {
      one["window"].error(problems, "window", "must be at most 366d");
      continue;
    }
    auto name = *unit + "/" + *text;
    if (!seen.insert(name).second)
      one.error(problems, "duplicate_window", "there is a limit of " + name + " already");
    limits.push_back({std::move(name), unit_of(*unit), *limit, window->length, window->kind});
  }
  return limits;
}

std::string read_day(const Place& place, const std::string& fallback, Reading& reading) {
  const auto day = place.text();
  if (!day || reading.problems.names(place.pointer())) return fallback;
  if (*day == "rolling" || *day == "utc") return *day;
  const auto is_zone = [&](const std::string& name) {
    const auto file = reading.surroundings.file("/usr/share/zoneinfo/" + name);
    return file && file->starts_with("TZif");
  };
  if (is_zone(*day)) return *day;
  place.error(
    reading.problems,
    "unknown_zone",
    is_zone("UTC") ? "there is no time zone of this name; rolling, utc or one like America/New_York"
                   : "this machine has no time zone database: install the package tzdata");
  return fallback;
}

std::optional<Milliseconds> read_count_delay(const Place& place) {
  if (place.is_null()) return std::nullopt;
  const auto given = place.number();
  return Milliseconds{given.value_or(1'000)};
}

PoolConfig read_pool(const std::string& name, const Place& place, Reading& reading) {
  PoolConfig pool;
  pool.name = name;
  pool.day = read_day(place["day"], "rolling", reading);
  pool.limits = read_limits(place["limits"], pool.day, reading.problems);
  pool.count_delay = read_count_delay(place["count_delay_ms"]);
  pool.counts_reserved = place["counts"].text() == "reserved";
  if (place["limits"] && pool.limits.empty())
    place.warning(reading.problems, "no_limits", "this pool limits nothing");
  return pool;
}

} // namespace gateway
