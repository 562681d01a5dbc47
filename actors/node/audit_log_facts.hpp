#pragma once

#include "actors/admins/caller.hpp"
#include "net/base/result.hpp"
#include "persistence/event_record.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// What a start must know of the audit log.
struct AuditLogFacts {
  std::uint64_t version = 0;                // of the document, the newest that it tells of; 0: none
  std::vector<EndedSession> ended_sessions; // that would still hold had nobody signed out
};

/// Errors: storage_unavailable.
Result<AuditLogFacts> read_audit_log(const std::string& data, WallTime now);

/// What happens to the node itself: that it starts, stops, fails.
EventRecord node_event(std::string text);

} // namespace gateway
