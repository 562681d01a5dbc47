#include "actors/node/doors.hpp"

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

} // namespace gateway
