#include "actors/node/audit_log_facts.hpp"

#include "actors/admins/admins.hpp"
#include "persistence/event_log.hpp"

#include <charconv>

namespace gateway {

Result<AuditLogFacts> read_audit_log(const std::string& data, WallTime now) {
  AuditLogFacts facts;
  const EventLog log{real_files(), data};
  GATEWAY_TRY(const auto newest, log.newest(EventKind::config));
  if (newest) {
    const auto* end = newest->ref.data() + newest->ref.size();
    std::from_chars(newest->ref.data(), end, facts.version);
  }
  EventQuery query;
  query.kinds = {EventKind::sign_out};
  query.from = now - session_time;
  query.limit = ended_sessions_max;
  GATEWAY_TRY(auto page, log.find(query));
  for (auto& item : page.items)
    if (item.event.until && *item.event.until > now)
      facts.ended_sessions.push_back({std::move(item.event.ref), *item.event.until});
  return facts;
}

EventRecord node_event(std::string text) {
  EventRecord event;
  event.kind = EventKind::node;
  event.text = std::move(text);
  return event;
}

} // namespace gateway
