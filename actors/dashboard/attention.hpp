#pragma once

#include "actors/dashboard/node_live.hpp"
#include "actors/dashboard/provider_live.hpp"
#include "actors/provider/provider_state.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One thing that a person should know of or mend.
struct Matter {
  enum class Severity : std::uint8_t { err, warn, info };

  std::string id; // "KIND:WHO", or "KIND" of many; the same as long as it is the same matter
  Severity severity = Severity::info;
  std::string text;              // a sentence without its full stop
  std::string href;              // a page of the dashboard
  std::optional<WallTime> since; // none: since it was first found
  std::optional<WallTime> until;
};

/// Finds what needs attention in what the view has.
class MatterFinder {
public:
  /// So many of one kind are told apart; more of them are one matter.
  static constexpr std::size_t alike_max = 3;
  /// Of a budget, or a window of an hour or more, in percent: then it is nearly used up.
  static constexpr std::int64_t nearly_used = 90;

  explicit MatterFinder(WallTime now) : now_(now) {}

  void look_at(const ProviderLive& provider);
  void look_at_pool(const ProviderState& pool);
  void look_at_budget(const ProviderState& budget);
  void look_at(const NodeFacts& node);

  std::vector<Matter> found() const;

private:
  struct Found {
    Matter matter;
    std::string_view kind; // of those that can be many; else empty
    std::string name;      // of whom
  };
  void look_at_windows(const ProviderState& owner, const std::string& href);
  void add(Matter matter, std::string_view kind = {}, std::string name = {});

  WallTime now_;
  std::vector<Found> found_;
};

/// The matters as they are shown: worst first, then oldest.
class AttentionList {
public:
  /// True where what is shown has changed.
  bool update(std::vector<Matter> found, WallTime now);
  /// Appends a list of Attention (openapi.yaml).
  void append_json(std::string& out) const;

private:
  std::vector<Matter> shown_;
};

} // namespace gateway
