#include "actors/cluster/cluster_record.hpp"

#include "actors/quota/permit_layout.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace gateway {
namespace {

QuotaSpec plain(QuotaSpec spec) {
  spec.incarnation = 0;
  spec.share.reset();
  return spec;
}

} // namespace

const ClusterMember* ClusterRecord::member_of_node(std::string_view node) const noexcept {
  for (const auto& [number, member] : members_)
    if (member.node == node) return &member;
  return nullptr;
}

/// Whoever proposed may not have known yet that its choice is gone: then the lowest number.
std::uint32_t ClusterRecord::living(std::uint32_t wanted) const {
  if (members_.contains(wanted)) return wanted;
  if (members_.empty()) broken_promise("a cluster of nobody");
  return members_.begin()->first;
}

Result<std::uint32_t> ClusterRecord::apply(const MemberJoined& entry) {
  ++version_;
  if (entry.number && member_of_node(entry.node) == nullptr)
    return fail(
      ErrorKind::not_found, entry.name + " was removed: it can come back as a new member only");
  for (auto& [number, member] : members_) {
    if (member.node == entry.node) {
      member.name = entry.name;
      if (!entry.address.empty()) member.address = entry.address;
      return number;
    }
    if (member.name == entry.name)
      return fail(
        ErrorKind::invalid_value,
        "the cluster has a member named \"" + entry.name + "\" with another data folder (node "
          + member.node + "); give this one another name, or remove that one first");
  }
  if (members_.size() >= members_max)
    return fail(
      ErrorKind::overloaded,
      "the cluster has " + std::to_string(members_max) + " members: there is no room for more");
  const auto number = next_member_++;
  members_[number] = {number, entry.name, entry.node, entry.address};
  for (auto& [its, quota] : quotas_) quota.inits[number] = 0;
  return number;
}

void ClusterRecord::change_limit(
  RecordedQuota& quota, const QuotaSpec& spec, std::uint32_t holder) {
  const auto difference = spec.limit - quota.spec.limit;
  const auto incarnation = quota.spec.incarnation;
  quota.spec = plain(spec);
  quota.spec.incarnation = incarnation;
  if (std::exchange(quota.removed_in, std::nullopt)) quota.added_in = version_;
  if (difference == 0) return;
  quota.inits.at(holder) += difference;
  quota.version = version_;
}

void ClusterRecord::add_quota(const QuotaSpec& spec, std::uint32_t holder) {
  RecordedQuota quota;
  quota.number = next_quota_++;
  quota.spec = plain(spec);
  if (const auto before = incarnations_.find(to_text(key_of(quota.spec)));
      before != incarnations_.end())
    quota.spec.incarnation = before->second;
  quota.version = version_;
  quota.added_in = version_;
  for (const auto& [number, member] : members_)
    quota.inits[number] = number == holder ? spec.limit : 0;
  quotas_.emplace(quota.number, std::move(quota));
}

Result<void> ClusterRecord::apply(const QuotasSet& entry) {
  ++version_;
  if (members_.empty())
    return fail(ErrorKind::invalid_value, "quotas are set before anybody is a member");
  std::map<QuotaKey, const QuotasSet::Quota*> wanted;
  for (const auto& quota : entry.quotas)
    if (!wanted.emplace(key_of(plain(quota.spec)), &quota).second)
      return fail(
        ErrorKind::invalid_value, quota.spec.owner + ' ' + quota.spec.name + ": is there twice");

  for (auto& [number, quota] : quotas_) {
    const auto found = wanted.find(key_of(plain(quota.spec)));
    if (found == wanted.end()) {
      if (!quota.removed_in) quota.removed_in = version_;
      continue;
    }
    const auto& [spec, debtor] = *found->second;
    const bool is_lowered = spec.limit < quota.spec.limit;
    const auto holder = living(is_lowered ? debtor.value_or(entry.heir) : entry.heir);
    change_limit(quota, spec, holder);
    wanted.erase(found);
  }
  // In the order of the entry, so that numbers are.
  for (const auto& quota : entry.quotas)
    if (wanted.contains(key_of(plain(quota.spec)))) add_quota(quota.spec, living(entry.heir));
  return {};
}

Result<void> ClusterRecord::apply(const MembersGone& entry) {
  ++version_;
  const std::set<std::uint32_t> leaving(entry.members.begin(), entry.members.end());
  for (const auto number : leaving)
    if (!members_.contains(number))
      return fail(
        ErrorKind::not_found, "there is no member number " + std::to_string(number) + " to remove");
  if (leaving.size() == members_.size())
    return fail(ErrorKind::invalid_value, "the last member of a cluster can't be removed");
  if (leaving.contains(entry.heir) || living(entry.heir) != entry.heir)
    return fail(ErrorKind::invalid_value, "the heir is none of those who stay");
  if (entry.known != next_member_)
    return fail(ErrorKind::invalid_value, "a member that joined meanwhile was not asked");
  const bool is_any_silent = std::ranges::any_of(
    leaving, [&](std::uint32_t number) { return members_.at(number).going == Going::silent; });
  if (is_any_silent && entry.contact != contact_.back().since)
    return fail(ErrorKind::invalid_value, "who has to hear a member has changed meanwhile");
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> seen;
  for (const auto& told : entry.told) {
    const auto quota = quotas_.find(told.quota);
    const bool is_known = quota != quotas_.end() && quota->second.inits.contains(told.by)
      && leaving.contains(told.gone) && !leaving.contains(told.by);
    if (!is_known || !seen.emplace(told.quota, told.by, told.gone).second)
      return fail(
        ErrorKind::invalid_value,
        "counters that make no sense, of quota " + std::to_string(told.quota) + " by member "
          + std::to_string(told.by));
  }

  for (const auto number : leaving) members_.erase(number);
  const auto heir = entry.heir;
  std::map<std::uint32_t, std::int64_t> held; // by those who go, and on the way to them
  for (auto& [number, quota] : quotas_)
    for (const auto gone : leaving)
      if (const auto part = quota.inits.extract(gone)) held[number] += part.mapped();
  for (const auto& told : entry.told) {
    quotas_.at(told.quota).inits.at(told.by) += told.received - told.given;
    held[told.quota] += told.given - told.received;
  }
  for (auto& [number, quota] : quotas_) {
    quota.inits.at(heir) += held[number];
    quota.version = version_;
    const bool is_unseen = is_long(quota.spec) || quota.spec.unit == QuotaUnit::concurrency;
    if (held[number] > 0 && (is_unseen || !entry.is_written_off)) quota.cools_in = version_;
  }
  return {};
}

/// Who stays can find out that they have stopped.
bool ClusterRecord::can_be_missed(const std::vector<std::uint32_t>& going) const {
  const auto& voters = contact_.back().voters;
  const auto stay = std::ranges::count_if(voters, [&](std::uint32_t voter) {
    const auto member = members_.find(voter);
    return member != members_.end() && member->second.going == Going::no
      && std::ranges::find(going, voter) == going.end();
  });
  return 2 * stay > std::ssize(voters);
}

Result<void> ClusterRecord::apply(const MembersGoing& entry) {
  ++version_;
  for (const auto number : entry.members)
    if (!members_.contains(number))
      return fail(
        ErrorKind::not_found, "there is no member number " + std::to_string(number) + " to close");
  if (entry.how == Going::silent && !can_be_missed(entry.members))
    return fail(
      ErrorKind::invalid_value, "most of those who have to hear the others would be gone");
  for (const auto number : entry.members) {
    auto& going = members_.at(number).going;
    going = std::max(going, entry.how);
  }
  return {};
}

Result<void> ClusterRecord::apply(const ContactSet& entry) {
  ++version_;
  for (const auto voter : entry.voters)
    if (!members_.contains(voter))
      return fail(
        ErrorKind::not_found, "there is no member number " + std::to_string(voter) + " to hear");
  contact_.push_back({version_, entry.voters, entry.silence});
  if (contact_.size() <= contact_terms_max) return {};
  // Too many to be remembered: who may go by one of those may go on for ever.
  contact_.erase(contact_.begin(), contact_.begin() + 2);
  contact_.insert(contact_.begin(), ContactTerms{});
  return {};
}

Result<void> ClusterRecord::apply(const ContactKnown& entry) {
  ++version_;
  const auto known = std::ranges::find(contact_, entry.since, &ContactTerms::since);
  if (known == contact_.end())
    return fail(ErrorKind::not_found, "there are no such terms of contact");
  contact_.erase(contact_.begin(), known);
  return {};
}

Result<void> ClusterRecord::apply(const QuotaForgotten& entry) {
  ++version_;
  const auto found = quotas_.find(entry.quota);
  if (found == quotas_.end() || !found->second.removed_in)
    return fail(
      ErrorKind::not_found, "there is no removed quota number " + std::to_string(entry.quota));
  const auto& spec = found->second.spec;
  incarnations_[to_text(key_of(plain(spec)))] = spec.incarnation + 1;
  quotas_.erase(found);
  return {};
}

} // namespace gateway
