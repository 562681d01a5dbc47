#include "net/http/answer.hpp"

#include <array>
#include <charconv>

namespace gateway {
namespace {

std::string_view write_size_line(std::size_t bytes, std::span<char, 18> into) noexcept {
  auto* end = std::to_chars(into.data(), into.data() + 16, bytes, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {into.data(), end};
}

Failed gone() {
  return fail(ErrorKind::cancelled, "The client has gone or takes nothing.");
}

Failed out_of_order() {
  return fail(ErrorKind::internal, "an answer is given once, and its pieces in order");
}

} // namespace

/// The pieces of one gathered write.
class Answer::Pieces {
public:
  void add(std::string_view text) noexcept {
    if (text.empty()) return;
    // sendmsg only reads what an iovec points to, whatever its type says.
    pieces_[count_++] = {const_cast<char*>(text.data()), text.size()};
  }
  std::span<iovec> all() noexcept { return {pieces_.data(), count_}; }

private:
  std::array<iovec, 5> pieces_;
  std::size_t count_ = 0;
};

void Answer::expect(bool is_head_request, int minor_version) noexcept {
  state_ = State::none;
  is_head_request_ = is_head_request;
  is_old_ = minor_version == 0;
  closes_ = false;
}

Co<Result<void>> Answer::respond(
  int status,
  std::span<const Header> headers,
  std::string_view body,
  std::string_view date,
  bool closes) {
  if (state_ != State::none) return Co<Result<void>>::of(out_of_order());
  AnswerFraming framing{.closes = closes, .keeps_old = is_old_ && !closes};
  if (!is_bodiless(status)) framing.length = body.size();
  write_answer_head(head_, status, date, framing, headers);
  closes_ = closes;
  Pieces pieces;
  pieces.add(head_);
  if (framing.length && !is_head_request_) pieces.add(body);
  return write_all(pieces, State::complete);
}

void Answer::begin(
  int status, std::span<const Header> headers, std::string_view date, bool closes) {
  if (state_ != State::none) return;
  if (is_head_request_ || is_bodiless(status))
    form_ = Form::bodiless;
  else
    form_ = is_old_ ? Form::raw : Form::chunked;
  // The end of raw bytes is the end of the connection.
  closes_ = closes || form_ == Form::raw;
  const AnswerFraming framing{
    .chunked = form_ == Form::chunked, .closes = closes_, .keeps_old = is_old_ && !closes_};
  write_answer_head(head_, status, date, framing, headers);
  state_ = State::head_written;
}

Co<Result<void>> Answer::write(std::string_view piece) {
  return send_piece(piece, false);
}

Co<Result<void>> Answer::end(std::string_view last_piece) {
  return send_piece(last_piece, true);
}

Co<Result<void>> Answer::send_piece(std::string_view piece, bool is_last) {
  if (state_ == State::broken) return Co<Result<void>>::of(gone());
  if (state_ != State::head_written && state_ != State::streaming)
    return Co<Result<void>>::of(out_of_order());
  if (piece.empty() && !is_last) return Co<Result<void>>::of({}); // it would be the last chunk
  if (form_ == Form::bodiless) piece = {};
  const bool is_chunk = form_ == Form::chunked && !piece.empty();
  Pieces pieces;
  if (state_ == State::head_written) pieces.add(head_);
  if (is_chunk) pieces.add(write_size_line(piece.size(), size_line_));
  pieces.add(piece);
  if (is_chunk) pieces.add("\r\n");
  if (is_last && form_ == Form::chunked) pieces.add("0\r\n\r\n");
  return write_all(pieces, is_last ? State::complete : State::streaming);
}

Co<Result<void>> Answer::write_all(Pieces& pieces, State next) {
  auto left = pieces.all();
  const auto failed = stream_.write_now(left);
  if (failed || left.empty()) return Co<Result<void>>::of(settle(failed, next));
  return write_rest({left.begin(), left.end()}, next);
}

Co<Result<void>> Answer::write_rest(std::vector<iovec> pieces, State next) {
  std::size_t bytes = 0;
  for (const auto& piece : pieces) bytes += piece.iov_len;
  const std::chrono::seconds extra{bytes / limits_.write_bytes_per_second_min};
  stream_.expires_at(BootClock::now() + limits_.write_time + extra);
  const auto moved = co_await stream_.write(pieces);
  stream_.no_deadline();
  co_return settle(moved.error, next);
}

Result<void> Answer::settle(boost::system::error_code failed, State next) noexcept {
  state_ = failed ? State::broken : next;
  if (failed) return gone();
  return {};
}

} // namespace gateway
