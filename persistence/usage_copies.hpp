#pragma once

#include "persistence/usage_copy.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What one node has of a source, as it tells others.
struct UsageHolding {
  UsageSource source;
  std::uint64_t days = 0; // closed ones that it has
  Day last_day{};         // of them

  friend bool operator==(const UsageHolding&, const UsageHolding&) = default;
};
std::string encode_usage_holdings(const std::vector<UsageHolding>& holdings);
/// Errors: invalid_value, for what `encode_usage_holdings` never makes.
Result<std::vector<UsageHolding>> decode_usage_holdings(std::string_view bytes);

/// What a node asks another one about usage: what it has, and of one source the rows since a mark,
/// which closed days there are, or one of them.
struct UsageQuestion {
  enum class About : std::uint8_t { holdings, rows, days, day };
  About about = About::holdings;
  std::string id = {};  // of the source; empty: of whoever is asked
  UsageMark since = {}; // of rows
  Day day = {};         // of one day
};
std::string encode_usage_question(const UsageQuestion& question);
Result<UsageQuestion> decode_usage_question(std::string_view bytes);
std::string encode_usage_days(const std::vector<Day>& days);
Result<std::vector<Day>> decode_usage_days(std::string_view bytes);

/// The totals of all other nodes that this one has heard of: DATA/usage/nodes, a folder each.
/// Thread: one, and it waits for the disk.
class UsageCopies {
public:
  /// `own`: this node's id, of which there is no copy.
  UsageCopies(Files& files, std::string data, std::string own = {})
      : files_(&files), data_(std::move(data)), own_(std::move(own)) {}

  /// What lies in the folders. A damaged one is set aside in the log and heard anew.
  /// Errors: storage_unavailable.
  Result<void> load();

  /// `expected`: whose rows were asked for; empty: whoever's. Errors: invalid_value.
  Result<UsageSource> take(std::string_view rows, std::string_view expected = {});
  /// Errors: not_found where nothing else is known of that source; as UsageCopy::take_day.
  Result<void> take_day(const std::string& id, Day day, std::string_view text);
  /// Writes all that changed; goes on with the others where one can't be written.
  /// Errors: storage_unavailable.
  Result<void> store();

  /// Null: none.
  UsageCopy* find(const std::string& id);
  std::vector<UsageHolding> holdings() const;
  std::map<std::string, UsageCopy, std::less<>>& all() noexcept { return copies_; }

private:
  std::string folder_of(const std::string& id) const { return data_ + "/usage/nodes/" + id; }

  Files* files_;
  std::string data_;
  std::string own_;
  std::map<std::string, UsageCopy, std::less<>> copies_; // by the source's id
};

/// DATA/usage/source: by what id others know what is counted in that folder. Made of `fresh` where
/// there is none; it stays when the node becomes another member, so that nothing counts twice.
/// Errors: storage_unavailable; invalid_value where the file is damaged.
Result<std::string> usage_source_id(const std::string& data, const std::string& fresh);

/// A node as it answers others: its own figures, and what it has heard of theirs.
struct UsageTeller {
  const UsageSource& own; // up to now
  const std::string& data;
  const UsageState& state;
  UsageCopies& copies;

  /// Nothing where it can't be answered, or is none of `encode_usage_question`'s.
  std::optional<std::string> answer(std::string_view question) const;

private:
  std::vector<UsageHolding> holdings() const;
};

} // namespace gateway
