#include "actors/api/call.hpp"
#include "actors/api/gate.hpp"
#include "actors/api/keep_alive.hpp"
#include "actors/router/walking.hpp"
#include "actors/runtime/hand_on.hpp"
#include "actors/runtime/tell.hpp"

#include <algorithm>

// One attempt at one provider: send, read the answer or hand on the stream.
namespace gateway {
namespace {

constexpr std::size_t error_body_bytes_max = 64 * 1024;
/// A stream's permits for request and input are reported counted once it is so old: before that
/// the settlement comes soon enough (reference/request-path.md, 2.7).
constexpr std::chrono::seconds counted_after{5};

std::int64_t us_between(Instant from, Instant to) {
  return std::chrono::duration_cast<std::chrono::microseconds>(to - from).count();
}

Failure failure_of(const Error& error) {
  Failure failure;
  failure.message = error.message;
  failure.kind = error.kind == ErrorKind::upstream_timeout ? FailureKind::timed_out
    : error.kind == ErrorKind::upstream_invalid_response   ? FailureKind::invalid_answer
                                                           : FailureKind::network;
  return failure;
}

// Set while an upstream call is under way, so that a client that leaves can end it.
class Active {
public:
  Active(UpstreamCall*& place, UpstreamCall& call) : place_(place) { place_ = &call; }
  ~Active() { place_ = nullptr; }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;

private:
  UpstreamCall*& place_;
};

} // namespace

Co<Call::End> Call::attempt() {
  const auto* dialect = find_dialect(offer().provider->dialect);
  if (dialect == nullptr) broken_promise("a document in force names a dialect that does not exist");
  auto outgoing = conversation_->outgoing(*dialect, target());
  if (!outgoing) co_return pass_over(std::move(outgoing.error()));
  dropped_ = outgoing->dropped;

  Ticket ticket{context_.turn, in_force_->directory, std::exchange(walk_->held, {})};
  auto& story = ticket.story();
  story.probe = walk_->probe;
  story.model = offer().gauges.get();
  story.model_number = offer().model_number;
  story.size = walk_->needs.size;
  story.settlement.written = false;
  walk_->admitted = false;
  auto& attempt = walk_->attempts.emplace_back();
  attempt.candidate = static_cast<std::uint32_t>(walk_->at);
  attempt.uses = std::move(walk_->uses);
  const auto began = BootClock::now();
  attempt.began_us = us_between(came_, began);

  const auto& config = *offer().provider;
  UpstreamTimeouts timeouts;
  timeouts.connect = config.timeouts.connect;
  timeouts.first_byte = config.timeouts.first_byte;
  timeouts.idle = config.timeouts.idle;
  timeouts.total = config.timeouts.total;
  UpstreamCall upstream{context_.upstreams.of(config), timeouts, deadline_, began};
  const Active active{active_, upstream};
  co_return co_await send(upstream, *outgoing, ticket);
}

// What this provider can't take another one may; what is wrong for all is the client's to mend.
// Nothing was sent: it counts neither as an attempt nor against a limit.
Call::End Call::pass_over(Error problem) {
  if (problem.kind != ErrorKind::unsupported_parameter) at_fault_ = problem;
  auto returned = returned_to(*walk_);
  for (auto& held : gateway::pass_over(*walk_, std::move(problem))) {
    returned.permits = std::move(held.permits);
    tell(context_.unit, in_force_->directory->stops[held.stop], returned);
  }
  return End::unsent;
}

Co<Call::End> Call::send(UpstreamCall& upstream, const OutgoingRequest& outgoing, Ticket& ticket) {
  UpstreamCall::Request request;
  request.path = outgoing.path;
  const auto fields = outgoing.headers.all();
  const auto pieces = outgoing.body.pieces();
  request.headers = fields;
  request.body = pieces;
  request.streamed = envelope_.stream;
  request.fresh = lost_connection_;
  co_await context_.unit.step();
  const auto head = co_await upstream.send(request);
  co_await context_.unit.step();
  if (const auto sent = upstream.written_at()) current().sent_us = us_between(came_, *sent);
  if (const auto first = upstream.first_byte_at())
    current().first_byte_us = us_between(came_, *first);
  if (!head) {
    current().lost_connection = lost_connection_ = upstream.lost_kept_connection();
    const auto end = fail_attempt(head.error());
    settle(upstream, ticket);
    co_return end;
  }
  current().status = head->status;
  // By the wall clock of the request's beginning, as its steps are measured from there.
  const auto came_after =
    std::chrono::microseconds{std::max<std::int64_t>(0, current().first_byte_us)};
  const auto now = started_ + std::chrono::floor<Milliseconds>(came_after);
  ticket.story().reports = read_limits(
    head->headers, offer().provider->quirks.ratelimit_style, milliseconds_since_epoch(now));
  if (const auto took = find_header(head->headers, "openai-processing-ms")) processing_ms_ = *took;
  if (head->status != 200) {
    const auto end = co_await take_failure(upstream, *head);
    settle(upstream, ticket);
    co_return end;
  }
  if (envelope_.stream) co_return co_await take_stream(upstream, ticket);
  co_return co_await take_whole(upstream, ticket);
}

Co<Call::End> Call::take_failure(UpstreamCall& upstream, const UpstreamCall::AnswerHead& head) {
  const auto* dialect = find_dialect(offer().provider->dialect);
  const auto body = co_await upstream.read_all(error_body_bytes_max);
  if (client_gone_ || is_cut_) co_return fail_attempt(Error{ErrorKind::cancelled, "", "", {}});
  // A body that could not be read leaves the status to say it all.
  const auto text = body ? *body : std::string_view{};
  co_return fail_attempt(dialect->classify(head.status, head.headers, text));
}

Co<Call::End> Call::take_whole(UpstreamCall& upstream, Ticket& ticket) {
  const auto* dialect = find_dialect(offer().provider->dialect);
  const auto bytes_max = static_cast<std::size_t>(walk_->plan->document->settings.max_answer_bytes);
  std::string body;
  for (;;) {
    const auto piece = co_await upstream.read();
    if (!piece) {
      const auto end = fail_attempt(piece.error());
      settle(upstream, ticket);
      co_return end;
    }
    if (piece->empty()) break;
    body += *piece;
    if (body.size() <= bytes_max) continue;
    if (door_.format.passes(*dialect))
      co_return co_await pass_oversized(upstream, ticket, std::move(body));
    const auto end = fail_attempt(Error{
      ErrorKind::upstream_invalid_response, "the answer is larger than max_answer_bytes", "", {}});
    settle(upstream, ticket);
    co_return end;
  }
  std::optional<Failure> hidden;
  auto ready = conversation_->answer(*dialect, target(), std::move(body), hidden);
  if (hidden || !ready) {
    const auto end = hidden ? fail_attempt(std::move(*hidden)) : fail_attempt(ready.error());
    settle(upstream, ticket);
    co_return end;
  }
  co_await context_.unit.step();
  usage_ = ready->usage;
  finish_ = ready->finish;
  first_token_us_ = current().first_byte_us;
  estimate_usage(static_cast<std::int64_t>(ready->body.size()));
  const auto ended = BootClock::now();
  current().ended_us = us_between(came_, ended);
  settle(upstream, ticket, ended);
  const auto recorded = co_await record(outcome_of_answer(), 200, "", ended);
  if (!recorded) {
    at_fault_ = storage_error();
    co_return End::failed;
  }
  auto fields = headers("application/json");
  add_cost(fields);
  const auto all = fields.all();
  // The record stands; a client that left meanwhile gets no second one.
  [[maybe_unused]] const auto sent = co_await exchange_.respond(200, all, ready->body);
  co_return End::answered;
}

// An answer too long to be held: passed on as it comes, without its cost in the head.
Co<Call::End> Call::pass_oversized(UpstreamCall& upstream, Ticket& ticket, std::string begun) {
  const auto fields = headers("application/json");
  const auto all = fields.all();
  exchange_.begin(200, all);
  head_sent_ = true;
  first_token_us_ = current().first_byte_us;
  auto bytes = static_cast<std::int64_t>(begun.size());
  bool whole = false;
  auto written = co_await exchange_.write(begun);
  while (written && !client_gone_) {
    const auto piece = co_await upstream.read();
    if (!piece) break;
    whole = piece->empty();
    if (whole) break;
    bytes += static_cast<std::int64_t>(piece->size());
    written = co_await exchange_.write(*piece);
  }
  estimate_usage(bytes);
  current().ended_us = since_came_us();
  settle(upstream, ticket);
  const auto outcome = whole ? outcome_of_answer()
    : written || is_cut_     ? Outcome::cut
                             : Outcome::cancelled;
  const auto broken = is_cut_ ? ErrorKind::draining : ErrorKind::upstream_error;
  const auto recorded = co_await record(outcome, 200, whole ? "" : code_text(broken));
  // Without its terminal chunk the client sees that the answer is not whole.
  if (whole && recorded) {
    [[maybe_unused]] const auto ended = co_await exchange_.end();
  }
  co_return End::over;
}

Co<Call::End> Call::take_stream(UpstreamCall& upstream, Ticket& ticket) {
  const auto* dialect = find_dialect(offer().provider->dialect);
  const auto relay = conversation_->relay(*dialect, target());
  if (std::exchange(in_step_, false)) context_.turn.call_left();
  KeepAlive keep_alive{exchange_};
  std::string out;
  bool counted = false;
  for (;;) {
    const auto piece = co_await upstream.read();
    if (!piece) {
      if (!head_sent_) {
        const auto end = fail_attempt(piece.error());
        settle(upstream, ticket);
        co_return end;
      }
      if (!is_cut_) current().failure = failure_of(piece.error());
      break;
    }
    const bool ended = piece->empty();
    if (ended)
      relay->finish(out);
    else
      relay->feed(*piece, out);
    if (!relay->opened() && (ended || relay->failure())) {
      const Failure empty{FailureKind::invalid_answer, 200, {}, false, "an empty stream", ""};
      const auto end = fail_attempt(relay->failure().value_or(empty));
      settle(upstream, ticket);
      co_return end;
    }
    if (!relay->opened()) continue;
    if (!head_sent_) {
      const auto fields = headers("text/event-stream");
      const auto all = fields.all();
      exchange_.begin(200, all);
      head_sent_ = true;
      context_.node.streams.fetch_add(1, std::memory_order_relaxed);
    }
    if (first_token_us_ < 0) first_token_us_ = since_came_us();
    if (ended || relay->failure() || relay->complete()) break;
    if (out.empty()) continue;
    co_await keep_alive.quiet();
    const auto written = co_await exchange_.write(out);
    out.clear();
    if (!written) {
      client_gone_ = true;
      break;
    }
    keep_alive.wrote();
    const auto first = upstream.first_byte_at();
    if (!counted && first && upstream.last_byte_at() - *first > counted_after) {
      counted = true;
      co_await ticket.counted(context_.unit, *first);
    }
  }
  co_await keep_alive.quiet();
  keep_alive.stop();
  if (!current().failure) current().failure = relay->failure();
  co_return co_await end_stream(*relay, upstream, ticket, std::move(out));
}

Co<Call::End>
Call::end_stream(StreamRelay& relay, UpstreamCall& upstream, Ticket& ticket, std::string rest) {
  context_.node.streams.fetch_sub(1, std::memory_order_relaxed);
  usage_ = relay.usage();
  finish_ = relay.finish_reason();
  const bool whole = relay.complete() && !current().failure;
  estimate_usage(relay.output_bytes());
  if (!whole) raise_output(relay.output_bytes());
  current().ended_us = since_came_us();
  settle(upstream, ticket);
  const auto outcome = whole   ? outcome_of_answer()
    : client_gone_ && !is_cut_ ? Outcome::cancelled
                               : Outcome::cut;
  const auto broken = whole ? Error{} : stream_problem();
  const auto recorded = co_await record(outcome, 200, whole ? "" : code_text(broken.kind));
  if (client_gone_) co_return End::over;
  if (whole && recorded)
    rest += relay.ending(usage_);
  else
    rest += door_.format.error_event(recorded ? broken : storage_error(), told_id());
  // The record stands whether or not the client still takes the end.
  [[maybe_unused]] const auto sent = co_await exchange_.end(rest);
  co_return End::answered;
}

// Why a stream ended that was not whole.
Error Call::stream_problem() const {
  if (is_cut_) return draining_error();
  if (client_gone_) return {ErrorKind::cancelled, "The client has gone.", "", {}};
  const auto& failure = walk_->attempts.back().failure;
  if (failure && failure->kind == FailureKind::timed_out)
    return {ErrorKind::upstream_timeout, "The provider's stream fell silent.", "", {}};
  return {
    ErrorKind::upstream_error,
    "The provider ended the stream before its answer was whole.",
    "",
    {}};
}

Call::End Call::fail_attempt(const Error& error) {
  if (error.kind == ErrorKind::cancelled || client_gone_) {
    client_gone_ = client_gone_ || !is_cut_;
    at_fault_ =
      is_cut_ ? draining_error() : Error{ErrorKind::cancelled, "The client has gone.", "", {}};
    current().ended_us = since_came_us();
    return End::failed;
  }
  return fail_attempt(failure_of(error));
}

Call::End Call::fail_attempt(Failure failure) {
  current().ended_us = since_came_us();
  if (is_the_requests_fault(failure.kind) && failure.status != 0)
    at_fault_ = Error{
      failure.kind == FailureKind::content_filtered ? ErrorKind::content_policy_violation
                                                    : ErrorKind::invalid_value,
      failure.message,
      door_.format.name_of(failure.param),
      {}};
  walk_->candidates[walk_->at].verdict = Verdict::tried_failed;
  current().failure = std::move(failure);
  return End::failed;
}

void Call::settle(UpstreamCall& upstream, Ticket& ticket, Instant now) {
  auto& story = ticket.story();
  story.cancelled = client_gone_ || is_cut_ || current().lost_connection;
  story.failure = current().failure;
  story.settlement.written = upstream.touched_the_wire();
  story.settlement.written_at = upstream.written_at();
  story.settlement.first_byte_at = upstream.first_byte_at();
  story.settlement.ended = now;
  story.settlement.whole = upstream.body_ended();
  story.settlement.usage_known = usage_.known && !usage_.estimated;
  story.settlement.used_input = usage_.input;
  story.settlement.used_output = usage_.output;
  story.settlement.used_nano_dollars = charged_to_budgets();
  if (first_token_us_ >= 0 && current().sent_us >= 0) {
    story.first_token_us = first_token_us_ - current().sent_us;
    story.writing_us = us_between(came_, now) - first_token_us_;
  }
  ticket.settle();
}

} // namespace gateway
