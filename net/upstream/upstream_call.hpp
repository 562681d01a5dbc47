#pragma once

#include "net/upstream/answer_body.hpp"
#include "net/upstream/dial.hpp"
#include "net/upstream/upstream.hpp"

namespace gateway {

/// Until when one step may wait, and which of the call's limits that is.
struct Patience {
  enum class Limit : std::uint8_t { connect, first_byte, idle, total, caller };
  Limit limit = Limit::total;
  Instant due;
};

struct UpstreamCall::Inside {
public:
  Inside(
    std::shared_ptr<Connections> connections,
    const UpstreamTimeouts& timeouts,
    Instant due,
    Instant began);
  ~Inside();

  Co<Result<AnswerHead>> send(const Request& request);
  Co<Result<std::string_view>> read();
  Co<Result<std::string_view>> read_all(std::size_t bytes_max);
  void cancel() noexcept;

  bool body_ended() const noexcept;
  bool has_more_buffered() const noexcept;

  std::optional<Instant> written_at;
  std::optional<Instant> first_byte_at;
  Instant last_byte_at;
  bool lost_kept_connection = false;

private:
  struct Step; // marks that a coroutine waits in here

  Co<Result<void>> connect(bool may_reuse);
  Co<Result<void>> dial();
  Co<Result<void>> write(const Request& request, std::size_t head_bytes);
  Co<Result<void>> write_rest(std::vector<iovec> pieces, std::size_t total);
  Result<void> note_written(boost::system::error_code error, std::size_t left, std::size_t total);
  Co<Result<AnswerHead>> receive_head(const Request& request);
  Result<AnswerHead> begin_body(std::size_t head_end, std::size_t filled);
  Co<Result<std::string_view>> receive(std::size_t bytes_max);
  Result<void> note_moved(Moved moved, const Patience& until);
  Result<void> note_body(Result<void> received, Instant now);
  void forget_what_was_read() noexcept;

  Patience patience(Patience::Limit limit, Milliseconds time) const noexcept;
  Patience patience(Patience::Limit limit, Milliseconds time, Instant now) const noexcept;
  Error out_of_patience(Patience::Limit limit) const;
  Failed lost(boost::system::error_code error, const Patience& patience, const char* when);
  void drop_connection() noexcept;

  std::shared_ptr<Connections> connections_;
  UpstreamTimeouts timeouts_;
  Instant began_;
  Instant total_due_;
  Instant caller_due_;
  Dial dial_;
  LentBuffer buffer_; // the request's head, then the answer's, which stays
  ReceivedHead head_;
  AnswerBody body_{buffer_};
  std::unique_ptr<Stream> stream_;
  bool is_reused_ = false;    // the connection has served a request before
  bool was_received_ = false; // a byte of an answer came over it
  bool was_closed_ = false;   // it ended by the provider's doing, not by a limit of ours
  bool wrote_all_ = false;
  bool keep_alive_ = false;
  bool text_is_read_ = false; // the body's text was handed out
  bool is_stepping_ = false;
  bool is_cancelled_ = false;
};

} // namespace gateway
