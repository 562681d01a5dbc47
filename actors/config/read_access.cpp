#include "actors/config/reading.hpp"
#include "net/base/header.hpp"

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
  must_exist(place["team"], "team", reading.team_names, reading.problems);
  key.day = read_day(place["day"], "rolling", reading);
  key.limits = read_limits(place["limits"], key.day, reading.problems);
  key.budget = read_budget(place["budget"], reading);
  const auto routes = place["routes"];
  for (std::size_t i = 0; i < routes.size(); ++i) {
    must_exist(routes[i], "route", reading.route_names, reading.problems);
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
  for (const auto& [name, place] : reading.root["teams"].members()) {
    TeamConfig team;
    team.name = name;
    team.day = read_day(place["day"], "rolling", reading);
    team.limits = read_limits(place["limits"], team.day, reading.problems);
    team.budget = read_budget(place["budget"], reading);
    document.teams.emplace(name, std::move(team));
  }
  std::map<std::string, std::string> owners; // of hashes, keys' and admins'
  for (const auto& [name, place] : reading.root["keys"].members())
    document.keys.emplace(name, read_key(name, place, owners, reading));
  for (const auto& [name, place] : reading.root["admins"].members()) {
    AdminConfig admin;
    admin.name = name;
    admin.hash = read_hash(place["hash"], owners, reading.problems);
    admin.role = role_of(place["role"].text());
    document.admins.emplace(name, std::move(admin));
  }
}

} // namespace gateway
