#include "net/dialects/anthropic_client.hpp"

namespace gateway {

std::string mark_foreign_signature(std::string_view dialect, std::string_view signature) {
  std::string marked{foreign_signature_mark};
  marked += dialect;
  marked += ':';
  return marked += signature;
}

Signature read_signature(std::string_view text) noexcept {
  if (!text.starts_with(foreign_signature_mark)) return {anthropic_name, text};
  text.remove_prefix(foreign_signature_mark.size());
  const auto colon = text.find(':');
  if (colon == text.npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

} // namespace gateway
