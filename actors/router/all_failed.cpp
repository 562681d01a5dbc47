#include "actors/router/all_failed.hpp"

#include <algorithm>
#include <initializer_list>

namespace gateway {
namespace {

/// A provider that says 429 and nothing of when rests so long at least; one that was not tried may
/// answer at once, but nobody should come back faster than that.
constexpr Milliseconds wait_least{1'000};

constexpr std::size_t not_asked_named_max = 8;

bool all_are(const std::vector<Attempt>& attempts, std::initializer_list<FailureKind> kinds) {
  return std::ranges::all_of(attempts, [&](const Attempt& attempt) {
    return attempt.failure && std::ranges::find(kinds, attempt.failure->kind) != kinds.end();
  });
}

ErrorKind kind_of_all(const std::vector<Attempt>& attempts) {
  using enum FailureKind;
  if (all_are(attempts, {timed_out})) return ErrorKind::upstream_timeout;
  if (all_are(attempts, {credentials})) return ErrorKind::upstream_credentials;
  if (all_are(attempts, {invalid_answer})) return ErrorKind::upstream_invalid_response;
  if (all_are(attempts, {rate_limited, quota_exhausted}))
    return ErrorKind::provider_quota_exhausted;
  if (all_are(attempts, {context_too_long})) return ErrorKind::context_length_exceeded;
  if (all_are(attempts, {model_not_found})) return ErrorKind::model_not_found;
  if (all_are(attempts, {request_too_large})) return ErrorKind::request_too_large;
  return ErrorKind::upstream_error;
}

std::string name_of(const Walk& walk, const Candidate& candidate) {
  const auto& offer = walk.plan->offers[candidate.offer];
  return offer.provider->name + "/" + offer.model->name;
}

bool was_tried(const Walk& walk, const Candidate& candidate) {
  return std::ranges::any_of(walk.attempts, [&](const Attempt& attempt) {
    return walk.candidates[attempt.candidate].offer == candidate.offer;
  });
}

/// Why one that was not tried can't answer now though it may later; empty: it never will.
std::string_view absence_of(const Candidate& candidate) {
  switch (candidate.passed_over) {
  case PassedOver::no: return "not tried";
  case PassedOver::quota_spent: return "out of quota";
  case PassedOver::budget_spent:
  case PassedOver::paid_spent: return "its budget is spent";
  case PassedOver::cooling_down: return "cooling down";
  case PassedOver::probing: return "being tried by another request";
  default: return "";
  }
}

Milliseconds left(Instant until, Instant now) {
  return std::max(std::chrono::ceil<Milliseconds>(until - now), Milliseconds{0});
}

Milliseconds wait_for_tried(const Walk& walk, const Attempt& attempt, Instant now) {
  const auto& gauges = *walk.plan->offers[walk.candidates[attempt.candidate].offer].gauges;
  const Instant cools_until{Nanoseconds{gauges.cooling_until_ns.load(std::memory_order_relaxed)}};
  const auto failed_at = walk.came + std::chrono::microseconds{attempt.ended_us};
  return left(
    std::max(cools_until, failed_at + attempt.failure->retry_after.value_or(wait_least)), now);
}

std::optional<Milliseconds> wait_for_other(const Walk& walk, const Candidate& other, Instant now) {
  if (other.passed_over == PassedOver::no) return wait_least;
  if (!other.retry_after) return std::nullopt;
  return left(walk.ranked_at + *other.retry_after, now);
}

Milliseconds first_wait(const Walk& walk, Instant now) {
  std::optional<Milliseconds> first;
  const auto take = [&](std::optional<Milliseconds> wait) {
    if (wait && (!first || *wait < *first)) first = wait;
  };
  for (const auto& attempt : walk.attempts) take(wait_for_tried(walk, attempt, now));
  for (const auto& candidate : walk.candidates)
    if (!was_tried(walk, candidate)) take(wait_for_other(walk, candidate, now));
  return first.value_or(wait_least);
}

std::string failures_text(const Walk& walk) {
  std::string text = walk.attempts.size() > 1 ? "Every provider that was tried failed: " : "";
  for (const auto& attempt : walk.attempts) {
    if (&attempt != walk.attempts.data()) text += "; ";
    text += name_of(walk, walk.candidates[attempt.candidate]) + ": ";
    text += attempt.failure ? attempt.failure->message : "failed";
  }
  return text;
}

std::string not_asked_text(const Walk& walk) {
  std::string text;
  std::size_t named = 0;
  for (const auto& candidate : walk.candidates) {
    const auto why = absence_of(candidate);
    if (why.empty() || was_tried(walk, candidate)) continue;
    if (++named > not_asked_named_max) continue;
    text += "; " + name_of(walk, candidate) + ": " + std::string{why};
  }
  if (named > not_asked_named_max)
    text += "; and " + std::to_string(named - not_asked_named_max) + " more";
  return text;
}

} // namespace

Error all_failed_error(const Walk& walk, Instant now) {
  Error error{kind_of_all(walk.attempts), failures_text(walk) + not_asked_text(walk), "", {}};
  for (const auto& attempt : walk.attempts)
    if (error.param.empty() && attempt.failure) error.param = attempt.failure->param;
  if (error.kind == ErrorKind::provider_quota_exhausted) error.retry_after = first_wait(walk, now);
  return error;
}

} // namespace gateway
