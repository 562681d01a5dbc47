#pragma once

#include "net/base/time.hpp"

#include <map>
#include <string>

namespace gateway {

/// When a secret came to stand where it stands, and who put it there: what people may see of it.
struct SecretDate {
  WallTime at{};
  std::string by; // an admin's name, "" for the file

  friend bool operator==(const SecretDate&, const SecretDate&) = default;
};
/// By JSON pointer.
using SecretDates = std::map<std::string, SecretDate>;

} // namespace gateway
