#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// Where Amazon Bedrock answers in a region: parts of the world have domains of their own.
/// Source: providers/bedrock.md, section 1.
std::string bedrock_address(std::string_view region);

} // namespace gateway
