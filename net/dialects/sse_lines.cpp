#include "net/dialects/sse_lines.hpp"

#include <cstring>

namespace gateway {
namespace {

/// Where the first CR or LF of `text` is, its size if nowhere.
std::size_t find_line_end(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto position_of = [&](char c, std::size_t within) {
    const auto* found = static_cast<const char*>(std::memchr(text.data(), c, within));
    return found ? static_cast<std::size_t>(found - text.data()) : within;
  };
  return position_of('\r', position_of('\n', text.size()));
}

} // namespace

void SseLines::feed(std::string_view bytes) {
  if (overflowed_) return;
  // What was read is cut off here and not in next(): its views still lie in the buffer there.
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_ += bytes;
}

void SseLines::finish() {
  finished_ = true;
}

std::optional<std::string_view> SseLines::next_line() {
  if (after_cr_ && begin_ < buffer_.size()) {
    after_cr_ = false;
    if (buffer_[begin_] == '\n') scanned_ = ++begin_;
  }
  const auto whole = std::string_view{buffer_};
  scanned_ += find_line_end(whole.substr(scanned_));
  const bool ended = scanned_ < whole.size();
  if (scanned_ - begin_ > sse_event_bytes_max) overflowed_ = true;
  if (overflowed_ || (!ended && (!finished_ || begin_ == whole.size()))) return std::nullopt;

  auto line = whole.substr(begin_, scanned_ - begin_);
  if (ended) after_cr_ = whole[scanned_++] == '\r';
  begin_ = scanned_;
  if (first_line_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  first_line_ = false;
  return line;
}

std::optional<SseEvent> SseLines::next() {
  if (given_) {
    name_.clear();
    data_.clear();
    has_data_ = given_ = false;
  }
  while (const auto line = next_line()) {
    if (line->empty()) {
      if (auto event = dispatch()) return event;
    } else {
      take(*line);
    }
  }
  if (overflowed_ || !finished_) return std::nullopt;
  return dispatch();
}

std::optional<SseEvent> SseLines::dispatch() {
  if (!has_data_) {
    name_.clear();
    return std::nullopt;
  }
  given_ = true;
  return SseEvent{name_, data_};
}

void SseLines::take(std::string_view line) {
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  auto value = colon == line.npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (data_.size() + value.size() >= sse_event_bytes_max) {
      overflowed_ = true;
      return;
    }
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (field == "event") {
    name_ = value;
  } else if (!field.empty() && field != "id" && field != "retry") {
    keep_stray(line);
  }
}

void SseLines::keep_stray(std::string_view line) {
  if (stray_.size() + line.size() >= sse_stray_bytes_max) return;
  if (!stray_.empty()) stray_ += '\n';
  stray_ += line;
}

} // namespace gateway
