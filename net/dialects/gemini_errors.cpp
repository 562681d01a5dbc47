#include "net/base/time.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/gemini.hpp"
#include "net/dialects/limit_values.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

struct Row {
  std::string_view status;
  FailureKind kind;
};

/// Section 5. A failed precondition is a region or billing that the operator must see to.
constexpr std::array statuses{
  Row{"INVALID_ARGUMENT", FailureKind::bad_request},
  Row{"OUT_OF_RANGE", FailureKind::bad_request},
  Row{"FAILED_PRECONDITION", FailureKind::credentials},
  Row{"UNAUTHENTICATED", FailureKind::credentials},
  Row{"PERMISSION_DENIED", FailureKind::credentials},
  Row{"NOT_FOUND", FailureKind::model_not_found},
  Row{"RESOURCE_EXHAUSTED", FailureKind::rate_limited},
  Row{"CANCELLED", FailureKind::timed_out},
  Row{"DEADLINE_EXCEEDED", FailureKind::timed_out},
  Row{"ABORTED", FailureKind::server_error},
  Row{"INTERNAL", FailureKind::server_error},
  Row{"UNKNOWN", FailureKind::server_error},
  Row{"UNAVAILABLE", FailureKind::overloaded},
};

/// What the error's `details` say, by the end of their type's name.
struct Details {
  bool bad_key = false;
  bool per_day = false;
  bool no_quota = false; // the quota's value is zero
  std::optional<std::chrono::milliseconds> retry_delay;
};

void read_violations(const Json& detail, Details& read) {
  for (const auto& violation : items_at(detail, "violations")) {
    if (text_at(violation, "quotaId").find("PerDay") != std::string_view::npos) read.per_day = true;
    if (count_at(violation, "quotaValue") == 0) read.no_quota = true;
  }
}

Details read_details(const Json& error) {
  Details read;
  for (const auto& detail : items_at(error, "details")) {
    const auto type = text_at(detail, "@type");
    if (type.ends_with("ErrorInfo"))
      read.bad_key = read.bad_key || text_at(detail, "reason").starts_with("API_KEY_");
    else if (type.ends_with("QuotaFailure"))
      read_violations(detail, read);
    else if (type.ends_with("RetryInfo"))
      read.retry_delay = duration_of(text_at(detail, "retryDelay"));
  }
  return read;
}

/// A day's quota may carry a delay of seconds: the quota's name is what counts (limits.md,
/// section 5). "Check your plan and billing" stands in every text of this status.
void refine_exhausted(Failure& failure, const Details& details, std::string_view message) {
  if (details.no_quota || (!details.retry_delay && says_quota_exhausted(message))) {
    failure = make_failure(FailureKind::quota_exhausted, failure.status);
  } else if (details.per_day) {
    failure = make_failure(FailureKind::quota_exhausted, failure.status);
    failure.until_day_ends = true;
  } else if (details.retry_delay) {
    failure.retry_after = details.retry_delay;
  } else if (const auto told = read_wait_in_message(message)) {
    failure.retry_after = told;
  }
}

} // namespace

const Json* gemini_error_in(const Json& json) noexcept {
  if (const auto* list = json.get_ptr<const Json::array_t*>())
    return list->empty() ? nullptr : object_at(list->front(), "error");
  return object_at(json, "error");
}

Failure classify_gemini(int status, std::span<const Header> headers, const Json* error) {
  auto kind = kind_of_status(status);
  if (error != nullptr) {
    const auto* row = std::ranges::find(statuses, text_at(*error, "status"), &Row::status);
    if (row != statuses.end())
      kind = row->kind;
    else if (status < 400)
      kind = kind_of_status(static_cast<int>(count_at(*error, "code").value_or(500)));
  }
  const auto message = error ? text_at(*error, "message") : std::string_view{};
  const auto details = error ? read_details(*error) : Details{};
  if (details.bad_key)
    kind = FailureKind::credentials;
  else if (kind == FailureKind::bad_request && says_context_too_long(message))
    kind = FailureKind::context_too_long;
  auto failure = make_failure(kind, status);
  failure.retry_after = read_retry_after(headers, milliseconds_since_epoch(wall_now()));
  if (kind == FailureKind::rate_limited)
    refine_exhausted(failure, details, message);
  else if (details.retry_delay)
    failure.retry_after = details.retry_delay;
  return failure;
}

} // namespace gateway
