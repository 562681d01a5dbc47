#include "actors/config/nearest.hpp"
#include "actors/config/reading.hpp"
#include "net/base/header.hpp"

#include <algorithm>
#include <map>

namespace gateway {

namespace {

WindowKind period_of(const std::optional<std::string>& text) {
  if (text == "day") return WindowKind::day;
  if (text == "week") return WindowKind::week;
  return WindowKind::month;
}

std::optional<BudgetConfig> read_budget(const Place& place, Reading& reading) {
  const auto amount = place["usd"].number(9);
  if (!amount) return std::nullopt;
  BudgetConfig budget;
  budget.amount = *amount;
  budget.period = period_of(place["period"].text());
  budget.day = read_day(place["day"], "utc", reading);
  if (budget.day == "rolling") {
    place["day"].error(
      reading.problems, "budget_day", "a budget's periods are the calendar's: utc or a zone name");
    budget.day = "utc";
  }
  return budget;
}

/// The hash in lower case, and that nobody else has it: a key must mean one thing.
std::string
read_hash(const Place& place, std::map<std::string, std::string>& owners, Problems& problems) {
  auto hash = place.text().value_or("");
  for (auto& c : hash) c = to_lower_ascii(c);
  const auto [owner, fresh] = owners.emplace(hash, place.pointer());
  if (!fresh && !hash.empty())
    place.error(problems, "duplicate_hash", "the same key as " + owner->second);
  return hash;
}

void must_exist(
  const Place& place,
  const std::string& what,
  const std::vector<std::string>& known,
  Problems& problems) {
  const auto name = place.text();
  if (!name || std::find(known.begin(), known.end(), *name) != known.end()) return;
  place.error(
    problems,
    "unknown_" + what,
    "there is no " + what + " \"" + *name + "\"" + did_you_mean(*name, known));
}

KeyConfig read_key(
  const std::string& name,
  const Place& place,
  std::map<std::string, std::string>& owners,
  Reading& reading) {
  KeyConfig key;
  key.name = name;
  key.hash = read_hash(place["hash"], owners, reading.problems);
  key.enabled = place["enabled"].truth().value_or(true);
  key.team = place["team"].text().value_or("");
  must_exist(place["team"], "team", reading.root["teams"].names(), reading.problems);
  key.day = read_day(place["day"], "rolling", reading);
  key.limits = read_limits(place["limits"], key.day, reading.problems);
  key.budget = read_budget(place["budget"], reading);
  const auto routes = place["routes"];
  const auto known = routes ? reading.root["routes"].names() : std::vector<std::string>{};
  for (std::size_t i = 0; i < routes.size(); ++i) {
    must_exist(routes[i], "route", known, reading.problems);
    if (const auto route = routes[i].text()) key.routes.insert(*route);
  }
  return key;
}

AdminRole role_of(const std::optional<std::string>& text) {
  if (text == "admin") return AdminRole::admin;
  if (text == "operator") return AdminRole::operator_;
  return AdminRole::viewer;
}

} // namespace

void read_access(Document& document, Reading& reading) {
  const auto teams = reading.root["teams"];
  for (const auto& name : teams.names()) {
    TeamConfig team;
    team.name = name;
    team.day = read_day(teams[name]["day"], "rolling", reading);
    team.limits = read_limits(teams[name]["limits"], team.day, reading.problems);
    team.budget = read_budget(teams[name]["budget"], reading);
    document.teams.emplace(name, std::move(team));
  }
  std::map<std::string, std::string> owners; // of hashes, keys' and admins'
  const auto keys = reading.root["keys"];
  for (const auto& name : keys.names())
    document.keys.emplace(name, read_key(name, keys[name], owners, reading));
  const auto admins = reading.root["admins"];
  for (const auto& name : admins.names()) {
    AdminConfig admin;
    admin.name = name;
    admin.hash = read_hash(admins[name]["hash"], owners, reading.problems);
    admin.role = role_of(admins[name]["role"].text());
    document.admins.emplace(name, std::move(admin));
  }
}

} // namespace gateway
