#pragma once

#include "net/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What the operations of the admin API take behind the '?', as openapi.yaml describes it.
class QueryNames {
public:
  /// `openapi`: the file, as JSON.
  explicit QueryNames(std::string_view openapi);

  /// `pattern` with its /admin/v1 in front, `query` as it came. Errors: invalid_value, which names
  /// the first parameter that the operation does not take, and those that it does.
  Result<void>
  check(std::string_view method, std::string_view pattern, std::string_view query) const;

private:
  std::map<std::string, std::vector<std::string>> by_operation_; // "/admin/v1/usage GET"
};

} // namespace gateway
