#pragma once

#include "actors/router/walk.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// At most so many candidates are kept in a trace, those that were tried and the first ranked ones.
constexpr std::size_t trace_candidates_max = 64;

/// A walk's route trace as it is stored, for `trace_json` of actors/api: every request has one and
/// few are ever read, so it holds what cannot be worked out later and nothing else.
/// One JSON object without newlines:
///   `{"v":config version,"p":policy,"s":1 if streamed,"cut":candidates left out,
///     "c":[candidate…],"a":[attempt…]}`
/// Candidate: `[provider,model,rank,verdict,free,tokens in,tokens out,ttft µs,nano-dollars|null]`,
///   and where it was passed over `rule,limit's name,limit,left,ms to wait,detail` behind.
/// Attempt: `[candidate,began,sent,first byte,ended (µs since the request came),status]`,
///   where it failed `kind,message` behind, and where the provider has limits
///   `{window:[used,limit],…}` as they were when it admitted the call.
std::string compact_trace(const Walk& walk);

/// The words of the dashboard for a verdict, and for the rule that passed a candidate over.
std::string_view verdict_text(Verdict verdict) noexcept;
std::string_view rule_text(PassedOver why) noexcept;

} // namespace gateway
