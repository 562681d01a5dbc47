#include "actors/config/reading.hpp"

#include <algorithm>

namespace gateway {
namespace {

/// Printable ASCII: what a header can carry without becoming two.
bool can_be_sent(const std::string& key) {
  return std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// What `env:NAME`, `file:PATH` or the text itself means. Empty, and the provider disabled, where
/// there is nothing: `name` is the secret's in the document.
Secret
read_secret(const Place& at, const std::string& name, ProviderConfig& provider, Reading& reading) {
  const auto source = at.text();
  if (!source) return {};
  std::optional<std::string> key = *source;
  std::string variable;
  if (source->starts_with("env:")) {
    variable = source->substr(4);
    key = reading.surroundings.environment(variable);
    if (!key || key->empty()) provider.disabled_reason = variable + " is not set";
  } else if (source->starts_with("file:")) {
    key = reading.surroundings.file(source->substr(5));
    while (key && !key->empty() && (key->back() == '\n' || key->back() == '\r')) key->pop_back();
    if (!key || key->empty())
      provider.disabled_reason = "the file of its " + name + " can't be read";
  }
  if (!key || key->empty()) return {};
  if (can_be_sent(*key)) return Secret(std::move(*key));
  const std::string fault = "has characters that no header can carry";
  if (*key == *source)
    at.error(reading.problems, "api_key", fault);
  else
    provider.disabled_reason = (variable.empty() ? "its " + name : variable) + " " + fault;
  return {};
}

void read_signing_keys(ProviderConfig& provider, const Place& at, Reading& reading) {
  const auto read = [&](const char* name) {
    return read_secret(at[name], name, provider, reading);
  };
  // The last word counts: of several that are missing the first is told.
  provider.signing_keys.session_token = read("session_token");
  provider.signing_keys.secret_access_key = read("secret_access_key");
  provider.signing_keys.access_key_id = read("access_key_id");
}

} // namespace

void read_credentials(
  ProviderConfig& provider, const Vendor* vendor, const Place& place, Reading& reading) {
  const auto at = place["api_key"];
  if (at && at.node()->is_object()) {
    if (provider.dialect != "bedrock")
      return at.error(
        reading.problems,
        "wrong_dialect",
        "only the dialect bedrock takes an object; give a string");
    if (provider.region.empty() && place["base_url"]) // without both the address is missed first
      place["region"].error(
        reading.problems, "missing_region", "\"region\" is missing: requests are signed for it");
    return read_signing_keys(provider, at, reading);
  }
  if (const auto source = at.text()) {
    if (source->starts_with("env:")) provider.key_env = source->substr(4);
    provider.api_key = read_secret(at, "api_key", provider, reading);
    return;
  }
  const bool needed = vendor != nullptr && vendor->key_needed && provider.quirks.auth != "none";
  if (!needed || at) return;
  provider.disabled_reason = "no api_key is given";
  const auto hint = vendor->key_env.empty() ? "" : ", such as \"env:" + vendor->key_env + "\"";
  at.warning(reading.problems, "missing_key", "\"api_key\" is missing" + hint);
}

} // namespace gateway
