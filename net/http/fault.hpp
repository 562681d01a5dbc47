#pragma once

#include "net/base/error.hpp"

#include <string_view>

namespace gateway {

/// What is wrong with the bytes of a request: answered as it stands, then the connection closes.
/// The status is HTTP's own where the contract's table has none (417, 505).
struct Fault {
  int status;
  ErrorKind kind;
  std::string_view message;
};

constexpr Fault bad_request(std::string_view message) noexcept {
  return {400, ErrorKind::invalid_value, message};
}

} // namespace gateway
