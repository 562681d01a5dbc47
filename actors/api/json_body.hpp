#pragma once

#include "actors/config/json_node.hpp"
#include "net/base/co.hpp"
#include "net/http/exchange.hpp"

#include <cstddef>
#include <optional>
#include <string>

/// Bodies of the admin API. Each answers the request itself where it gives nothing.
namespace gateway {

Co<std::optional<std::string>> body_of(Exchange& exchange, std::size_t bytes_max);

/// A body that is one JSON object.
Co<std::optional<JsonNode>> object_of(Exchange& exchange, std::size_t bytes_max);

} // namespace gateway
