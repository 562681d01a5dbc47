#include "net/upstream/upstream_call.hpp"

#include "net/upstream/outgoing_head.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t pieces_max = 64; // of one gathered write, head included

Failed invalid(const char* what) {
  return fail(ErrorKind::upstream_invalid_response, what);
}

std::size_t bytes_of(std::span<const iovec> pieces) noexcept {
  std::size_t bytes = 0;
  for (const auto& piece : pieces) bytes += piece.iov_len;
  return bytes;
}

Failed was_cancelled() {
  return fail(ErrorKind::cancelled, "the call was cancelled");
}

} // namespace

struct UpstreamCall::Inside::Step {
  explicit Step(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  ~Step() { flag_ = false; }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  bool& flag_;
};

UpstreamCall::Inside::Inside(
  std::shared_ptr<Connections> connections,
  const UpstreamTimeouts& timeouts,
  Instant due,
  Instant began)
    : connections_(std::move(connections)), timeouts_(timeouts), began_(began),
      total_due_(began + timeouts.total), caller_due_(due),
      dial_(*connections_, timeouts.user_timeout), buffer_(connections_->buffers().lend()) {}

UpstreamCall::Inside::~Inside() {
  drop_connection();
  connections_->buffers().take_back(std::move(buffer_));
}

Co<Result<UpstreamCall::AnswerHead>> UpstreamCall::Inside::send(const Request& request) {
  const Step step{is_stepping_};
  if (is_cancelled_) co_return was_cancelled();
  const auto head_bytes = write_outgoing_head(request, connections_->origin(), buffer_);
  if (!head_bytes) co_return fail(head_bytes.error());
  if (auto connected = co_await connect(!request.fresh); !connected)
    co_return fail(std::move(connected.error()));
  if (auto written = co_await write(request, *head_bytes); !written)
    co_return fail(std::move(written.error()));
  auto head = co_await receive_head(request);
  if (head) co_return head;
  drop_connection();
  // A kept-alive connection may have ended while it was idle. Any other failure may be an answer
  // of its own kind.
  lost_kept_connection = is_reused_ && !was_received_ && was_closed_;
  co_return head;
}

Co<Result<void>> UpstreamCall::Inside::connect(bool may_reuse) {
  if (may_reuse) stream_ = connections_->take(began_);
  is_reused_ = stream_ != nullptr;
  return is_reused_ ? Co<Result<void>>::of({}) : dial();
}

Co<Result<void>> UpstreamCall::Inside::dial() {
  const auto until = patience(Patience::Limit::connect, timeouts_.connect);
  auto made = co_await dial_.connect(until.due);
  if (!made) {
    const bool is_late =
      made.error().kind == ErrorKind::upstream_timeout && BootClock::now() >= until.due;
    if (is_late) co_return fail(out_of_patience(until.limit));
    co_return fail(std::move(made.error()));
  }
  stream_ = std::move(*made);
  co_return Result<void>{};
}

Co<Result<void>> UpstreamCall::Inside::write(const Request& request, std::size_t head_bytes) {
  if (request.body.size() >= pieces_max)
    return Co<Result<void>>::of(
      fail(ErrorKind::internal, "the body for the provider is in too many pieces"));
  std::array<iovec, pieces_max> gathered;
  std::size_t count = 0;
  gathered[count++] = {buffer_.data(), head_bytes};
  auto total = head_bytes;
  for (const auto piece : request.body) {
    gathered[count++] = {const_cast<char*>(piece.data()), piece.size()};
    total += piece.size();
  }
  std::span<iovec> pieces{gathered.data(), count};
  const auto error = stream_->write_now(pieces);
  if (!error && !pieces.empty()) return write_rest({pieces.begin(), pieces.end()}, total);
  return Co<Result<void>>::of(note_written(error, bytes_of(pieces), total));
}

Co<Result<void>> UpstreamCall::Inside::write_rest(std::vector<iovec> pieces, std::size_t total) {
  const auto left = bytes_of(pieces);
  stream_->expires_at(patience(Patience::Limit::total, timeouts_.total).due);
  const auto moved = co_await stream_->write(pieces);
  stream_->no_deadline();
  co_return note_written(moved.error, left - moved.bytes, total);
}

Result<void>
UpstreamCall::Inside::note_written(error_code error, std::size_t left, std::size_t total) {
  if (left < total) written_at = BootClock::now();
  wrote_all_ = left == 0;
  const auto until = patience(Patience::Limit::total, timeouts_.total);
  const bool is_late = error == asio::error::timed_out && BootClock::now() >= until.due;
  if (is_late || is_cancelled_) return lost(error, until, "while the request was written");
  // Any other failure: a provider that refuses a request early answers, closes and reads no more.
  // What it said counts more than how it closed, so the answer is looked for all the same.
  return {};
}

Co<Result<UpstreamCall::AnswerHead>> UpstreamCall::Inside::receive_head(const Request& request) {
  const auto until = request.streamed ? patience(Patience::Limit::first_byte, timeouts_.first_byte)
                                      : patience(Patience::Limit::total, timeouts_.total);
  ReceivedHeadEnd end;
  std::size_t begin = 0; // behind the interim answers
  std::size_t filled = 0;
  for (int interim = 0; interim <= interim_answers_max;) {
    const std::string_view bytes{buffer_.data() + begin, filled - begin};
    const auto length = end.find(bytes);
    if (!length) co_return fail(length.error());
    if (*length == 0) {
      if (filled == buffer_.capacity()) buffer_.grow(2 * filled, filled);
      stream_->expires_at(until.due);
      const auto moved =
        co_await stream_->read_some(buffer_.data() + filled, buffer_.capacity() - filled);
      stream_->no_deadline();
      if (moved.error || is_cancelled_)
        co_return lost(moved.error, until, "before it had answered");
      was_received_ = true;
      if (!first_byte_at) first_byte_at = BootClock::now();
      filled += moved.bytes;
      continue;
    }
    auto parsed = parse_received_head(bytes.substr(0, *length), request.method == "HEAD", head_);
    if (!parsed) co_return fail(std::move(parsed.error()));
    if (head_.status == 101) co_return invalid("the provider changed the protocol unasked");
    begin += *length;
    if (head_.status >= 200) co_return begin_body(begin, filled);
    ++interim;
    end = ReceivedHeadEnd{};
    // An interim answer may be sent before the request is counted: its time says nothing.
    if (begin == filled) first_byte_at.reset();
  }
  co_return invalid("the provider sent too many interim answers");
}

Result<UpstreamCall::AnswerHead>
UpstreamCall::Inside::begin_body(std::size_t head_end, std::size_t filled) {
  keep_alive_ = head_.keep_alive && wrote_all_;
  body_.begin(head_end, head_);
  // A body that came with its head came when that did.
  if (auto noted = note_body(body_.received(filled - head_end), *first_byte_at); !noted)
    return fail(std::move(noted.error()));
  return AnswerHead{head_.status, head_.headers};
}

/// More than `bytes_max` of the body's text, or all of it. Each piece of a stream comes through
/// here, so it is one coroutine.
Co<Result<std::string_view>> UpstreamCall::Inside::receive(std::size_t bytes_max) {
  const Step step{is_stepping_};
  if (is_cancelled_) co_return was_cancelled();
  while (!body_.ended() && body_.text().size() <= bytes_max) {
    if (!stream_)
      co_return fail(ErrorKind::upstream_error, "the connection ended within the answer");
    const auto now = BootClock::now();
    const auto until = patience(Patience::Limit::idle, timeouts_.idle, now);
    if (now >= until.due) co_return lost(asio::error::timed_out, until, "");
    stream_->expires_at(until.due);
    const auto room = body_.room();
    const auto moved = co_await stream_->read_some(room.data(), room.size());
    // Not while the caller is busy with the piece: its slowness is not the provider's silence.
    stream_->no_deadline();
    if (auto received = note_moved(moved, until); !received)
      co_return fail(std::move(received.error()));
  }
  text_is_read_ = true;
  co_return body_.text();
}

Result<void> UpstreamCall::Inside::note_moved(Moved moved, const Patience& until) {
  const bool has_ended = moved.error == asio::error::eof && !is_cancelled_;
  if (!has_ended && (moved.error || is_cancelled_))
    return lost(moved.error, until, "within its answer");
  return note_body(has_ended ? body_.closed() : body_.received(moved.bytes), BootClock::now());
}

/// Lets go of the connection when the body has ended, or never will.
Result<void> UpstreamCall::Inside::note_body(Result<void> received, Instant now) {
  last_byte_at = now;
  if (!received) {
    drop_connection();
    return received;
  }
  if (!body_.ended()) return received;
  const bool is_fit = keep_alive_ && !body_.has_surplus()
    && !(stream_->is_tls() && tls_has_unread(stream_->native_tls()));
  if (is_fit)
    connections_->give_back(std::move(stream_), now, head_.keep_alive_time);
  else
    drop_connection();
  return received;
}

Co<Result<std::string_view>> UpstreamCall::Inside::read() {
  if (is_cancelled_) return Co<Result<std::string_view>>::of(was_cancelled());
  forget_what_was_read();
  if (body_.text().empty() && !body_.ended()) return receive(0);
  text_is_read_ = true;
  return Co<Result<std::string_view>>::of(body_.text());
}

Co<Result<std::string_view>> UpstreamCall::Inside::read_all(std::size_t bytes_max) {
  if (is_cancelled_) co_return was_cancelled();
  forget_what_was_read();
  auto text = co_await receive(bytes_max);
  if (!text || text->size() <= bytes_max) co_return text;
  text_is_read_ = false;
  drop_connection();
  co_return invalid("the provider's answer is longer than is allowed");
}

void UpstreamCall::Inside::forget_what_was_read() noexcept {
  if (text_is_read_) body_.drop_text();
  text_is_read_ = false;
}

void UpstreamCall::Inside::cancel() noexcept {
  is_cancelled_ = true;
  dial_.cancel();
  if (!is_stepping_)
    drop_connection();
  else if (stream_)
    stream_->cancel(); // the step that waits on it lets go of it
}

bool UpstreamCall::Inside::body_ended() const noexcept {
  return body_.ended() && (text_is_read_ || body_.text().empty());
}

bool UpstreamCall::Inside::has_more_buffered() const noexcept {
  if (!text_is_read_ && !body_.text().empty()) return true;
  return stream_ && stream_->is_tls() && tls_has_unread(stream_->native_tls());
}

Patience UpstreamCall::Inside::patience(Patience::Limit limit, Milliseconds time) const noexcept {
  // In total counts from the beginning, whenever now is.
  return patience(limit, time, limit == Patience::Limit::total ? began_ : BootClock::now());
}

Patience UpstreamCall::Inside::patience(
  Patience::Limit limit, Milliseconds time, Instant now) const noexcept {
  Patience shortest{limit, limit == Patience::Limit::total ? total_due_ : now + time};
  if (total_due_ < shortest.due) shortest = {Patience::Limit::total, total_due_};
  if (caller_due_ < shortest.due) shortest = {Patience::Limit::caller, caller_due_};
  return shortest;
}

Error UpstreamCall::Inside::out_of_patience(Patience::Limit limit) const {
  const auto within = [](const char* what, Milliseconds time) {
    return Error{
      ErrorKind::upstream_timeout,
      std::string{what} + " " + std::to_string(time.count()) + " ms",
      {},
      {}};
  };
  switch (limit) {
  case Patience::Limit::connect: return within("no connection within", timeouts_.connect);
  case Patience::Limit::first_byte: return within("no answer within", timeouts_.first_byte);
  case Patience::Limit::idle: return within("nothing more came for", timeouts_.idle);
  case Patience::Limit::total: return within("not finished within", timeouts_.total);
  case Patience::Limit::caller: break;
  }
  return {ErrorKind::upstream_timeout, "not finished by the request's own deadline", {}, {}};
}

/// Gives up the connection and says why.
Failed UpstreamCall::Inside::lost(error_code error, const Patience& until, const char* when) {
  drop_connection();
  if (is_cancelled_) return was_cancelled();
  if (error == asio::error::timed_out && BootClock::now() >= until.due)
    return fail(out_of_patience(until.limit));
  was_closed_ = true;
  if (error == asio::error::timed_out)
    return fail(ErrorKind::upstream_timeout, "the provider acknowledged nothing any more");
  if (error == asio::error::eof)
    return fail(
      ErrorKind::upstream_error, std::string{"the provider closed the connection "} + when);
  return fail(
    ErrorKind::upstream_error,
    std::string{"the connection to the provider failed "} + when + ": " + error.message());
}

void UpstreamCall::Inside::drop_connection() noexcept {
  if (stream_) stream_->abort();
  stream_.reset();
}

} // namespace gateway
