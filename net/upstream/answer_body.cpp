#include "net/upstream/answer_body.hpp"

#include <algorithm>
#include <cstring>

namespace gateway {

void AnswerBody::begin(std::size_t at, const ReceivedHead& head) {
  begin_ = end_ = at;
  how_ = head.body_end;
  left_ = head.length;
  ended_ = how_ == BodyEnd::no_body;
}

std::span<char> AnswerBody::room() {
  const auto kept = end_ - begin_;
  // A full read says that more is waiting: small reads would then cost a system call each.
  const bool is_narrow = capacity() - end_ < room_min || (was_full_ && !is_own_);
  if (is_narrow) {
    LentBuffer larger(std::max(own_bytes_first, 2 * kept));
    if (kept > 0) std::memcpy(larger.data(), data() + begin_, kept);
    own_ = std::move(larger);
    is_own_ = true;
    begin_ = 0;
    end_ = kept;
  }
  return {data() + end_, capacity() - end_};
}

Result<void> AnswerBody::received(std::size_t bytes) {
  was_full_ = bytes == capacity() - end_;
  switch (how_) {
  case BodyEnd::no_body: has_surplus_ = bytes > 0; return {};
  case BodyEnd::close: end_ += bytes; return {};
  case BodyEnd::length: {
    const auto taken = std::min<std::uint64_t>(bytes, left_);
    end_ += taken;
    left_ -= taken;
    ended_ = left_ == 0;
    has_surplus_ = taken < bytes;
    return {};
  }
  case BodyEnd::chunked: return take_chunks(bytes);
  }
  return {};
}

Result<void> AnswerBody::take_chunks(std::size_t bytes) {
  auto* const begin = data();
  std::string_view raw{begin + end_, bytes};
  while (!raw.empty() && !chunks_.done()) {
    const auto step = chunks_.next(raw);
    if (const auto* fault = chunks_.fault())
      return fail(
        ErrorKind::upstream_invalid_response,
        "the answer's chunks: " + std::string{fault->message});
    // The payload moves over the framing before it, towards the front.
    if (!step.payload.empty()) std::memmove(begin + end_, step.payload.data(), step.payload.size());
    end_ += step.payload.size();
    raw.remove_prefix(step.consumed);
  }
  ended_ = chunks_.done();
  has_surplus_ = !raw.empty();
  return {};
}

Result<void> AnswerBody::closed() {
  if (how_ == BodyEnd::close) ended_ = true;
  if (ended_) return {};
  return fail(ErrorKind::upstream_error, "the provider closed the connection within its answer");
}

} // namespace gateway
