#include "actors/config/check.hpp"

#include <algorithm>
#include <ostream>

namespace gateway {

void write_problems(std::span<const Problem> problems, std::ostream& out) {
  for (const auto& problem : problems) {
    const bool error = problem.severity == Problem::Severity::error;
    out << (problem.pointer.empty() ? "/" : problem.pointer) << ' ' << problem.line << ':'
        << problem.column << ' ' << (error ? "error" : "warning") << ' ' << problem.code << ' '
        << problem.message << '\n';
  }
}

int check_file(const std::string& path, const Surroundings& surroundings, std::ostream& out) {
  const auto text = surroundings.file(path);
  if (!text) {
    out << path << ": can't be read, or is larger than " << Surroundings::file_bytes_max
        << " bytes\n";
    return 1;
  }
  const auto reading = read_document(*text, 0, surroundings);
  write_problems(reading.problems, out);
  const auto errors =
    std::count_if(reading.problems.begin(), reading.problems.end(), [](const Problem& problem) {
      return problem.severity == Problem::Severity::error;
    });
  const auto warnings = static_cast<std::ptrdiff_t>(reading.problems.size()) - errors;
  out << path << ": " << errors << (errors == 1 ? " error, " : " errors, ") << warnings
      << (warnings == 1 ? " warning\n" : " warnings\n");
  return errors > 0 ? 1 : 0;
}

} // namespace gateway
