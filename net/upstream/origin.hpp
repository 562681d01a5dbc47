#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// Where a provider is reached.
struct Origin {
  bool tls = false;
  std::string host; // name or address, IPv6 without brackets
  std::uint16_t port = 0;
  std::string host_header;

  friend bool operator==(const Origin&, const Origin&) = default;
};

struct BaseUrl {
  Origin origin;
  std::string path; // without trailing slash, may be empty
};

/// Errors: invalid_value with what is wrong (scheme, host, port, user info, query).
Result<BaseUrl> parse_base_url(std::string_view url);

} // namespace gateway
