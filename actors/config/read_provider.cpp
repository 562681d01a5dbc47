#include "actors/config/bedrock_address.hpp"
#include "actors/config/nearest.hpp"
#include "actors/config/reading.hpp"

#include <algorithm>

namespace gateway {

namespace {

std::vector<std::string> dialect_names() {
  return {
#define GATEWAY_DIALECT(name) #name,
#include "net/dialects/dialects.def"
#undef GATEWAY_DIALECT
  };
}

/// The vendor a provider names, or is named like.
const Vendor* read_vendor(ProviderConfig& provider, const Place& place, Reading& reading) {
  const auto named = place["vendor"].text();
  const auto* vendor = find_vendor(named.value_or(provider.name));
  if (vendor == nullptr) {
    if (named)
      place["vendor"].error(
        reading.problems,
        "unknown_vendor",
        "\"" + *named + "\" is no known vendor" + did_you_mean(*named, vendor_ids()));
    return nullptr;
  }
  provider.vendor = vendor->id;
  if (!vendor->retired.empty())
    (named ? place["vendor"] : place).error(reading.problems, "retired_vendor", vendor->retired);
  return vendor;
}

void read_dialect(
  ProviderConfig& provider, const Vendor* vendor, const Place& place, Reading& reading) {
  if (const auto named = place["dialect"].text())
    provider.dialect = *named;
  else if (vendor != nullptr)
    provider.dialect = vendor->dialect;
  const auto known = dialect_names();
  if (std::find(known.begin(), known.end(), provider.dialect) != known.end()) return;
  if (!provider.dialect.empty()) {
    place["dialect"].error(
      reading.problems,
      "unknown_dialect",
      "the dialect \"" + provider.dialect + "\" is unknown"
        + did_you_mean(provider.dialect, known));
  } else if (!place["vendor"]) {
    place["dialect"].error(
      reading.problems,
      "missing_dialect",
      "\"dialect\" is missing, and \"" + provider.name + "\" is no known vendor"
        + did_you_mean(provider.name, vendor_ids()));
  }
}

void read_address(
  ProviderConfig& provider, const Vendor* vendor, const Place& place, Reading& reading) {
  const auto url = place["base_url"];
  if (const auto region = place["region"].text()) provider.region = *region;
  if (const auto given = url.text()) {
    provider.base_url = *given;
  } else if (provider.dialect == "bedrock") {
    if (provider.region.empty())
      return place["region"].error(
        reading.problems, "missing_region", "\"region\" is missing, such as \"us-east-1\"");
    provider.base_url = bedrock_address(provider.region);
  } else if (vendor != nullptr && vendor->dialect == provider.dialect) {
    provider.base_url = vendor->base_url;
  }
  if (provider.base_url.empty()) {
    if (!provider.dialect.empty())
      url.error(reading.problems, "missing_base_url", "\"base_url\" is missing");
    return;
  }
  if (provider.base_url.find('{') != std::string::npos) {
    url.error(
      reading.problems,
      "missing_base_url",
      "the parts in braces must be filled in: \"base_url\": \"" + provider.base_url + "\"");
    return;
  }
  auto parsed = parse_base_url(provider.base_url);
  if (!parsed) {
    // An address that is made of no region: the region was told of already.
    if (url) url.error(reading.problems, "base_url", parsed.error().message);
    return;
  }
  provider.endpoint = *std::move(parsed);
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1";
}

void read_timeouts(const Place& place, TimeoutsConfig& timeouts) {
  const auto read = [&](const char* name, Milliseconds& into) {
    if (const auto given = place[name].number()) into = Milliseconds{*given};
  };
  read("connect_ms", timeouts.connect);
  read("first_byte_ms", timeouts.first_byte);
  read("idle_ms", timeouts.idle);
  read("total_ms", timeouts.total);
}

/// Keys that only one dialect knows what to do with (contract, section 3).
void check_own_keys(const ProviderConfig& provider, const Place& place, Problems& problems) {
  struct OwnKey {
    const char* key;
    std::vector<std::string> dialects;
  };
  const OwnKey own_keys[]{
    {"api_version", {"anthropic", "azure"}},
    {"region", {"bedrock"}},
    {"project", {"vertex"}},
    {"location", {"vertex"}},
    {"service_account", {"vertex"}},
  };
  for (const auto& [key, dialects] : own_keys) {
    if (!place[key]) continue;
    if (std::find(dialects.begin(), dialects.end(), provider.dialect) != dialects.end()) continue;
    std::string list;
    for (const auto& dialect : dialects) list += (list.empty() ? "" : " or ") + dialect;
    place[key].error(
      problems, "wrong_dialect", std::string("\"") + key + "\" is only for the dialect " + list);
  }
}

} // namespace

ProviderConfig read_provider(const std::string& name, const Place& place, Reading& reading) {
  ProviderConfig provider;
  provider.name = name;
  const auto* vendor = read_vendor(provider, place, reading);
  read_dialect(provider, vendor, place, reading);
  read_address(provider, vendor, place, reading);
  if (vendor != nullptr && vendor->dialect == provider.dialect) provider.quirks = vendor->quirks;
  read_quirks(place["quirks"], provider.quirks, reading.problems);
  check_own_keys(provider, place, reading.problems);
  if (const auto version = place["api_version"].text()) provider.quirks.api_version = *version;
  read_credentials(provider, vendor, place, reading);
  // Keys that sign stay at home, but for a session's token.
  const bool shows_secret =
    !provider.api_key.empty() || !provider.signing_keys.session_token.empty();
  if (
    shows_secret && !provider.endpoint.origin.host.empty() && !provider.endpoint.origin.tls
    && !is_loopback(provider.endpoint.origin.host))
    place["base_url"].warning(
      reading.problems, "plain_http", "the key travels unencrypted: use https");

  provider.enabled = place["enabled"].truth().value_or(true);
  provider.free_tier = place["free_tier"].truth().value_or(false);
  provider.cooldown =
    place["cooldown"].truth().value_or(reading.root["settings"]["cooldown"].truth().value_or(true));
  const bool vendor_day = vendor != nullptr && !vendor->day.empty();
  provider.day = read_day(place["day"], vendor_day ? vendor->day : "rolling", reading);
  provider.limits = read_limits(place["limits"], provider.day, reading.problems);
  provider.count_delay = read_count_delay(place["count_delay_ms"]);
  const auto counts = place["counts"].text();
  provider.counts_reserved =
    counts ? *counts == "reserved" : vendor != nullptr && vendor->counts_reserved;
  provider.reserve_p99 = place["reserve"].text() == "p99";
  read_timeouts(place["timeouts"], provider.timeouts);
  provider.pools = read_pools(place["pools"], reading);
  read_models(provider, place, reading);
  return provider;
}

} // namespace gateway
