#pragma once

#include "net/base/co.hpp"
#include "net/base/header.hpp"
#include "net/base/result.hpp"
#include "net/http/answer_head.hpp"
#include "net/http/limits.hpp"
#include "net/http/stream.hpp"

#include <boost/system/error_code.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// The answer to the request at hand, whole or in pieces. Head and body leave in one write, the
/// head of a stream with its first piece, the last piece with the end of the coding.
class Answer {
public:
  Answer(Stream& stream, const HttpLimits& limits) noexcept : stream_(stream), limits_(limits) {}

  /// The next request, as far as its answer's form depends on it.
  void expect(bool is_head_request, int minor_version) noexcept;

  /// `closes` is decided when the head is written: then it is said, and holds.
  Co<Result<void>> respond(
    int status,
    std::span<const Header> headers,
    std::string_view body,
    std::string_view date,
    bool closes);

  void begin(int status, std::span<const Header> headers, std::string_view date, bool closes);
  Co<Result<void>> write(std::string_view piece);
  Co<Result<void>> end(std::string_view last_piece);

  /// An answer was begun, by `respond` or `begin`, whatever became of it.
  bool is_begun() const noexcept { return state_ != State::none; }
  /// Nothing of it has been written yet: another answer may still take its place.
  bool is_unsent() const noexcept { return state_ <= State::head_written; }
  bool is_complete() const noexcept { return state_ == State::complete; }
  bool closes() const noexcept { return closes_; }

  /// Forgets an answer of which nothing was sent.
  void take_back() noexcept { state_ = State::none; }

private:
  enum class State : std::uint8_t { none, head_written, streaming, complete, broken };
  enum class Form : std::uint8_t { chunked, raw, bodiless };

  class Pieces;

  Co<Result<void>> send_piece(std::string_view piece, bool is_last);
  /// Writes all pieces; `next` is how the answer stands then.
  Co<Result<void>> write_all(Pieces& pieces, State next);
  Co<Result<void>> write_rest(std::vector<iovec> pieces, State next);
  Result<void> settle(boost::system::error_code failed, State next) noexcept;

  Stream& stream_;
  const HttpLimits& limits_;
  std::string head_;
  std::array<char, 18> size_line_; // of the chunk being written: up to 16 digits and CR LF
  State state_ = State::none;
  Form form_ = Form::chunked;
  bool is_head_request_ = false;
  bool is_old_ = false; // HTTP/1.0
  bool closes_ = false;
};

} // namespace gateway
