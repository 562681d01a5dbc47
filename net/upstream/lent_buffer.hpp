#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace gateway {

/// Memory that bytes are read into. 64 more readable bytes stand behind its capacity, because
/// simdjson reads that far beyond the text it parses.
class LentBuffer {
public:
  static constexpr std::size_t padding = 64;

  LentBuffer() = default;
  explicit LentBuffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<char[]>(capacity + padding)), capacity_(capacity) {}

  char* data() noexcept { return bytes_.get(); }
  const char* data() const noexcept { return bytes_.get(); }
  std::size_t capacity() const noexcept { return capacity_; }

  /// Makes room for `capacity` bytes and keeps the first `kept` of those that are there.
  void grow(std::size_t capacity, std::size_t kept) {
    LentBuffer larger(capacity);
    if (kept > 0) std::memcpy(larger.data(), data(), kept);
    *this = std::move(larger);
  }

private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

/// Buffers between two calls: a call borrows one for its time, an idle connection has none.
/// Thread: one io thread.
class BufferShelf {
public:
  static constexpr std::size_t buffer_bytes = 8 * 1024 - LentBuffer::padding;
  static constexpr std::size_t buffers_max = 64;

  LentBuffer lend() {
    if (spare_.empty()) return LentBuffer(buffer_bytes);
    auto buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }

  /// One that has grown is let go: its size was the exception.
  void take_back(LentBuffer buffer) {
    if (buffer.capacity() == buffer_bytes && spare_.size() < buffers_max)
      spare_.push_back(std::move(buffer));
  }

  std::size_t spare() const noexcept { return spare_.size(); }

private:
  std::vector<LentBuffer> spare_;
};

} // namespace gateway
