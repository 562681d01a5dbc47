#pragma once

#include "net/base/result.hpp"
#include "persistence/usage_totals.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// How far somebody knows a node's totals: all that was written in that life of the node up to that
/// version. A later life's first version is more than an earlier one's last.
struct UsageMark {
  std::uint64_t life = 0; // the incarnation of the node's identity; 0: nothing is known
  std::uint64_t version = 0;

  friend auto operator<=>(const UsageMark&, const UsageMark&) = default;
};

/// A node that counts, which alone writes what it counted.
struct UsageSource {
  std::string id; // of its identity, so that a wiped data folder is another source
  std::string name;
  UsageMark mark;

  friend bool operator==(const UsageSource&, const UsageSource&) = default;
};

/// What changed in a source's totals since a mark, as it goes from node to node. Where the life is
/// another one it is all there is. State, not steps: rows may come twice, late or from a third
/// node, and where some are lost the next ones have them too.
struct UsageRows {
  UsageSource source; // its mark: after these
  UsageMark since;    // before them
  Day first_held_day{};
  std::vector<UsageName> names;
  struct Slice {
    UsageSpan span;
    UsageSlice slice; // by `names` above
  };
  std::vector<Slice> slices; // a coarse one before the finer ones of its time
  std::vector<UsageValueSpeeds::Entry> value_speeds; // by `names`, too

  bool is_whole() const noexcept { return since.life != source.mark.life; }
};

/// What `totals` have that a copy up to `since` lacks. A slice of theirs has the version of its
/// last change; with a coarse one go all finer ones of its time, which it replaces at a copy. Of
/// the speeds by key, route and team go those that fold() says may be told.
std::string encode_usage_rows(
  const UsageSource& source, const UsageTotals& totals, Day first_held_day, const UsageMark& since);
/// Errors: invalid_value, for what `encode_usage_rows` never makes.
Result<UsageRows> decode_usage_rows(std::string_view bytes);

} // namespace gateway
