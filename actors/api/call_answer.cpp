#include "actors/api/call.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/gate.hpp"
#include "actors/api/limit_headers.hpp"
#include "actors/ledger/pricing.hpp"
#include "actors/router/route_trace.hpp"
#include "net/base/json_text.hpp"

#include <algorithm>
#include <array>

// What a call says at its end: to the ledger and to the client.
namespace gateway {
namespace {

// A rule of thumb for text of all kinds, used only where nobody has counted.
constexpr std::int64_t bytes_per_token = 4;
constexpr std::chrono::minutes retry_after_heeded_max{1};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::string_view finish_text(FinishReason finish) {
  switch (finish) {
  case FinishReason::none: return "";
  case FinishReason::stop: return "stop";
  case FinishReason::length: return "length";
  case FinishReason::tool_calls: return "tool_calls";
  case FinishReason::content_filter: return "content_filter";
  }
  return "";
}

// "00-8f2c…-00f0…-01" of W3C's Trace Context: version, trace, parent and flags in hex.
bool is_traceparent(std::string_view text) {
  constexpr std::size_t bytes = 55;
  constexpr std::array<std::size_t, 3> dashes{2, 35, 52};
  if (text.size() != bytes) return false;
  for (std::size_t i = 0; i < bytes; ++i) {
    const bool is_hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    const bool is_dash = std::ranges::find(dashes, i) != dashes.end();
    if (is_dash ? text[i] != '-' : !is_hex) return false;
  }
  return true;
}

} // namespace

std::string to_milliseconds_text(std::int64_t us) {
  std::string text;
  append_number(text, us / 1'000);
  text += '.';
  const auto rest = us % 1'000;
  for (const auto digit : {rest / 100, rest / 10 % 10, rest % 10})
    text += static_cast<char>('0' + digit);
  return text;
}

// After the last attempt a walk may stand at nobody any more: this is who was asked last.
const Offer& Call::last_tried() const {
  return walk_->plan->offers[walk_->candidates[walk_->attempts.back().candidate].offer];
}

Outcome Call::outcome_of_answer() const {
  return walk_->attempts.size() > 1 ? Outcome::failover : Outcome::first_try;
}

void Call::estimate_usage(std::int64_t output_bytes) {
  if (usage_.known) return;
  usage_.input = walk_->candidates[walk_->attempts.back().candidate].input_estimate;
  usage_.output = door_.asks == FrontDoor::Asks::embeddings
    ? 0
    : (output_bytes + bytes_per_token - 1) / bytes_per_token;
  usage_.known = usage_.estimated = true;
}

// What a provider has said when its stream breaks off lags behind what it has written by then.
void Call::raise_output(std::int64_t output_bytes) {
  const auto written = (output_bytes + bytes_per_token - 1) / bytes_per_token;
  if (written <= usage_.output) return;
  usage_.output = written;
  usage_.estimated = true;
}

// What the attempt cost, which is the call's cost too. Nothing where the provider itself refused or
// failed. Where it was left before it told its usage nobody knows, and what was taken ahead counts:
// a client that leaves in time must not get what it asked for outside its budget.
std::optional<std::int64_t> Call::charged_to_budgets() {
  if (usage_.known) {
    cost_ = cost_of(offer().model->price, offer().provider->free_tier, usage_);
    return cost_.cost ? std::optional{cost_.cost->count} : std::nullopt;
  }
  const auto& attempt = current();
  const bool by_network = attempt.failure
    && (attempt.failure->kind == FailureKind::timed_out
        || attempt.failure->kind == FailureKind::network);
  if (!attempt.lost_connection && (client_gone_ || is_cut_ || by_network)) return std::nullopt;
  return 0;
}

Turn::Recording
Call::record(Outcome outcome, int status, std::string_view error_code, Instant now) {
  if (std::exchange(recorded_, true)) return {};
  auto& record = context_.turn.begin_record();
  record.id = id_;
  record.request_id = sent_id_;
  record.started = started_;
  record.node = context_.node.node;
  if (walk_->key != nullptr) {
    record.key = walk_->key->name;
    record.team = walk_->key->team;
  }
  record.route = walk_->route;
  record.asked_model = walk_->asked_model;
  record.endpoint = door_.path;
  record.client = exchange_.client();
  record.status = status;
  record.outcome = outcome;
  record.error_code = error_code;
  record.attempts = static_cast<std::int64_t>(walk_->attempts.size());
  record.stream = envelope_.stream;
  const auto& needs = walk_->needs;
  record.needs = {needs.vision, needs.audio, needs.files, needs.tools, needs.json_schema};
  record.tools = envelope_.tools;
  record.http_1_0 = exchange_.head().minor_version == 0;
  record.traceparent = exchange_.head().find("traceparent").value_or("");
  if (!is_traceparent(record.traceparent)) record.traceparent.clear();
  record.finish = finish_text(finish_);
  record.config_version = walk_->plan->document->version;
  record.latency_us = std::chrono::duration_cast<std::chrono::microseconds>(now - came_).count();
  auto upstream_us = walk_->waited_us;
  for (const auto& attempt : walk_->attempts) upstream_us += attempt.ended_us - attempt.began_us;
  overhead_us_ = std::max<std::int64_t>(0, record.latency_us - upstream_us);
  record.overhead_us = overhead_us_;
  record.queued_us = walk_->waited_us;
  if (!walk_->attempts.empty()) {
    const auto name_of = [&](const Attempt& attempt) -> const std::string& {
      return walk_->plan->offers[walk_->candidates[attempt.candidate].offer].provider->name;
    };
    record.provider = name_of(walk_->attempts.back());
    record.first_provider = name_of(walk_->attempts.front());
    record.model = last_tried().model->name;
    const auto& first_failure = walk_->attempts.front().failure;
    if (first_failure && walk_->attempts.size() > 1)
      record.first_error = failure_text(first_failure->kind);
  }
  if (usage_.known) {
    record.tokens_in = usage_.input;
    record.tokens_cached = usage_.cached_input;
    record.tokens_cache_write = usage_.cache_write;
    record.tokens_out = usage_.output;
    record.tokens_reasoning = usage_.reasoning;
    record.tokens_estimated = usage_.estimated;
  }
  record.cost = cost_.cost;
  record.list_cost = cost_.list_cost;
  if (first_token_us_ >= 0) record.first_token_us = first_token_us_;
  if (status == 200 && outcome != Outcome::cut)
    walk_->candidates[walk_->attempts.back().candidate].verdict = Verdict::chosen;
  return context_.turn.record(compact_trace(*walk_));
}

HeaderList Call::headers(std::string_view content_type) const {
  HeaderList fields;
  fields.add("content-type", content_type);
  if (content_type == "text/event-stream") {
    fields.add("cache-control", "no-cache");
    fields.add("x-accel-buffering", "no");
  }
  fields.add("x-request-id", told_id());
  if (const auto name = door_.format.id_header(); !name.empty()) fields.add(name, told_id());
  add_node_headers(fields, context_.node, *in_force_);
  fields.add(
    "x-gateway-attempts",
    static_cast<std::int64_t>(walk_ ? walk_->attempts.size() : std::size_t{0}));
  if (!walk_) return fields;
  if (!walk_->attempts.empty()) {
    fields.add("x-gateway-provider", last_tried().provider->name);
    fields.add("x-gateway-model", last_tried().model->name);
  }
  if (!dropped_.empty()) fields.add("x-gateway-dropped", joined(dropped_));
  if (!processing_ms_.empty()) fields.add("openai-processing-ms", processing_ms_);
  add_limit_headers(fields, walk_->caller_limits);
  return fields;
}

void Call::add_cost(HeaderList& fields) const {
  if (const auto cost = cost_.cost) fields.add("x-gateway-cost-usd", to_usd_text(*cost));
  fields.add("x-gateway-overhead-ms", to_milliseconds_text(overhead_us_));
}

Co<void> Call::answer(Error error) {
  if (walk_) {
    const bool refused = walk_->attempts.empty();
    const auto outcome = client_gone_ ? Outcome::cancelled
      : refused                       ? Outcome::refused
                                      : Outcome::failed;
    if (auto recorded = co_await record(outcome, http_status(error.kind), code_text(error.kind));
        !recorded && !client_gone_)
      error = storage_error();
  } else {
    overhead_us_ = since_came_us();
  }
  if (client_gone_ || exchange_.answered()) co_return;
  auto fields = headers("application/json");
  const auto status = http_status(error.kind);
  if (error.retry_after && (status == 429 || status == 503)) {
    fields.add("retry-after", std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count());
    fields.add("retry-after-ms", error.retry_after->count());
  }
  // What is at fault stays so, a request or a provider's key, and of a retry-after of more than a
  // minute no official client takes note: it would come back long before the time.
  const bool is_at_fault = status >= 400 && status < 500 && status != 429 && status != 408;
  const bool is_far_off =
    status == 429 && error.retry_after && *error.retry_after > retry_after_heeded_max;
  if (is_at_fault || is_far_off || error.kind == ErrorKind::upstream_credentials)
    fields.add("x-should-retry", "false");
  add_cost(fields);
  const auto all = fields.all();
  const auto body = door_.format.error_body(error, told_id());
  [[maybe_unused]] const auto sent = co_await exchange_.respond(status, all, body);
}

} // namespace gateway
