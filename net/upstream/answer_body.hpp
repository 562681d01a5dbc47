#pragma once

#include "net/base/result.hpp"
#include "net/http/chunked.hpp"
#include "net/upstream/lent_buffer.hpp"
#include "net/upstream/received_head.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gateway {

/// An answer's body as its bytes arrive, freed of its framing in place; no socket.
/// It begins in the buffer of the head, whose bytes stay where they are, and moves to a larger one
/// of its own when that gets narrow.
class AnswerBody {
public:
  /// Bytes of a read at least, and the first size of the own buffer.
  static constexpr std::size_t room_min = 2 * 1024;
  static constexpr std::size_t own_bytes_first = 64 * 1024 - LentBuffer::padding;

  /// `buffer` is the head's; it outlives this.
  explicit AnswerBody(LentBuffer& buffer) noexcept : head_buffer_(buffer) {}

  /// The head ends at `at`.
  void begin(std::size_t at, const ReceivedHead& head);

  /// Where the next bytes belong, never empty; what of the text was not dropped is kept.
  std::span<char> room();
  /// So many bytes have arrived there (or, the first time, stand behind the head).
  /// Errors: upstream_invalid_response.
  Result<void> received(std::size_t bytes);
  /// Nothing more will arrive. Errors: upstream_error, if that is not the body's end.
  Result<void> closed();

  /// The text since it was last dropped; 64 readable bytes stand behind it.
  std::string_view text() const noexcept { return {data() + begin_, end_ - begin_}; }
  void drop_text() noexcept { end_ = begin_; }

  bool ended() const noexcept { return ended_; }
  /// Bytes arrived behind the end: the connection can't be trusted with another request.
  bool has_surplus() const noexcept { return has_surplus_; }

private:
  const char* data() const noexcept { return is_own_ ? own_.data() : head_buffer_.data(); }
  char* data() noexcept { return is_own_ ? own_.data() : head_buffer_.data(); }
  std::size_t capacity() const noexcept {
    return is_own_ ? own_.capacity() : head_buffer_.capacity();
  }

  Result<void> take_chunks(std::size_t bytes);

  LentBuffer& head_buffer_;
  LentBuffer own_;
  ChunkedReader chunks_;
  std::size_t begin_ = 0; // of the text
  std::size_t end_ = 0;
  std::uint64_t left_ = 0; // of a body of known length
  BodyEnd how_ = BodyEnd::no_body;
  bool is_own_ = false;
  bool was_full_ = false; // the last read took all the room there was
  bool ended_ = false;
  bool has_surplus_ = false;
};

} // namespace gateway
