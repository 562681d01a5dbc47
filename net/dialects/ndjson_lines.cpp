#include "net/dialects/ndjson_lines.hpp"

#include <algorithm>

namespace gateway {

void NdjsonLines::feed(std::string_view bytes) {
  if (overflowed_) return;
  // What was read is cut off here and not in next(): its views still lie in the buffer there.
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_ += bytes;
}

std::optional<std::string_view> NdjsonLines::next_line() {
  const auto whole = std::string_view{buffer_};
  scanned_ = std::min(whole.find('\n', scanned_), whole.size());
  const bool ended = scanned_ < whole.size();
  if (scanned_ - begin_ > ndjson_line_bytes_max) overflowed_ = true;
  if (overflowed_ || (!ended && (!finished_ || begin_ == whole.size()))) return std::nullopt;
  const auto line = whole.substr(begin_, scanned_ - begin_);
  if (ended) ++scanned_;
  begin_ = scanned_;
  return line;
}

std::optional<std::string_view> NdjsonLines::next() {
  while (const auto line = next_line())
    if (line->find_first_not_of(" \t\r") != line->npos) return line;
  return std::nullopt;
}

} // namespace gateway
