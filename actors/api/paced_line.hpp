#pragma once

#include "net/base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

namespace gateway {

/// Those who are to be woken, a few at a time with a pause behind each few: a thread that wrote to
/// all its browsers in one go would keep its requests waiting for as long. How long the pauses are
/// depends on how many stand in the line: all have had their turn before the next tick comes, and
/// where there are few they wait hardly at all.
/// The caller's clock; `now` does not go back.
template <class One>
class PacedLine {
public:
  static constexpr std::size_t at_once = 4;
  /// A line of any length needs so long; the rest of the quarter second between ticks is slack.
  static constexpr Milliseconds spread{200};
  static constexpr Milliseconds pause_max{5};

  bool is_empty() const noexcept { return line_.empty(); }

  /// Takes its place behind the others; it must not stand in the line yet.
  void join(One& one, Instant now) {
    if (line_.empty()) due_ = std::max(due_, now); // not before the pause behind the last few
    line_.push_back(&one);
    const Nanoseconds whole = spread;
    pause_ = std::min<Nanoseconds>(pause_max, whole * at_once / line_.size());
  }
  void leave(const One& one) { std::erase(line_, &one); }

  /// When the next few are to be called; of a line that is not empty.
  Instant due() const noexcept { return due_; }

  /// Takes the first few out of the line. A call that comes late is made up for by the next ones
  /// coming sooner, never by more at once.
  std::vector<One*> call() {
    const auto count = std::min(at_once, line_.size());
    const auto end = line_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<One*> called{line_.begin(), end};
    line_.erase(line_.begin(), end);
    due_ += pause_;
    return called;
  }

private:
  std::deque<One*> line_;
  Instant due_{};
  Nanoseconds pause_{};
};

} // namespace gateway
