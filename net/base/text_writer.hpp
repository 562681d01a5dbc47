#pragma once

#include "net/base/json_text.hpp"

#include <array>

namespace gateway {

/// Appends many small pieces to a string: they gather in a block of its own, which costs a
/// fraction of as many appends. What was written is in the string once the writer is gone.
class TextWriter {
public:
  explicit TextWriter(std::string& out) noexcept : out_(out) {}
  ~TextWriter() { flush(); }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  TextWriter& operator+=(char c) {
    make_room(1);
    block_[used_++] = c;
    return *this;
  }
  /// A literal: its size is known, so it is copied in a few instructions.
  template <std::size_t size>
  TextWriter& operator+=(const char (&literal)[size]) {
    static_assert(size - 1 <= block_bytes);
    make_room(size - 1);
    std::memcpy(block_.data() + used_, literal, size - 1);
    used_ += size - 1;
    return *this;
  }
  TextWriter& operator+=(std::string_view text) {
    if (text.size() > block_bytes) {
      flush();
      out_ += text;
      return *this;
    }
    make_room(text.size());
    put(text);
    return *this;
  }
  TextWriter& operator+=(const std::string& text) { return *this += std::string_view{text}; }

  /// `text` between quotes; nothing in it needs an escape.
  void quote(std::string_view text) {
    constexpr std::size_t quotes = 2;
    if (text.size() > block_bytes - quotes) {
      *this += '"';
      *this += text;
      *this += '"';
      return;
    }
    make_room(text.size() + quotes);
    block_[used_++] = '"';
    put(text);
    block_[used_++] = '"';
  }

private:
  // An empty text may have no place at all, and memcpy wants one.
  void put(std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(block_.data() + used_, text.data(), text.size());
    used_ += text.size();
  }

  template <std::integral Number>
  friend void append_number(TextWriter& out, Number number);

  static constexpr std::size_t block_bytes = 1024;

  void make_room(std::size_t bytes) {
    if (bytes > block_bytes - used_) flush();
  }
  void flush() {
    out_.append(block_.data(), used_);
    used_ = 0;
  }

  std::string& out_;
  std::size_t used_ = 0;
  std::array<char, block_bytes> block_; // not cleared: only what was written is read
};

template <std::integral Number>
void append_number(TextWriter& out, Number number) {
  if (number >= 0 && number < 10) { // as many are
    out += static_cast<char>('0' + number);
    return;
  }
  constexpr std::size_t digits_max = 24;
  out.make_room(digits_max);
  auto* begin = out.block_.data() + out.used_;
  const auto end = std::to_chars(begin, begin + digits_max, number).ptr;
  out.used_ += static_cast<std::size_t>(end - begin);
}

} // namespace gateway
