#pragma once

#include "actors/api/access.hpp"
#include "actors/api/context.hpp"
#include "net/http/exchange.hpp"
#include "persistence/journal.hpp"

#include <chrono>

namespace gateway {

/// How long one call may take with all its attempts, whatever its providers' time-outs say.
constexpr std::chrono::minutes call_time_max{30};

/// Calls under way on one node at most: CAF's mailboxes are unbounded, so the bound is here.
constexpr std::size_t calls_max = 100'000;

/// Soon enough: another node can answer, and this one may be well again.
constexpr Milliseconds busy_retry_after{1'000};

inline Error storage_error() {
  return {
    ErrorKind::storage_unavailable,
    "Usage can't be recorded at this moment.",
    "",
    busy_retry_after};
}

inline Error draining_error() {
  return {ErrorKind::draining, "This node is being stopped.", "", busy_retry_after};
}

/// The node takes inference requests at this moment.
/// A node that drains still takes what reaches it: nothing that was accepted is dropped.
/// Errors: storage_unavailable, overloaded; draining where the drain's time is up.
inline Result<void> check_gate(const Context& context) {
  if (context.calls.are_cut()) return fail(draining_error());
  if (!context.node.journal->writable()) return fail(storage_error());
  if (context.server.requests_in_flight() > calls_max)
    return fail(Error{ErrorKind::overloaded, "This node is overloaded.", "", busy_retry_after});
  return {};
}

/// A body is JSON. A missing type is let pass, as OpenAI does.
/// Errors: unsupported_media_type.
inline Result<void> check_content_type(const RequestHead& head) {
  const auto type = head.find("content-type");
  if (!type) return {};
  auto media = type->substr(0, type->find(';'));
  while (media.ends_with(' ')) media.remove_suffix(1);
  if (same_ignoring_case(media, "application/json")) return {};
  return fail(
    ErrorKind::unsupported_media_type, "The body must be sent as content-type: application/json.");
}

/// Who asks, where the node takes a request of inference from him.
/// Errors: as `check_inference`, `check_gate` and `check_content_type`.
inline Result<const KeyConfig*>
check_call(const Context& context, const Exchange& exchange, const KeyTable& keys) {
  GATEWAY_TRY(const auto* key, check_inference(exchange, context.node, keys));
  if (auto open = check_gate(context); !open) return fail(std::move(open.error()));
  if (auto json = check_content_type(exchange.head()); !json) return fail(std::move(json.error()));
  return key;
}

/// Why a body could not be read, where its head tells it better: it is not there, or compressed.
inline Error body_problem(const RequestHead& head, Error error) {
  if (error.kind != ErrorKind::invalid_json) return error;
  if (!head.find("content-length") && !head.find("transfer-encoding"))
    return {ErrorKind::length_required, "The request has no body and no Content-Length.", "", {}};
  if (head.find("content-encoding"))
    return {ErrorKind::unsupported_media_type, "A compressed body is not understood here.", "", {}};
  return error;
}

} // namespace gateway
