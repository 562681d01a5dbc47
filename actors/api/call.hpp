#pragma once

#include "actors/api/context.hpp"
#include "actors/ledger/pricing.hpp"
#include "actors/runtime/ticket.hpp"
#include "net/base/co.hpp"
#include "net/base/header_list.hpp"
#include "net/dialects/conversation.hpp"
#include "net/http/exchange.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// "12.345": milliseconds of microseconds.
std::string to_milliseconds_text(std::int64_t us);

/// What routing must know of a request.
CallNeeds needs_of(const Envelope& envelope, FrontDoor::Asks asks);

/// The life of one inference call, top to bottom, in one coroutine: read the request, find who
/// may answer, send it there, hand the answer back as it comes, settle, record. The only place
/// that sees actors and sockets at once (architecture.md, "The path of a request"). Which format
/// the client speaks is its door's business. Thread: the exchange's io thread.
class Call final : CallsUnderWay::Place {
public:
  Call(Context& context, Exchange& exchange, const FrontDoor& door);
  ~Call() override;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Co<void> run();

private:
  /// How an attempt at one provider ended.
  enum class End { answered, failed, over, unsent };

  Co<Result<void>> take_request();
  Co<Result<void>> find_permit();
  Co<Result<void>> wait_for_permit(Instant patience);
  void count_waited(Instant since);
  Co<Result<void>> ask_candidates();

  void cut() noexcept override;

  Co<End> attempt();
  End pass_over(Error problem);
  Co<End> send(UpstreamCall& upstream, const OutgoingRequest& outgoing, Ticket& ticket);
  Co<End> take_failure(UpstreamCall& upstream, const UpstreamCall::AnswerHead& head);
  Co<End> take_whole(UpstreamCall& upstream, Ticket& ticket);
  Co<End> pass_oversized(UpstreamCall& upstream, Ticket& ticket, std::string begun);
  Co<End> take_stream(UpstreamCall& upstream, Ticket& ticket);
  Co<End> end_stream(StreamRelay& relay, UpstreamCall& upstream, Ticket& ticket, std::string rest);
  Error stream_problem() const;
  End fail_attempt(Failure failure);
  End fail_attempt(const Error& error);
  bool may_try_again();

  void settle(UpstreamCall& upstream, Ticket& ticket, Instant now = BootClock::now());
  std::optional<std::int64_t> charged_to_budgets();
  void estimate_usage(std::int64_t output_bytes);
  void raise_output(std::int64_t output_bytes);
  Turn::Recording
  record(Outcome outcome, int status, std::string_view error_code, Instant now = BootClock::now());
  Outcome outcome_of_answer() const;

  /// The request's id as the client knows it.
  const std::string& told_id() const { return sent_id_.empty() ? id_ : sent_id_; }
  HeaderList headers(std::string_view content_type) const;
  void add_cost(HeaderList& fields) const;
  Co<void> answer(Error error);
  Error no_answer() const;
  Error elsewhere(Error error) const;
  std::int64_t since_came_us() const;
  const Offer& offer() const { return walk_->offer(); }
  const Offer& last_tried() const;
  Attempt& current() { return walk_->attempts.back(); }
  Target target() const;

  Context& context_;
  Exchange& exchange_;
  const FrontDoor& door_;
  const Instant came_ = BootClock::now();
  const WallTime started_ = wall_now();
  Instant deadline_;
  std::string id_;
  std::string sent_id_; // the client's own, if it sent a sane one
  std::shared_ptr<const InForce> in_force_;
  Envelope envelope_;
  std::optional<Conversation> conversation_;
  std::shared_ptr<Walk> walk_;
  std::optional<Ticket> key_ticket_;

  // The answer, as far as it is known.
  Usage usage_;
  Cost cost_{NanoDollars{}, NanoDollars{}}; // nothing was answered, nothing is charged
  std::int64_t overhead_us_ = 0;
  FinishReason finish_ = FinishReason::none;
  std::vector<std::string> dropped_;
  std::string processing_ms_;
  std::int64_t first_token_us_ = -1;
  bool in_step_ = true; // with other calls; one that streams goes at its provider's pace
  bool head_sent_ = false;
  bool lost_connection_ = false; // the last attempt's, and no provider's fault
  bool recorded_ = false;
  std::optional<Error> at_fault_; // the request is: no other provider is asked

  // Who is to be told when the client goes.
  bool client_gone_ = false;
  bool is_cut_ = false; // by this node, which stops
  UpstreamCall* active_ = nullptr;
  WaitingRoom::Place* place_ = nullptr;
  std::optional<PeerWatch> watch_;
};

} // namespace gateway
