#pragma once

#include "actors/provider/provider_state.hpp"
#include "actors/router/plan.hpp"
#include "persistence/request_record.hpp"

#include <span>
#include <string>

/// Shapes of the admin API (dashboard.md, section 8).
namespace gateway {

/// One item of GET /providers: the provider with its own windows, its models' and its pools'.
void append_provider_json(
  std::string& out,
  const ProviderState& provider,
  std::span<const ProviderState> all,
  const Plan& plan,
  const std::string& node);

/// `,"models":[…]` of GET /providers/{id}.
void append_models_json(std::string& out, const ProviderState& provider);

/// A row of GET /requests, with what GET /requests/{id} adds to it.
void append_request_json(std::string& out, const RequestRecord& record);

/// Microseconds as a JSON number of milliseconds.
std::string to_ms_json(std::int64_t us);

} // namespace gateway
