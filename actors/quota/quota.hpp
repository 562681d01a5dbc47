#pragma once

#include "actors/config/document.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What one permit stands for.
enum class QuotaUnit : std::uint8_t {
  requests,
  tokens,
  input_tokens,
  output_tokens,
  concurrency, // held from admission to the end of the answer, no window
  nano_dollars,
};

QuotaUnit quota_unit(LimitUnit unit) noexcept;
std::string_view name_of(QuotaUnit unit) noexcept;

/// A member's part of a quota before anything was given away, as the cluster's record has it.
struct QuotaShare {
  std::uint64_t version = 0; // of the entry that set it; numbers grow
  std::int64_t init = 0;     // below 0 where more was taken off the limit than lay there
  std::vector<std::uint32_t> members = {}; // who takes part, this one too; ascending
  std::uint32_t known = 0;                 // numbers of members so far: all below it
  /// Who has not seen this entry yet lets what is more cool for a window: it may have been used
  /// unseen. 0: nobody has to.
  std::uint64_t cools_in = 0;
  std::uint64_t added_in = 0; // the document has it since that version
  /// The document does not have it since that version, but some member may not know that yet.
  std::optional<std::uint64_t> removed_in = {};

  /// For good: what was moved between that one and this one is part of `init`.
  bool is_gone(std::uint32_t member) const noexcept;

  friend bool operator==(const QuotaShare&, const QuotaShare&) = default;
};

/// One limit of one owner; provider limits, model limits, pools, keys and budgets are all this.
struct QuotaSpec {
  std::string owner; // "provider/groq", "provider/groq/model/llama", "pool/x", "key/k"
  std::string name;  // "rpm", "tokens/1h"
  QuotaUnit unit = QuotaUnit::requests;
  std::int64_t limit = 0;
  Nanoseconds window{0}; // 0 for concurrency; nominal for a calendar window
  WindowKind kind = WindowKind::sliding;
  std::string day = "rolling"; // "rolling" (slides), "utc" or a zone's name
  /// D: a request is counted at the latest so long after it was written; none: from the response.
  std::optional<Milliseconds> count_delay = Milliseconds{1'000};
  /// The provider charges the reserve at arrival and gives nothing back.
  bool counts_reserved = false;
  /// How long a call may go on at the provider after this process died.
  Milliseconds longest_call{600'000};
  /// How often a quota of this name was removed from a cluster's document and came again: each is
  /// another quota, because some member may still have the old one's book.
  std::uint32_t incarnation = 0;
  std::optional<QuotaShare> share; // none: all of it lies here

  friend bool operator==(const QuotaSpec&, const QuotaSpec&) = default;
};

/// What makes two specs the same quota across versions and lives: owner, name, unit, window and
/// incarnation; not the limit, which may change while permits are out.
struct QuotaKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const QuotaKey&, const QuotaKey&) = default;
  friend auto operator<=>(const QuotaKey&, const QuotaKey&) = default;
};

QuotaKey key_of(const QuotaSpec& spec) noexcept;

/// Both by a cluster's record: a call that takes of `spec` has to take of the removed one too, as
/// long as the record has that.
bool takes_place_of(const QuotaSpec& spec, const QuotaSpec& removed) noexcept;
/// 32 hex digits, as the journal and the clean stop's file name a quota.
std::string to_text(QuotaKey key);
std::optional<QuotaKey> quota_key_from(std::string_view text) noexcept;

/// True where everything comes back at a calendar instant instead of a window after each use.
bool is_calendar(const QuotaSpec& spec) noexcept;

/// The window of a sliding quota, the longest period of a calendar one, 0 for concurrency.
Nanoseconds window_of(const QuotaSpec& spec) noexcept;

/// Windows above this cannot be waited out after a lost book: they have the reserve-ahead journal.
constexpr Nanoseconds long_window = 10min;
bool is_long(const QuotaSpec& spec) noexcept;

/// The quotas of one owner's limits. `limits` as the document has them.
struct QuotaOwner {
  std::string owner;
  std::string day = "rolling";
  std::optional<Milliseconds> count_delay = Milliseconds{1'000};
  bool counts_reserved = false;
  Milliseconds longest_call{600'000};
};
std::vector<QuotaSpec> quotas_of(const QuotaOwner& owner, std::span<const LimitConfig> limits);

/// What a quota's owner ("provider/groq/model/llama", "pool/x") is called on pages and in metrics.
struct QuotaOwnerName {
  std::string name;  // "groq", "pool/x"
  std::string model; // "llama" or empty
};
QuotaOwnerName quota_owner_of(std::string_view owner);

} // namespace gateway
