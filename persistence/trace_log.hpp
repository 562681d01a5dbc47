#pragma once

#include "net/base/result.hpp"
#include "persistence/day.hpp"
#include "persistence/files.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A trace longer than this is not written.
constexpr std::size_t trace_bytes_max = 256 * 1024;

/// A request's route trace: JSON that only its writer and the API understand.
struct TraceEntry {
  std::string_view id; // of the record
  WallTime ended{};
  /// Worth keeping beyond a day: a failure, a failover. Of the others one in ten is.
  bool remarkable = false;
  std::string_view trace; // one JSON object, without newlines
};

/// Traces as lines of their days' files, gathered until they are appended: one text for many goes
/// from thread to thread at the price of one.
/// Shape: framed lines `{"n":…,"c":…,"id":…,"t":…,"keep":…,"trace":{…}}`.
class TraceLines {
public:
  struct OfDay {
    Day day{};
    std::string text;
  };

  /// An entry longer than trace_bytes_max or with a newline in it is left out.
  void add(const TraceEntry& entry);
  void add(TraceLines more);

  std::span<const OfDay> days() const noexcept { return days_; }
  bool empty() const noexcept { return days_.empty(); }
  std::size_t bytes() const noexcept;

private:
  std::string& text_of(Day day);

  std::vector<OfDay> days_;
};

/// DATA/requests/YYYY-MM-DD.traces.jsonl. No promise hangs on traces: they are appended behind the
/// answer and not synced. Thread: the store thread only.
class TraceLog {
public:
  TraceLog(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  /// Errors: storage_unavailable; lines of that day and of those behind it are lost then.
  Result<void> append(const TraceLines& lines);

  /// The trace of a record that ended then: looked for around that moment, not in the whole day.
  Result<std::optional<std::string>> find(std::string_view id, WallTime ended) const;

  /// Takes out of a day's file what is not kept beyond a day; call once the next day is over.
  Result<void> thin(Day day);

  std::string path_of(Day day) const;

private:
  Result<void> write(const TraceLines::OfDay& lines);
  Result<void> copy_kept(int from, std::uint64_t size, int to);

  Files& files_;
  std::string folder_; // DATA/requests
  std::optional<Day> day_;
  Descriptor file_;
};

} // namespace gateway
