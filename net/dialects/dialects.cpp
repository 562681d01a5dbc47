#include "net/dialects/dialect.hpp"

#include <array>

namespace gateway {

#define GATEWAY_DIALECT(name) const Dialect& name##_dialect();
#include "net/dialects/dialects.def"
#undef GATEWAY_DIALECT

std::span<const Dialect* const> all_dialects() noexcept {
  static const std::array all{
#define GATEWAY_DIALECT(name) &name##_dialect(),
#include "net/dialects/dialects.def"
#undef GATEWAY_DIALECT
  };
  return all;
}

const Dialect* find_dialect(std::string_view name) noexcept {
  for (const auto* dialect : all_dialects())
    if (dialect->name() == name) return dialect;
  return nullptr;
}

} // namespace gateway
