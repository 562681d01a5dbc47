#include "actors/config/effective.hpp"

#include "actors/config/merge.hpp"
#include "net/base/log.hpp"

namespace gateway {

DocumentReading
read_effective(std::string_view text, std::string_view added, std::uint64_t version) {
  auto own = read_document(text, version, process_surroundings());
  if (!own.document || added.empty()) return own;
  auto whole = read_document(merged_document(text, added), version, process_surroundings());
  whole.problems = std::move(own.problems);
  return whole;
}

void log_problems(std::span<const Problem> problems) {
  for (const auto& problem : problems) {
    const auto level =
      problem.severity == Problem::Severity::error ? log::Level::error : log::Level::warn;
    if (!log::enabled(level)) continue;
    log::write(
      level,
      fmt::format(
        "config problem at={} line={} column={} code={}: {}",
        problem.pointer,
        problem.line,
        problem.column,
        problem.code,
        problem.message));
  }
}

} // namespace gateway
