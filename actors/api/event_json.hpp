#pragma once

#include "persistence/event_log.hpp"

#include <string>

namespace gateway {

/// Appends an Event (openapi.yaml).
void append_event(std::string& out, const StoredEvent& stored);

} // namespace gateway
