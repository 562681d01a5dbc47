#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// A document with the members of `added` beside its own, section by section ("providers",
/// "routes"…); where both have a name, the document's stands. Both are valid JSON objects.
std::string merged_document(std::string_view document, std::string_view added);

} // namespace gateway
