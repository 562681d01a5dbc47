#pragma once

#include "net/upstream/lent_buffer.hpp"
#include "net/upstream/upstream.hpp"

#include <cstddef>

namespace gateway {

/// A request's head may be as long as this; a longer one is a mistake of the configuration.
constexpr std::size_t outgoing_head_bytes_max = 64 * 1024;

/// Writes a request's head, empty line included, to the front of `buffer`; returns its length.
/// Errors: internal, where a method, path or header can't be sent as it is: a line break in a
/// value would begin a header, or a request, that nobody meant.
Result<std::size_t>
write_outgoing_head(const UpstreamCall::Request& request, const Origin& origin, LentBuffer& buffer);

} // namespace gateway
