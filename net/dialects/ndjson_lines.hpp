#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// One line may grow to this: a call with the longest arguments a model writes fits.
constexpr std::size_t ndjson_line_bytes_max = 16 * 1024 * 1024;

/// Splits a body into lines of JSON, whatever pieces it arrives in.
/// Shape: one value a line; LF and CRLF end a line, lines of nothing but white space are skipped.
/// Bounds: `ndjson_line_bytes_max` per line; beyond it `overflowed`, and no line comes any more.
/// Source: providers/ollama.md, section 4.
class NdjsonLines {
public:
  /// Takes bytes of the body; `next` then gives the lines they completed.
  void feed(std::string_view bytes);
  /// The body ended: a last line without its end counts, for a cut one's JSON betrays itself.
  void finish() noexcept { finished_ = true; }
  /// The view holds until the next `feed`.
  std::optional<std::string_view> next();

  bool overflowed() const noexcept { return overflowed_; }

private:
  std::optional<std::string_view> next_line();

  std::string buffer_;
  std::size_t begin_ = 0;   // of the line under way
  std::size_t scanned_ = 0; // no line end lies before it
  bool finished_ = false;
  bool overflowed_ = false;
};

} // namespace gateway
