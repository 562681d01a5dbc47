#pragma once

#include "actors/api/endpoint.hpp"
#include "actors/config/json_node.hpp"
#include "actors/runtime/messages.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// What endpoints that try an edit share. Each answers the request itself where it returns nothing.
namespace gateway {

/// The caller as one who edits the document.
Editor editor_of(const Exchange& exchange, const Caller& caller);

/// An edit that is to be tried: `{"base":182,"patch":[…]}`, and what else the body has.
struct TrialOrder {
  std::uint64_t base = 0;
  std::string patch;
  Editor editor;
  JsonNode body;
};
Co<std::optional<TrialOrder>> read_trial(Exchange& exchange, const Caller& caller);

/// Tries it; what is stale or failed is answered. An edit that is not valid has its problems.
Co<std::optional<ConfigEditAnswer>>
try_edit(Context& context, Exchange& exchange, TrialOrder& order);

/// 412, 422 or 423, as the verdict says.
Co<void> answer_refused(Exchange& exchange, const ConfigEditAnswer& made);

} // namespace gateway
