#pragma once

#include "actors/config/catalogue.hpp"
#include "actors/config/document.hpp"
#include "actors/config/place.hpp"
#include "actors/config/problems.hpp"
#include "actors/config/vendors.hpp"

#include <optional>
#include <string>
#include <vector>

/// How the parts of a document are read; inside of this room only.
namespace gateway {

std::vector<std::string> sorted_names(const Place& place);

/// An error where the place names something that is not among the `known`, which are sorted.
/// `what` is a pool, a team, a route…: the code is then "unknown_pool".
void must_exist(
  const Place& place,
  const std::string& what,
  const std::vector<std::string>& known,
  Problems& problems);

/// One reading of one document.
struct Reading {
  const Surroundings& surroundings;
  const Catalogue& catalogue;
  Problems& problems;
  Place root;
  // What other parts refer to, sorted.
  std::vector<std::string> pool_names = sorted_names(root["pools"]);
  std::vector<std::string> team_names = sorted_names(root["teams"]);
  std::vector<std::string> route_names = sorted_names(root["routes"]);
};

/// `rolling`, `utc` or a zone name that the machine's zone database has; else an error and
/// `fallback`.
std::string read_day(const Place& place, const std::string& fallback, Reading& reading);

/// Fixed limits in the order of the contract, then the windows. With any `day` but `rolling` the
/// daily ones and the windows day, week, month are the calendar's.
std::vector<LimitConfig>
read_limits(const Place& place, const std::string& day, Problems& problems);

/// None where no price is given. An embedding model has no output to charge for.
std::optional<Price> read_price(const Place& place, bool embedding, Problems& problems);

/// Replaces the quirks that the place names.
void read_quirks(const Place& place, Quirks& quirks, Problems& problems);

/// Pools that exist; an error for each that doesn't.
std::vector<std::string> read_pools(const Place& place, Reading& reading);

std::optional<Milliseconds> read_count_delay(const Place& place);

/// Its key, or the keys that sign; why it can't be used where they are missing. The dialect, the
/// quirks and the region are read.
void read_credentials(
  ProviderConfig& provider, const Vendor* vendor, const Place& place, Reading& reading);

ProviderConfig read_provider(const std::string& name, const Place& place, Reading& reading);

/// The models a provider names, or those of its vendor that the catalogue knows. What is read of
/// the provider must be complete.
void read_models(ProviderConfig& provider, const Place& place, Reading& reading);

PoolConfig read_pool(const std::string& name, const Place& place, Reading& reading);

/// Providers are read, settings too.
RouteConfig read_route(
  const std::string& name, const Place& place, const Document& document, Problems& problems);

/// Keys, teams, admins: who may call and what they may spend.
void read_access(Document& document, Reading& reading);

SettingsConfig read_settings(const Place& place);

} // namespace gateway
