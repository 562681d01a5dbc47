#include "actors/config/check.hpp"

#include <algorithm>
#include <ostream>

namespace gateway {

namespace {

/// A name of the document may hold a line break; a problem is one line all the same.
std::string on_one_line(const std::string& text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f)
      line += c;
    else
      line += std::string("\\u00") + digits[byte >> 4] + digits[byte & 15];
  }
  return line;
}

} // namespace

void write_problems(std::span<const Problem> problems, std::ostream& out) {
  for (const auto& problem : problems) {
    const bool error = problem.severity == Problem::Severity::error;
    out << (problem.pointer.empty() ? "/" : on_one_line(problem.pointer)) << ' ' << problem.line
        << ':' << problem.column << ' ' << (error ? "error" : "warning") << ' ' << problem.code
        << ' ' << on_one_line(problem.message) << '\n';
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
