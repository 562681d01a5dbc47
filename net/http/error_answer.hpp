#pragma once

#include "net/http/fault.hpp"

#include <string>

namespace gateway {

/// The body of an answer that the session gives by itself, in the contract's shape:
/// `{"error":{"message":…,"type":…,"param":null,"code":…}}`.
std::string error_answer(ErrorKind kind, std::string_view message);

} // namespace gateway
