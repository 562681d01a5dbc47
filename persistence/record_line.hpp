#pragma once

#include "persistence/day.hpp"
#include "persistence/request_record.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Lines of the store: `{"n":   412,"c":"9f3a1b22","id":…}`. `n` counts the bytes behind the comma
/// that follows `c`, closing brace included and newline not; `c` is the CRC-32 of the same bytes.
/// A frame has one width, so that it is filled in after the rest was written.
namespace gateway {

/// Bytes of `{"n":   412,"c":"9f3a1b22",`.
constexpr std::size_t line_frame_bytes = 27;
/// What a whole line may have at most, newline included; the six digits of `n` end there too.
constexpr std::size_t line_bytes_max = 1'000'000;
/// A text of a record is cut there, at a character's boundary: names are at most 64 bytes, and a
/// model's name as a stranger wrote it must not fill the log.
constexpr std::size_t record_text_bytes_max = 256;

/// Appends the record as a line, newline included, of about 500 bytes. Left out is what is empty,
/// false or zero and says nothing, and what repeats: request_id where it is id, asked_model where
/// it is route, first_provider where it is provider, list_cost_n where it is cost_n.
void append_record_line(std::string& out, const RequestRecord& record);

/// A line in the making at the end of `out`: what is appended between is its fields.
class FramedLine {
public:
  explicit FramedLine(std::string& out);
  /// Appends brace and newline and fills the frame in. False, and nothing of the line left, where
  /// it would pass line_bytes_max.
  bool close();

private:
  std::string& out_;
  std::size_t begin_;
};

/// Appends `{frame, fields}` and a newline; `fields` is the inside of an object: `"id":"x","t":1`.
/// False, and nothing appended, where the line would pass line_bytes_max.
bool append_framed_line(std::string& out, std::string_view fields);

/// The fields of a whole, undamaged line (without its newline): all behind the frame, up to the
/// brace. Nothing where length or checksum disagree.
std::optional<std::string_view> check_line(std::string_view line) noexcept;

/// Where in a damaged line a whole one begins that ends with it: what another thread appended
/// behind a torn write. Nothing if there is none.
std::optional<std::size_t> find_whole_line(std::string_view damaged) noexcept;

/// First line of a later part: everything in `from` at or behind `offset` was copied behind this
/// line, and counts here only.
struct Continuation {
  JournalFile from;
  std::uint64_t offset = 0;
};
void append_continuation_line(std::string& out, const Continuation& continuation);

/// Reads lines that check_line passed; keeps a parser and its memory between lines.
/// Thread: one at a time.
class RecordReader {
public:
  RecordReader();
  ~RecordReader();
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;

  /// The record, or nothing where the line (whole, as check_line takes it) is not one.
  std::optional<RequestRecord> read(std::string_view line);
  std::optional<Continuation> read_continuation(std::string_view line);

private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

inline constexpr std::array all_outcomes{
  Outcome::first_try,
  Outcome::failover,
  Outcome::failed,
  Outcome::cancelled,
  Outcome::cut,
  Outcome::refused};
/// The enumerator's own name, and back.
std::string_view outcome_text(Outcome outcome) noexcept;
std::optional<Outcome> read_outcome(std::string_view text) noexcept;

} // namespace gateway
