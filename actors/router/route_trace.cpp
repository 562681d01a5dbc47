#include "actors/router/route_trace.hpp"

#include "net/base/text_writer.hpp"

#include <algorithm>
#include <vector>

namespace gateway {
namespace {

void append_passed_over(TextWriter& out, const Candidate& candidate) {
  out += ",\"";
  out += rule_text(candidate.passed_over);
  out += "\",";
  append_json_string(out, candidate.quota);
  out += ',';
  append_number(out, candidate.quota_limit);
  out += ',';
  append_number(out, candidate.quota_left_over);
  out += ',';
  append_number(out, candidate.retry_after ? candidate.retry_after->count() : 0);
  out += ',';
  append_json_string(out, candidate.detail);
}

void append_candidate(TextWriter& out, const Walk& walk, const Candidate& candidate) {
  const auto& offer = walk.plan->offers[candidate.offer];
  out += '[';
  append_json_string(out, offer.provider->name);
  out += ',';
  append_json_string(out, offer.model->name);
  out += ',';
  append_number(out, candidate.rank);
  out += ",\"";
  out += verdict_text(candidate.verdict);
  out += "\",";
  out += candidate.free ? '1' : '0';
  out += ',';
  append_number(out, candidate.input_estimate);
  out += ',';
  append_number(out, candidate.output_estimate);
  out += ',';
  append_number(out, candidate.first_token_us);
  out += ',';
  if (candidate.expected_cost)
    append_number(out, candidate.expected_cost->count);
  else
    out += "null";
  if (candidate.passed_over != PassedOver::no) append_passed_over(out, candidate);
  out += ']';
}

void append_uses(TextWriter& out, const std::vector<QuotaUse>& uses) {
  if (uses.empty()) return;
  out += ",{";
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, uses[i].name);
    out += ":[";
    append_number(out, uses[i].used);
    out += ',';
    append_number(out, uses[i].limit);
    out += ']';
  }
  out += '}';
}

/// Which candidates a trace keeps, by number: those that were tried, and the first of the others.
std::vector<std::uint32_t> kept_candidates(const Walk& walk) {
  std::vector<std::uint32_t> kept;
  const auto keep = [&](std::uint32_t number) {
    if (kept.size() < trace_candidates_max && std::ranges::find(kept, number) == kept.end())
      kept.push_back(number);
  };
  for (const auto& attempt : walk.attempts) keep(attempt.candidate);
  for (std::uint32_t i = 0; i < walk.candidates.size(); ++i) keep(i);
  std::ranges::sort(kept);
  return kept;
}

/// `candidate`: its place in the trace.
void append_attempt(TextWriter& out, const Attempt& attempt, std::size_t candidate) {
  out += '[';
  append_number(out, candidate);
  for (const auto us :
       {attempt.began_us, attempt.sent_us, attempt.first_byte_us, attempt.ended_us}) {
    out += ',';
    append_number(out, us);
  }
  out += ',';
  append_number(out, attempt.status);
  if (attempt.failure) {
    out += ",\"";
    out += failure_text(attempt.failure->kind);
    out += "\",";
    append_json_string(out, attempt.failure->message);
  }
  append_uses(out, attempt.uses);
  out += ']';
}

} // namespace

std::string_view verdict_text(Verdict verdict) noexcept {
  switch (verdict) {
  case Verdict::eligible: return "eligible";
  case Verdict::chosen: return "chosen";
  case Verdict::tried_failed: return "tried_failed";
  case Verdict::skipped: return "skipped";
  case Verdict::filtered: return "filtered";
  }
  return "eligible";
}

std::string_view rule_text(PassedOver why) noexcept {
  switch (why) {
  case PassedOver::no: return "";
  case PassedOver::disabled: return "disabled";
  case PassedOver::drained: return "drained";
  case PassedOver::excluded: return "excluded";
  case PassedOver::not_paid_for: return "not_paid_for";
  case PassedOver::too_dear: return "too_dear";
  case PassedOver::unpriced: return "unpriced";
  case PassedOver::budget_spent: return "budget_spent";
  case PassedOver::paid_spent: return "paid_spent";
  case PassedOver::lacks_feature: return "lacks_feature";
  case PassedOver::lacks_parameter: return "lacks_parameter";
  case PassedOver::context_too_small: return "context_too_small";
  case PassedOver::cooling_down: return "cooling_down";
  case PassedOver::quota_spent: return "quota_spent";
  case PassedOver::too_large: return "too_large";
  case PassedOver::probing: return "probing";
  case PassedOver::already_tried: return "already_tried";
  }
  return "";
}

std::string compact_trace(const Walk& walk) {
  std::string trace;
  {
    TextWriter out{trace};
    out += R"({"v":)";
    append_number(out, walk.plan->document->version);
    out += R"(,"p":)";
    append_json_string(out, walk.policy);
    out += R"(,"s":)";
    out += walk.needs.stream ? '1' : '0';
    const bool is_cut = walk.candidates.size() > trace_candidates_max;
    const auto kept = is_cut ? kept_candidates(walk) : std::vector<std::uint32_t>{};
    const auto shown = is_cut ? kept.size() : walk.candidates.size();
    out += R"(,"cut":)";
    append_number(out, walk.candidates.size() - shown);
    out += R"(,"c":[)";
    for (std::size_t i = 0; i < shown; ++i) {
      if (i > 0) out += ',';
      append_candidate(out, walk, walk.candidates[is_cut ? kept[i] : i]);
    }
    out += R"(],"a":[)";
    for (std::size_t i = 0; i < walk.attempts.size(); ++i) {
      if (i > 0) out += ',';
      const auto tried = walk.attempts[i].candidate;
      const auto place = std::ranges::lower_bound(kept, tried) - kept.begin();
      append_attempt(out, walk.attempts[i], is_cut ? static_cast<std::size_t>(place) : tried);
    }
    out += "]}";
  }
  return trace;
}

} // namespace gateway
