#pragma once

#include "actors/cluster/contact.hpp"
#include "actors/quota/quota.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gateway {

// -- entries: what the members agree on, one order for all ----------------------------------------

/// A node becomes a member, or is one and says its name and address anew.
struct MemberJoined {
  std::string name;    // as people call it
  std::string node;    // its id: 32 hex digits
  std::string address; // HOST:PORT, where other members reach it; empty: it does not know
  /// By which it was a member when it was there last, as it says; none: it never was.
  std::optional<std::uint32_t> number = {};

  friend bool operator==(const MemberJoined&, const MemberJoined&) = default;
};

/// The quotas of a version of the document: all there are, as whoever proposed it reads it.
/// The limits' sums are the cluster's, so all members take them from here.
struct QuotasSet {
  struct Quota {
    QuotaSpec spec; // without share and incarnation
    /// Who loses the permits where the limit is lowered: whoever holds most. None: the heir.
    std::optional<std::uint32_t> debtor;

    friend bool operator==(const Quota&, const Quota&) = default;
  };
  std::vector<Quota> quotas;
  std::uint32_t heir = 0; // who holds what is new

  friend bool operator==(const QuotasSet&, const QuotasSet&) = default;
};

/// How a member goes.
enum class Going : std::uint8_t {
  no,
  left,        // it said that it has nothing left
  silent,      // nobody hears it: what it used last is out of all windows some time later
  written_off, // an operator says that it is off for good
};

/// Members are on their way out: all others close all their lives, for good, when they apply this,
/// and say what they ever gave them and received only then. A log is on the disk where a permit
/// book may be lost with its machine: nobody forgets whom it closed after it has told.
struct MembersGoing {
  std::vector<std::uint32_t> members;
  Going how = Going::left;

  friend bool operator==(const MembersGoing&, const MembersGoing&) = default;
};

/// Members left, or are written off, in one step: their parts are those of the others from then on.
/// To be proposed when every other member has closed all their lives, for good, and told its
/// counters with them: so that nothing moves between them and anybody after it was told.
struct MembersGone {
  struct Told {
    std::uint32_t quota = 0; // its number
    std::uint32_t by = 0;
    std::uint32_t gone = 0;
    std::int64_t given = 0;    // ever, by `by` to `gone`
    std::int64_t received = 0; // ever, by `by` from `gone`

    friend bool operator==(const Told&, const Told&) = default;
  };
  std::vector<std::uint32_t> members;
  std::vector<Told> told; // zeros may be left out
  /// Who holds what they held: of those who stay, and whoever lost its book, if somebody did. What
  /// the gone gave to that one is in nobody's counters, so that only its hold and theirs together
  /// are known.
  std::uint32_t heir = 0;
  /// They did not say what they used last: what the heir gets of long windows, and of places,
  /// cools. Else the heir gets only what was on its way when they left, which may cool as well.
  bool is_written_off = false;
  /// ClusterRecord::known when all of them had told: one that joined since may have moved
  /// something, and has to be asked.
  std::uint32_t known = 0;
  /// ContactTerms::since of the newest that it was judged by where somebody goes in silence: who is
  /// not heard may hear, and go by others that came since.
  std::uint64_t contact = 0;

  friend bool operator==(const MembersGone&, const MembersGone&) = default;
};

/// Nobody needs a removed quota any more: each member has the version that lacks it, and D and a
/// window have passed since the last one said so.
struct QuotaForgotten {
  std::uint32_t quota = 0;

  friend bool operator==(const QuotaForgotten&, const QuotaForgotten&) = default;
};

/// Who has to hear a member, and how often, for it to go on. Whoever has not heard of this goes by
/// what was before.
struct ContactSet {
  std::vector<std::uint32_t> voters; // ascending
  std::optional<Milliseconds> silence;

  friend bool operator==(const ContactSet&, const ContactSet&) = default;
};

/// Each member has the version that set these terms, and what was used while somebody went by older
/// ones is out of every window.
struct ContactKnown {
  std::uint64_t since = 0;

  friend bool operator==(const ContactKnown&, const ContactKnown&) = default;
};

using ClusterEntry = std::variant<
  MemberJoined,
  QuotasSet,
  MembersGone,
  QuotaForgotten,
  MembersGoing,
  ContactSet,
  ContactKnown>;

// -- the record -----------------------------------------------------------------------------------

struct ClusterMember {
  std::uint32_t number = 0; // never used again
  std::string name;
  std::string node;
  std::string address;
  Going going = Going::no;

  friend bool operator==(const ClusterMember&, const ClusterMember&) = default;
};

struct RecordedQuota {
  std::uint32_t number = 0;                    // never used again
  QuotaSpec spec;                              // the limit is the whole cluster's
  std::map<std::uint32_t, std::int64_t> inits; // by member; their sum is the limit
  std::uint64_t version = 0;                   // of the entry that changed `inits` last
  std::uint64_t added_in = 0;                  // the document has it since that version
  /// The document does not have it any more; what was used of it counts until it is forgotten.
  std::optional<std::uint64_t> removed_in;
  /// The newest entry by which somebody got what may have been used unseen: who has not seen that
  /// version yet lets what is more cool for a window. 0: none.
  std::uint64_t cools_in = 0;

  friend bool operator==(const RecordedQuota&, const RecordedQuota&) = default;
};

/// Who is in the cluster, and what part of each quota is whose (cluster-quota.md, sections 7, 13).
/// A value: the same entries in the same order make the same record on every node.
///   The parts of a quota sum up to its limit at any version, so that over any mixture of two
///   versions they are no more than the larger limit.
class ClusterRecord {
public:
  /// Each counts as an entry, a refused one too. Errors are answers, the same on every node.

  /// The member's number. Errors: invalid_value (another member has that name); not_found (it was
  /// removed: what it has of that time is others'); overloaded (there are members_max).
  Result<std::uint32_t> apply(const MemberJoined& entry);
  /// Errors: invalid_value (nobody is a member yet; a quota that is there twice).
  Result<void> apply(const QuotasSet& entry);
  /// Errors: not_found (it is no member), invalid_value (nobody is left, somebody was not asked, or
  /// is told twice).
  Result<void> apply(const MembersGone& entry);
  /// Errors: not_found (it is no member); invalid_value (too few would hear the others).
  Result<void> apply(const MembersGoing& entry);
  /// Errors: not_found (no such removed quota).
  Result<void> apply(const QuotaForgotten& entry);
  /// Errors: not_found (it is no member).
  Result<void> apply(const ContactSet& entry);
  /// Errors: not_found (no such terms).
  Result<void> apply(const ContactKnown& entry);

  std::uint64_t version() const noexcept { return version_; } // entries so far
  const std::map<std::uint32_t, ClusterMember>& members() const noexcept { return members_; }
  const std::map<std::uint32_t, RecordedQuota>& quotas() const noexcept { return quotas_; }
  /// By which a member may go that has not heard of newer ones; the last are in force. Never empty.
  const std::vector<ContactTerms>& contact() const noexcept { return contact_; }
  const ClusterMember* member_of_node(std::string_view node) const noexcept;
  /// How many members there ever were: their numbers are those below it.
  std::uint32_t known() const noexcept { return next_member_; }
  /// Whoever had that number is none any more.
  bool is_gone(std::uint32_t number) const {
    return number < next_member_ && !members_.contains(number);
  }

  friend bool operator==(const ClusterRecord&, const ClusterRecord&) = default;

private:
  friend struct ClusterRecordFields;

  std::uint32_t living(std::uint32_t wanted) const;
  bool can_be_missed(const std::vector<std::uint32_t>& going) const;
  void change_limit(RecordedQuota& quota, const QuotaSpec& spec, std::uint32_t holder);
  void add_quota(const QuotaSpec& spec, std::uint32_t holder);

  std::uint64_t version_ = 0;
  std::map<std::uint32_t, ClusterMember> members_;
  std::uint32_t next_member_ = 0;
  std::map<std::uint32_t, RecordedQuota> quotas_;
  std::uint32_t next_quota_ = 1;
  /// How often a quota was forgotten and may come again: by its key without that.
  std::map<std::string, std::uint32_t> incarnations_;
  std::vector<ContactTerms> contact_{ContactTerms{}};
};

} // namespace gateway
