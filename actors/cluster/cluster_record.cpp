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
    if (!member.is_gone && member.node == node) return &member;
  return nullptr;
}

std::vector<std::uint32_t> ClusterRecord::gone() const {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, member] : members_)
    if (member.is_gone) numbers.push_back(number);
  return numbers;
}

/// Whoever proposed may not have known yet that its choice is gone: then the lowest number.
std::uint32_t ClusterRecord::living(std::uint32_t wanted) const {
  const auto found = members_.find(wanted);
  if (found != members_.end() && !found->second.is_gone) return wanted;
  for (const auto& [number, member] : members_)
    if (!member.is_gone) return number;
  broken_promise("a cluster of nobody");
}

Result<std::uint32_t> ClusterRecord::apply(const MemberJoined& entry) {
  ++version_;
  for (auto& [number, member] : members_) {
    if (member.is_gone) continue;
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
  const auto number = static_cast<std::uint32_t>(members_.size());
  if (number >= members_max)
    return fail(
      ErrorKind::overloaded,
      "all " + std::to_string(members_max) + " member numbers of this cluster were used");
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
  quota.removed_in.reset();
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
  for (const auto& [number, member] : members_)
    if (!member.is_gone) quota.inits[number] = number == holder ? spec.limit : 0;
  quotas_.emplace(quota.number, std::move(quota));
}

Result<void> ClusterRecord::apply(const QuotasSet& entry) {
  ++version_;
  if (gone().size() == members_.size())
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
  for (const auto number : leaving) {
    const auto found = members_.find(number);
    if (found == members_.end() || found->second.is_gone)
      return fail(
        ErrorKind::not_found, "there is no member number " + std::to_string(number) + " to remove");
  }
  if (leaving.size() + gone().size() == members_.size())
    return fail(ErrorKind::invalid_value, "the last member of a cluster can't be removed");
  if (leaving.contains(entry.heir) || living(entry.heir) != entry.heir)
    return fail(ErrorKind::invalid_value, "the heir is none of those who stay");
  if (entry.known != members_.size())
    return fail(ErrorKind::invalid_value, "a member that joined meanwhile was not asked");
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

  for (const auto number : leaving) members_.at(number).is_gone = true;
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

Result<void> ClusterRecord::apply(const MembersGoing& entry) {
  ++version_;
  for (const auto number : entry.members) {
    const auto found = members_.find(number);
    if (found == members_.end() || found->second.is_gone)
      return fail(
        ErrorKind::not_found, "there is no member number " + std::to_string(number) + " to close");
  }
  using enum ClusterMember::Going;
  for (const auto number : entry.members) {
    auto& going = members_.at(number).going;
    going = std::max(going, entry.is_written_off ? written_off : left);
  }
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
