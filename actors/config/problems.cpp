#include "actors/config/problems.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

void Problems::error(std::string pointer, Position at, std::string code, std::string message) {
  add(
    {Problem::Severity::error,
     std::move(pointer),
     at.line,
     at.column,
     std::move(code),
     std::move(message)});
}

void Problems::warning(std::string pointer, Position at, std::string code, std::string message) {
  add(
    {Problem::Severity::warning,
     std::move(pointer),
     at.line,
     at.column,
     std::move(code),
     std::move(message)});
}

void Problems::add(const Problem& problem) {
  any_error_ = any_error_ || problem.severity == Problem::Severity::error;
  if (!full()) all_.push_back(problem);
}

bool Problems::names(const std::string& pointer) const noexcept {
  return std::any_of(all_.begin(), all_.end(), [&](const Problem& problem) {
    return problem.severity == Problem::Severity::error && problem.pointer == pointer;
  });
}

std::vector<Problem> Problems::take_sorted() {
  std::stable_sort(all_.begin(), all_.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::exchange(all_, {});
}

} // namespace gateway
