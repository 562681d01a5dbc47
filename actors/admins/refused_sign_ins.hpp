#pragma once

#include "net/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace gateway {

/// Sign-ins that were refused, summed for the audit log: the first one is told of at once, those of
/// the minute after it in one sentence. So whoever guesses can't fill the disk.
class RefusedSignIns {
public:
  static constexpr Nanoseconds told_every = std::chrono::minutes{1};
  static constexpr std::size_t clients_named_max = 1'000;

  struct Sum {
    std::string text;
    std::string client; // the last one
  };

  void add(std::string_view client);
  /// What is to be told now; none where there is nothing, or it is too early.
  std::optional<Sum> take_due(Instant now);
  /// When there will be something to tell; none where nothing waits.
  std::optional<Instant> due() const noexcept;

private:
  std::uint64_t count_ = 0;
  std::set<std::string, std::less<>> clients_;
  std::string last_;
  Instant next_{};
};

} // namespace gateway
