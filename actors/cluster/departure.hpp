#pragma once

#include "actors/cluster/cluster_record.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>

namespace gateway {

/// How this node stops being a member. By the log, usually; but its server may be out of the log
/// before it is told so, and then the others say it.
class Departure {
public:
  /// Who has just come hears within that time which member it is.
  static constexpr Nanoseconds hears_within = std::chrono::seconds{3};

  /// It leaves for good.
  void begin(Instant now) { since_ = now; }
  bool is_under_way() const noexcept { return since_.has_value(); }
  /// The others say that it was removed.
  void hear_of_removal() noexcept { was_told_ = true; }

  /// `number`: of the member that this node was; none: it does not know that it ever was one.
  bool is_over(const ClusterRecord& record, std::optional<std::uint32_t> number) const {
    return was_told_ || (number && record.is_gone(*number));
  }
  /// It leaves what it never entered: nobody would say that it has.
  bool is_in_vain(std::optional<std::uint32_t> number, Instant now) const {
    return since_ && !number && now - *since_ >= hears_within;
  }

private:
  std::optional<Instant> since_;
  bool was_told_ = false;
};

} // namespace gateway
