#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace gateway {
namespace {

/// A pointer's token without its escapes (RFC 6901: ~1 is a slash, ~0 a tilde).
std::string unescaped(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const auto escape = token.substr(i, 2);
    if (escape == "~1" || escape == "~0") {
      name += escape == "~1" ? '/' : '~';
      ++i;
    } else {
      name += token[i];
    }
  }
  return name;
}

} // namespace

const Json* resolve_reference(const Json& root, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  reference.remove_prefix(1);
  const auto* found = &root;
  while (found != nullptr && !reference.empty()) {
    if (!reference.starts_with('/')) return nullptr;
    reference.remove_prefix(1);
    const auto token = reference.substr(0, reference.find('/'));
    reference.remove_prefix(token.size());
    found = member(*found, unescaped(token));
  }
  return found;
}

} // namespace gateway
