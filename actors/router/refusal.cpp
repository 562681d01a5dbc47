#include "actors/router/refusal.hpp"

#include <algorithm>

namespace gateway {
namespace {

/// Settings of the node, which say nothing of the request.
bool is_ruled_out(PassedOver why) {
  return why == PassedOver::disabled || why == PassedOver::drained
    || why == PassedOver::not_paid_for;
}

/// How far a candidate came through the rules that look at the request alone; 0 where another time
/// it may answer this request.
int steps_taken(PassedOver why) {
  switch (why) {
  case PassedOver::excluded: return 1;
  case PassedOver::lacks_feature: return 2;
  case PassedOver::context_too_small: return 3;
  case PassedOver::unpriced: return 4;
  case PassedOver::too_dear: return 5;
  case PassedOver::too_large: return 6;
  case PassedOver::lacks_parameter: return 7;
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

/// What its dialect said of the request.
Error unfit_error(const Walk& walk, const Candidate& candidate) {
  const auto unfit = std::ranges::find(walk.unfit, candidate.offer, &Unfit::offer);
  if (unfit == walk.unfit.end()) broken_promise("a candidate is unfit for nothing");
  auto error = unfit->problem;
  error.message =
    "No provider of '" + walk.asked_model + "' can take this request: " + error.message;
  return error;
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
  case PassedOver::lacks_parameter: return unfit_error(walk, nearest);
  case PassedOver::unpriced:
    return {
      ErrorKind::not_allowed,
      "No budget pays for " + name + ": its price is unknown.",
      "model",
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

void take_earlier(std::optional<Milliseconds>& earliest, const std::optional<Milliseconds>& other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

/// What is free may come back before the caller's budget does; what costs may not, whatever else it
/// lacks.
std::optional<Error> budget_error(const Walk& walk) {
  const Candidate* spent = nullptr;
  std::optional<Milliseconds> earliest;
  for (const auto& candidate : walk.candidates) {
    const bool is_spent = candidate.passed_over == PassedOver::budget_spent;
    if (is_spent && spent == nullptr) spent = &candidate;
    if (is_spent || candidate.free) take_earlier(earliest, candidate.retry_after);
  }
  if (spent == nullptr) return std::nullopt;
  const std::string_view quota = spent->quota;
  const auto whose = quota.starts_with("team/") ? "this key's team" : "this key";
  return Error{
    ErrorKind::insufficient_quota,
    std::string{"The budget of "} + whose + " is spent: of " + to_usd_text({spent->quota_limit})
      + " USD a " + std::string{quota.substr(quota.rfind(' ') + 1)} + " "
      + to_usd_text({spent->quota_left_over}) + " are left, less than this request may cost.",
    "",
    earliest};
}

} // namespace

Error unknown_model_error(const Plan& plan, const std::string& name, const KeyConfig* key) {
  std::string message = "The model '" + name + "' does not exist here.";
  const auto near = plan.near(name, key);
  for (std::size_t i = 0; i < near.size(); ++i)
    message += (i == 0 ? " Near names: '" : ", '") + near[i] + "'";
  if (!near.empty()) message += ".";
  return {ErrorKind::model_not_found, std::move(message), "model", {}};
}

Error no_candidate_error(const Walk& walk) {
  if (const auto* nearest = nearest_miss(walk)) return fault_error(walk, *nearest);
  if (auto error = budget_error(walk)) return *std::move(error);
  std::optional<Milliseconds> earliest;
  bool waiting_helps = false;
  bool only_quota = true;
  bool paid_spent = false;
  for (const auto& candidate : walk.candidates) {
    const auto why = candidate.passed_over;
    const bool quota = why == PassedOver::quota_spent || why == PassedOver::paid_spent
      || (why == PassedOver::cooling_down && candidate.by_rate_limit);
    const bool back_soon = quota || why == PassedOver::cooling_down;
    paid_spent |= why == PassedOver::paid_spent;
    waiting_helps |= quota;
    // What can never answer this request says nothing about when it can be answered.
    only_quota &= quota || (!back_soon && why != PassedOver::probing);
    take_earlier(earliest, candidate.retry_after);
  }
  if (waiting_helps && only_quota)
    return {
      ErrorKind::provider_quota_exhausted,
      paid_spent ? "What '" + walk.asked_model
          + "' may pay a day is spent, and no free provider of it has quota left."
                 : "Every provider of '" + walk.asked_model + "' is out of quota.",
      "",
      earliest};
  return {
    ErrorKind::no_provider_available,
    "No provider of '" + walk.asked_model + "' is available at this moment.",
    "",
    earliest};
}

} // namespace gateway
