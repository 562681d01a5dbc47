#pragma once

#include "net/unified/chat.hpp"

#include <string>

namespace gateway {

/// A tool's result where a format has no other way to say that the tool failed.
inline std::string told_result(const Block& result) {
  return result.is_error ? "Error: " + result.text : result.text;
}

} // namespace gateway
