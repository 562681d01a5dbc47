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

namespace gateway {

/// A trace longer than this is not written.
constexpr std::size_t trace_bytes_max = 256 * 1024;

/// A request's route trace: JSON that only its writer and the API understand.
struct TraceEntry {
  std::string id; // of the record
  WallTime ended{};
  /// Worth keeping beyond a day: a failure, a failover. Of the others one in ten is.
  bool remarkable = false;
  std::string trace; // one JSON object, without newlines
};

/// DATA/requests/YYYY-MM-DD.traces.jsonl: framed lines
/// `{"n":…,"c":…,"id":…,"t":…,"keep":…,"trace":{…}}`. No promise hangs on them: they are appended
/// behind the answer and not synced. Thread: the store thread only.
class TraceLog {
public:
  TraceLog(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  /// An entry longer than trace_bytes_max or with a newline in it is left out.
  /// Errors: storage_unavailable; entries of that day are lost then.
  Result<void> append(std::span<const TraceEntry> entries);

  /// The trace of a record that ended on `day`.
  Result<std::optional<std::string>> find(std::string_view id, Day day) const;

  /// Takes out of a day's file what is not kept beyond a day; call once the next day is over.
  Result<void> thin(Day day);

  std::string path_of(Day day) const;

private:
  Result<void> write_text(Day day);
  Result<void> copy_kept(int from, std::uint64_t size, int to);

  Files& files_;
  std::string folder_; // DATA/requests
  std::optional<Day> day_;
  Descriptor file_;
  std::string text_;
};

} // namespace gateway
