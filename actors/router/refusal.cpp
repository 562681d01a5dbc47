#include "actors/router/refusal.hpp"

namespace gateway {
namespace {

/// Settings of the node, which say nothing of the request.
bool is_ruled_out(PassedOver why) {
  return why == PassedOver::disabled || why == PassedOver::not_paid_for;
}

/// How far a candidate came through the rules that look at the request alone; 0 where another time
/// it may answer this request.
int steps_taken(PassedOver why) {
  switch (why) {
  case PassedOver::excluded: return 1;
  case PassedOver::lacks_feature: return 2;
  case PassedOver::context_too_small: return 3;
  case PassedOver::too_dear: return 4;
  case PassedOver::too_large: return 5;
  default: return 0;
  }
}

/// The candidate that fits best, where the request is the reason that none of them can answer.
const Candidate* nearest_miss(const Walk& walk) {
  const Candidate* nearest = nullptr;
  for (const auto& candidate : walk.candidates) {
    if (is_ruled_out(candidate.passed_over)) continue;
    const auto steps = steps_taken(candidate.passed_over);
    if (steps == 0) return nullptr;
    if (nearest == nullptr || steps > steps_taken(nearest->passed_over)) nearest = &candidate;
  }
  return nearest;
}

/// The field that asks for what a model lacks.
std::string field_of(const std::string& feature) {
  if (feature == "tools") return "tools";
  if (feature == "json_schema") return "response_format";
  if (feature == "chat" || feature == "embeddings") return "model";
  return "messages";
}

Error fault_error(const Walk& walk, const Candidate& nearest) {
  const auto name = "'" + walk.asked_model + "'";
  switch (nearest.passed_over) {
  case PassedOver::excluded:
    return {
      ErrorKind::invalid_value,
      "The request's own preferences leave no provider of " + name + ".",
      "provider",
      {}};
  case PassedOver::lacks_feature:
    return {
      ErrorKind::unsupported_parameter,
      "No provider of " + name + " can do what this request needs: " + nearest.detail + ".",
      field_of(nearest.detail),
      {}};
  case PassedOver::too_dear:
    return {
      ErrorKind::invalid_value,
      "No provider of " + name + " is within the request's max_price.",
      "provider.max_price",
      {}};
  case PassedOver::too_large:
    return {
      ErrorKind::context_length_exceeded,
      "The request alone is larger than the token limit of every provider of " + name + ".",
      "messages",
      {}};
  default:
    return {
      ErrorKind::context_length_exceeded,
      "The request is longer than the context of every provider of " + name + ".",
      "messages",
      {}};
  }
}

} // namespace

Error no_candidate_error(const Walk& walk) {
  if (const auto* nearest = nearest_miss(walk)) return fault_error(walk, *nearest);
  std::optional<Milliseconds> earliest;
  bool waiting_helps = false;
  bool only_quota = true;
  for (const auto& candidate : walk.candidates) {
    const bool quota = candidate.passed_over == PassedOver::quota_spent
      || (candidate.passed_over == PassedOver::cooling_down && candidate.by_rate_limit);
    const bool back_soon = quota || candidate.passed_over == PassedOver::cooling_down;
    waiting_helps |= quota;
    // What can never answer this request says nothing about when it can be answered.
    only_quota &= quota || (!back_soon && candidate.passed_over != PassedOver::probing);
    if (candidate.retry_after && (!earliest || *candidate.retry_after < *earliest))
      earliest = candidate.retry_after;
  }
  if (waiting_helps && only_quota)
    return {
      ErrorKind::provider_quota_exhausted,
      "Every provider of '" + walk.asked_model + "' is out of quota.",
      "",
      earliest};
  return {
    ErrorKind::no_provider_available,
    "No provider of '" + walk.asked_model + "' is available at this moment.",
    "",
    earliest};
}

} // namespace gateway
