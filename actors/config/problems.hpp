#pragma once

#include "actors/config/json_node.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gateway {

/// One thing that is wrong, where it is, and what to do. Never holds the value that is wrong where
/// that could be a secret.
struct Problem {
  enum class Severity : std::uint8_t { error, warning };
  Severity severity = Severity::error;
  std::string pointer; // RFC 6901
  std::size_t line = 0;
  std::size_t column = 0;
  std::string code; // the schema keyword or rule: "maximum", "unknown_key", "unknown_model"…
  std::string message;
};

/// Gathers what is wrong with a document, all of it, up to `problems_max`.
class Problems {
public:
  /// A hostile document has at most this many things said about it.
  static constexpr std::size_t problems_max = 500;

  void error(std::string pointer, Position at, std::string code, std::string message);
  void warning(std::string pointer, Position at, std::string code, std::string message);
  void add(const Problem& problem);

  bool any_error() const noexcept { return any_error_; }
  /// Nothing more is kept: looking on is a waste.
  bool full() const noexcept { return all_.size() >= problems_max; }
  /// An error is known of the value at `pointer`.
  bool names(const std::string& pointer) const noexcept;
  const std::vector<Problem>& all() const noexcept { return all_; }
  /// In the order of the text.
  std::vector<Problem> take_sorted();

private:
  std::vector<Problem> all_;
  bool any_error_ = false;
};

} // namespace gateway
