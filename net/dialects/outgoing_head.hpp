#pragma once

#include "net/dialects/dialect.hpp"
#include "net/dialects/json_reading.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// The path under which a version's endpoints lie: `base_path` as the provider's own SDK takes it,
/// with `version` ("/v1") behind it unless it ends in a version segment of its own.
std::string versioned_path(std::string_view base_path, std::string_view version);

/// What is neither a letter, a digit nor in `kept` percent-encoded (RFC 3986, section 2.1).
std::string percent_encoded(std::string_view text, std::string_view kept);

/// `text` as one or more segments of a path: what no segment may hold is percent-encoded.
std::string path_segments(std::string_view text);
/// `text` as one segment, with nothing in it that a server could take for more.
std::string path_segment(std::string_view text);

/// Content type, credentials (in `key_header`, unless the quirks say where; in `authorization` a
/// key is a bearer's) and the quirks' own headers, which win.
void add_head(OutgoingRequest& request, const Target& target, std::string_view key_header);

/// The quirks' `extra_body`: fields that `body` does not have yet.
void add_extra_body(Json& body, const Target& target);

} // namespace gateway
