#pragma once

#include "net/unified/envelope.hpp"

#include <string_view>

namespace gateway {

/// The envelope of a request in Anthropic's format; see EnvelopeReader. `counts`: it asks what its
/// tokens are, and so allows none.
/// Thread: any.
Result<Envelope> read_messages_envelope(std::string_view body, bool counts = false);

} // namespace gateway
