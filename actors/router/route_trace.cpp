#include "actors/router/route_trace.hpp"

#include "actors/router/policy.hpp"
#include "net/base/text_writer.hpp"

#include <algorithm>

namespace gateway {
namespace {

std::string_view verdict_text(Verdict verdict) {
  switch (verdict) {
  case Verdict::eligible: return "eligible";
  case Verdict::chosen: return "chosen";
  case Verdict::tried_failed: return "tried_failed";
  case Verdict::skipped: return "skipped";
  case Verdict::filtered: return "filtered";
  }
  return "eligible";
}

std::string_view reason_code(PassedOver why) {
  switch (why) {
  case PassedOver::no: return "";
  case PassedOver::disabled: return "disabled";
  case PassedOver::excluded: return "excluded";
  case PassedOver::not_paid_for: return "not_paid_for";
  case PassedOver::too_dear: return "too_dear";
  case PassedOver::lacks_feature: return "lacks_feature";
  case PassedOver::context_too_small: return "context_too_small";
  case PassedOver::cooling_down: return "cooling_down";
  case PassedOver::quota_spent: return "quota_spent";
  case PassedOver::too_large: return "too_large";
  case PassedOver::probing: return "probing";
  case PassedOver::already_tried: return "already_tried";
  }
  return "";
}

std::string reason_text(const Candidate& candidate) {
  const auto wait = candidate.retry_after ? candidate.retry_after->count() : 0;
  switch (candidate.passed_over) {
  case PassedOver::no: return "";
  case PassedOver::disabled:
    return candidate.detail.empty() ? "disabled in the configuration" : candidate.detail;
  case PassedOver::excluded: return "excluded by the request's provider preferences";
  case PassedOver::not_paid_for: return "the route takes free answers only";
  case PassedOver::too_dear: return "dearer than the request's max_price";
  case PassedOver::lacks_feature: return "can't do: " + candidate.detail;
  case PassedOver::context_too_small: return "the request is longer than its context";
  case PassedOver::cooling_down: return "cooling down for " + std::to_string(wait) + " ms";
  case PassedOver::quota_spent:
    return candidate.quota + ": " + std::to_string(candidate.quota_left_over) + " of "
      + std::to_string(candidate.quota_limit) + " left, more in " + std::to_string(wait) + " ms";
  case PassedOver::too_large:
    return "the request alone is larger than " + candidate.quota + " "
      + std::to_string(candidate.quota_limit);
  case PassedOver::probing: return "another request finds out whether it is back";
  case PassedOver::already_tried: return "tried before";
  }
  return "";
}

// Milliseconds with three decimals, as a JSON number.
void append_ms(TextWriter& out, std::int64_t us) {
  append_number(out, us / 1'000);
  const auto rest = us % 1'000;
  if (rest == 0) return;
  out += '.';
  out += static_cast<char>('0' + rest / 100);
  out += static_cast<char>('0' + rest / 10 % 10);
  out += static_cast<char>('0' + rest % 10);
}

void append_check(TextWriter& out, std::string_view name, bool ok) {
  out += '"';
  out += name;
  if (ok)
    out += R"(":{"ok":true})";
  else
    out += R"(":{"ok":false})";
}

void append_checks(TextWriter& out, const Candidate& candidate) {
  const auto why = candidate.passed_over;
  out += R"("checks":{)";
  append_check(
    out,
    "health",
    why != PassedOver::cooling_down && why != PassedOver::disabled && why != PassedOver::probing);
  out += ',';
  append_check(out, "features", why != PassedOver::lacks_feature);
  out += ',';
  append_check(out, "context", why != PassedOver::context_too_small);
  out += ',';
  append_check(out, "price", why != PassedOver::not_paid_for && why != PassedOver::too_dear);
  out += ',';
  if (why == PassedOver::quota_spent || why == PassedOver::too_large) {
    out += R"("quota":{"ok":false,"window":)";
    append_json_string(out, candidate.quota);
    out += R"(,"left":)";
    append_number(out, candidate.quota_left_over);
    out += R"(,"limit":)";
    append_number(out, candidate.quota_limit);
    out += R"(,"scope":"node"})";
  } else {
    append_check(out, "quota", true);
  }
  out += '}';
}

void append_candidate(TextWriter& out, const Walk& walk, const Candidate& candidate) {
  const auto& offer = walk.plan->offers[candidate.offer];
  out += R"({"rank":)";
  if (candidate.rank > 0)
    append_number(out, candidate.rank);
  else
    out += "null";
  out += R"(,"provider":)";
  append_json_string(out, offer.provider->name);
  out += R"(,"model":)";
  append_json_string(out, offer.model->name);
  out += R"(,"verdict":")";
  out += verdict_text(candidate.verdict);
  out += "\",";
  append_checks(out, candidate);
  out += R"(,"free":)";
  out += std::string_view{candidate.free ? "true" : "false"};
  out += R"(,"est":{"tokens_in":)";
  append_number(out, candidate.input_estimate);
  out += R"(,"tokens_out":)";
  append_number(out, candidate.output_estimate);
  out += R"(,"ttft_ms":)";
  if (candidate.first_token_us > 0)
    append_ms(out, candidate.first_token_us);
  else
    out += "null";
  out += R"(,"cost_n":)";
  if (candidate.expected_cost) {
    out += '"';
    append_number(out, candidate.free ? 0 : candidate.expected_cost->count);
    out += '"';
  } else {
    out += "null";
  }
  out += '}';
  if (candidate.passed_over != PassedOver::no) {
    out += R"(,"reason":{"code":")";
    out += reason_code(candidate.passed_over);
    out += R"(","text":)";
    append_json_string(out, reason_text(candidate));
    out += '}';
  }
  out += '}';
}

void append_span(
  TextWriter& out,
  bool& first,
  std::string_view name,
  std::size_t attempt,
  std::int64_t from_us,
  std::int64_t to_us,
  bool ok) {
  if (!first) out += ',';
  first = false;
  out += R"({"name":")";
  out += name;
  out += R"(","attempt":)";
  append_number(out, attempt);
  out += R"(,"t_ms":)";
  append_ms(out, from_us);
  out += R"(,"d_ms":)";
  append_ms(out, std::max<std::int64_t>(0, to_us - from_us));
  if (ok)
    out += R"(,"ok":true})";
  else
    out += R"(,"ok":false})";
}

void append_spans(TextWriter& out, const Walk& walk) {
  std::int64_t before = 0;
  bool first = true;
  for (std::size_t i = 0; i < walk.attempts.size(); ++i) {
    const auto& attempt = walk.attempts[i];
    const bool ok = !attempt.failure;
    append_span(out, first, "route", i + 1, before, attempt.began_us, true);
    before = attempt.ended_us;
    if (attempt.sent_us < 0) {
      append_span(out, first, "connect", i + 1, attempt.began_us, attempt.ended_us, ok);
      continue;
    }
    append_span(out, first, "send", i + 1, attempt.began_us, attempt.sent_us, true);
    const auto answered = attempt.first_byte_us < 0 ? attempt.ended_us : attempt.first_byte_us;
    append_span(
      out, first, "wait", i + 1, attempt.sent_us, answered, ok || attempt.first_byte_us >= 0);
    if (attempt.first_byte_us >= 0)
      append_span(
        out, first, walk.needs.stream ? "stream" : "read", i + 1, answered, attempt.ended_us, ok);
  }
}

void append_attempt(TextWriter& out, const Walk& walk, std::size_t number) {
  const auto& attempt = walk.attempts[number];
  const auto& offer = walk.plan->offers[walk.candidates[attempt.candidate].offer];
  out += R"({"n":)";
  append_number(out, number + 1);
  out += R"(,"provider":)";
  append_json_string(out, offer.provider->name);
  out += R"(,"model":)";
  append_json_string(out, offer.model->name);
  out += R"(,"status":)";
  if (attempt.status > 0)
    append_number(out, attempt.status);
  else
    out += "null";
  out += R"(,"error":)";
  if (attempt.failure) {
    out += R"({"code":")";
    out += failure_text(attempt.failure->kind);
    out += R"(","text":)";
    append_json_string(out, attempt.failure->message);
    out += '}';
  } else {
    out += "null";
  }
  out += '}';
}

void append_trace(TextWriter& out, const Walk& walk) {
  out += R"({"config_version":)";
  append_number(out, walk.plan->document->version);
  out += R"(,"policy":)";
  const auto* policy = find_policy(walk.policy);
  append_json_string(out, policy != nullptr ? policy->summary() : "");
  out += R"(,"candidates":[)";
  const auto shown = std::min(walk.candidates.size(), trace_candidates_max);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ',';
    append_candidate(out, walk, walk.candidates[i]);
  }
  out += R"(],"candidates_cut":)";
  append_number(out, walk.candidates.size() - shown);
  out += R"(,"spans":[)";
  append_spans(out, walk);
  out += R"(],"attempts":[)";
  for (std::size_t i = 0; i < walk.attempts.size(); ++i) {
    if (i > 0) out += ',';
    append_attempt(out, walk, i);
  }
  out += "]}";
}

} // namespace

std::string trace_json(const Walk& walk) {
  std::string trace;
  {
    TextWriter out{trace};
    append_trace(out, walk);
  }
  return trace;
}

} // namespace gateway
