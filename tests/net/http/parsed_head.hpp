#pragma once

#include "net/http/request_head.hpp"

#include <string>
#include <string_view>

namespace gateway::testing {

/// What the parser makes of a text: a head, or the fault it found, or neither yet.
struct Parsed {
  RequestHead head;
  BodyFraming framing;
  const Fault* fault = nullptr;
  bool found = false;
};

inline Parsed parse(std::string_view text, const HttpLimits& limits = {}) {
  Parsed parsed;
  HeadEnd end;
  parsed.fault = end.look(text, limits);
  parsed.found = end.found();
  if (parsed.fault == nullptr && end.found())
    parsed.fault =
      parse_request_head(text.substr(0, end.bytes()), limits, parsed.head, parsed.framing);
  return parsed;
}

/// A request with a host and these lines, each with its CR LF.
inline std::string get_with(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n";
}

} // namespace gateway::testing
