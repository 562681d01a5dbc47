#include "actors/api/audit.hpp"

#include "actors/runtime/ask.hpp"

namespace gateway {

Co<Result<void>>
tell(Context& context, const Exchange& exchange, const Caller& caller, EventRecord act) {
  act.by = caller.name;
  act.role = role_text(caller.role);
  act.client = exchange.client();
  EventHappened happened{std::move(act), 0};
  auto asked = ask<EventWritten>(context.unit, context.events, std::move(happened));
  const auto written = co_await asked;
  if (written && written->stands) co_return Result<void>{};
  co_return fail(ErrorKind::storage_unavailable, "The audit log can't be written at this moment.");
}

} // namespace gateway
