#include "actors/node/doors.hpp"

#include "actors/node/admin_secrets.hpp"

#include <cstdio>

namespace gateway {
namespace {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

} // namespace

Result<void> check_doors(const ServeOptions& options, const Document& document) {
  if (options.allow_open || !document.keys.empty()) return {};
  for (const auto& listen : options.listen)
    if (!is_loopback(listen.host))
      return fail(
        ErrorKind::invalid_value,
        "Listening on " + listen.host
          + " without an API key would let anybody in: put a key into the document's \"keys\", or "
            "say --allow-open.");
  return {};
}

void note_doors(const ServeOptions& options, NodeState& state) {
  state.allow_open = options.allow_open;
  for (const auto& url : options.public_urls) {
    state.public_hosts.push_back(host_of_url(url));
    if (url.starts_with("https://")) state.https_hosts.push_back(host_of_url(url));
  }
}

void print_doors(
  const ServeOptions& options, const std::vector<std::string>& addresses, const Secret& code) {
  for (const auto& address : addresses) std::printf("listening on %s\n", address.c_str());
  const auto& door = options.public_urls.empty() ? addresses.front() : options.public_urls.front();
  std::puts(("sign in at " + sign_in_link(door, code)).c_str());
  std::fflush(stdout);
}

} // namespace gateway
