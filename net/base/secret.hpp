#pragma once

#include <string>
#include <utility>

namespace gateway {

/// A string that cannot be printed: no stream operator, no formatter, no implicit conversion.
class Secret {
public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  /// The plain value; call it only where the bytes leave for the party the secret is meant for.
  const std::string& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }

  /// The last four characters of a long secret, else nothing: what people may see of it.
  std::string hint() const { return value_.size() >= 16 ? value_.substr(value_.size() - 4) : ""; }

  friend bool operator==(const Secret&, const Secret&) = default;

private:
  std::string value_;
};

} // namespace gateway
