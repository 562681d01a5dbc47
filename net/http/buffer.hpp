#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace gateway {

/// Bytes that were received and not yet used, in one block that grows from nothing.
/// Behind what it holds there are always `padding` readable bytes, as simdjson wants them.
class Buffer {
public:
  static constexpr std::size_t padding = 64;

  std::string_view unread() const noexcept { return {data_.get() + begin_, size()}; }
  std::size_t size() const noexcept { return end_ - begin_; }
  /// Bytes that can be received without moving what is held.
  std::size_t room() const noexcept { return capacity_ - end_; }
  char* free_space() noexcept { return data_.get() + end_; }

  void received(std::size_t bytes) noexcept { end_ += bytes; }
  void consume(std::size_t bytes) noexcept {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for `bytes` in all; moves what is held to the front, so that views into it die.
  void reserve(std::size_t bytes) {
    if (bytes <= capacity_) {
      if (begin_ != 0) std::memmove(data_.get(), data_.get() + begin_, size());
    } else {
      // The padding is zeroed once, here: it is read, and what was never written must not be.
      auto grown = std::make_unique_for_overwrite<char[]>(bytes + padding);
      if (size() != 0) std::memcpy(grown.get(), data_.get() + begin_, size());
      std::memset(grown.get() + bytes, 0, padding);
      data_ = std::move(grown);
      capacity_ = bytes;
    }
    end_ = size();
    begin_ = 0;
  }

  void append(std::string_view bytes) {
    if (bytes.size() > room()) reserve(std::max(size() + bytes.size(), 2 * capacity_));
    if (!bytes.empty()) std::memcpy(free_space(), bytes.data(), bytes.size());
    end_ += bytes.size();
  }

  /// Gives the memory back; what was held is gone.
  void release() noexcept {
    data_.reset();
    capacity_ = begin_ = end_ = 0;
  }

  std::size_t capacity() const noexcept { return capacity_; }

private:
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0; // without the padding
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

} // namespace gateway
