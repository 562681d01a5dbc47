#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// A message of AWS's binary event stream: `type` is `event` or `exception`, `name` what kind of
/// one, `payload` JSON.
std::string
demo_aws_message(std::string_view type, std::string_view name, std::string_view payload);

} // namespace gateway
