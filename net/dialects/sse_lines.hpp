#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// One event's undecoded data may grow to this: an inline image of a model's answer fits.
constexpr std::size_t sse_event_bytes_max = 16 * 1024 * 1024;
/// What is kept of a body that is no event stream: an error's JSON fits.
constexpr std::size_t sse_stray_bytes_max = 64 * 1024;

/// One server-sent event; the views hold until the splitter is called again.
struct SseEvent {
  std::string_view name; // the `event:` field, empty if there was none
  std::string_view data; // the `data:` lines, joined by LF
};

/// Splits a body into server-sent events, whatever pieces it arrives in.
/// Shape: blocks of `field: value` lines closed by an empty line; CR, LF and CRLF all end a line;
/// comments, `id` and `retry` are skipped, and so are blocks without data.
/// Bounds: `sse_event_bytes_max` per event; beyond it `overflowed`, and no event comes any more.
/// Source: WHATWG HTML, "Server-sent events", parsing and interpreting an event stream.
class SseLines {
public:
  /// Takes bytes of the body; `next` then gives the events they completed.
  void feed(std::string_view bytes);
  /// The body ended. Against the standard, a last event without its empty line counts: providers
  /// that have no end marker just close the connection, and a cut event's JSON betrays itself.
  void finish();
  std::optional<SseEvent> next();

  bool overflowed() const noexcept { return overflowed_; }
  /// Lines that are no field of an event stream, joined by LF, up to `sse_stray_bytes_max`:
  /// where providers write a bare JSON error into the stream it stands here.
  std::string_view stray() const noexcept { return stray_; }

private:
  std::optional<std::string_view> next_line();
  void take(std::string_view line);
  std::optional<SseEvent> dispatch();
  void keep_stray(std::string_view line);

  std::string buffer_;
  std::size_t begin_ = 0;   // of the line under way
  std::size_t scanned_ = 0; // no line end lies before it
  bool after_cr_ = false;   // an LF that comes now belongs to the line end that was seen
  bool first_line_ = true;  // which may begin with a byte order mark
  bool finished_ = false;
  bool overflowed_ = false;
  bool given_ = false; // name_ and data_ were handed out and are stale
  bool has_data_ = false;
  std::string name_;
  std::string data_;
  std::string stray_;
};

} // namespace gateway
