#include "actors/cluster/membership.hpp"

#include "actors/quota/permit_layout.hpp"

#include <algorithm>

namespace gateway {
namespace {

// In clusters of up to so many members everybody may be broker, above that the voters.
constexpr std::size_t all_may_broker = 8;

bool is_name_of_another(const ClusterRecord& record, const MemberJoined& node) {
  return std::ranges::any_of(record.members(), [&](const auto& one) {
    const auto& member = one.second;
    return member.name == node.name && member.node != node.node;
  });
}

// A member may say its name and address anew. Whoever says that it is one, and is none here, was
// removed, or this record is old.
bool may_enter(const ClusterRecord& record, const MemberJoined& node) {
  if (record.member_of_node(node.node) != nullptr) return true;
  return !node.number && record.members().size() < members_max;
}

bool is_recorded(const ClusterRecord& record, const MemberJoined& node) {
  const auto* const member = record.member_of_node(node.node);
  return member != nullptr && member->name == node.name
    && (node.address.empty() || member->address == node.address);
}

const RaftServer* find(const MembershipView& view, const std::string& name) {
  const auto found = std::ranges::find(view.servers, name, &RaftServer::name);
  return found == view.servers.end() ? nullptr : &*found;
}

bool is_here(const MembershipView& view, const std::string& name) {
  return std::ranges::any_of(view.here, [&](const auto& node) { return node.name == name; });
}

bool votes(const RaftServer& server) {
  return server.role == RaftServer::Role::voter;
}

bool is_wanted(const MembershipView& view, const std::string& name) {
  return !view.unwilling.contains(name) && (view.voters.empty() || view.voters.contains(name));
}

// Whether those who are there can decide when that voter is none any more: the shorter list counts
// from the moment that it is written down.
bool can_be_spared(const MembershipView& view, const RaftServer& server) {
  std::ptrdiff_t voters = 0;
  std::ptrdiff_t here = 0;
  for (const auto& other : view.servers) {
    if (!votes(other) || other.name == server.name) continue;
    ++voters;
    if (is_here(view, other.name)) ++here;
  }
  return 2 * here > voters;
}

// Only when all those vote who are named, and can, does anybody else stop.
bool all_named_vote(const MembershipView& view) {
  return std::ranges::all_of(view.voters, [&](const std::string& name) {
    const auto* const server = find(view, name);
    return view.unwilling.contains(name) || (server != nullptr && votes(*server));
  });
}

ContactSet contact_wanted(const ClusterRecord& record, const MembershipView& view) {
  ContactSet wanted;
  for (const auto& [number, member] : record.members())
    if (is_any_voter(record, view.servers, {number})) wanted.voters.push_back(number);
  if (wanted.voters.size() >= contact_voters_least) wanted.silence = view.write_off;
  // Where nobody has to be heard it is all the same who.
  if (!wanted.silence) wanted.voters.clear();
  return wanted;
}

MembershipStep next_vote(const MembershipView& view) {
  const auto voters = std::ranges::count_if(view.servers, votes);
  const bool is_room = !view.voters.empty() || voters < static_cast<std::ptrdiff_t>(voters_unnamed);
  for (const auto& server : view.servers)
    // The log's library lets it catch up first.
    if (!votes(server) && is_room && is_here(view, server.name) && is_wanted(view, server.name))
      return AssignServer{server.name, RaftServer::Role::voter};

  const RaftServer* heir = nullptr;
  for (const auto& server : view.servers)
    if (votes(server) && is_here(view, server.name) && is_wanted(view, server.name))
      if (heir == nullptr || server.has > heir->has) heir = &server;
  if (heir == nullptr || !all_named_vote(view)) return {};
  bool is_self_unwanted = false;
  for (const auto& server : view.servers) {
    if (!votes(server) || is_wanted(view, server.name) || !can_be_spared(view, server)) continue;
    if (server.name != view.self) return AssignServer{server.name, RaftServer::Role::standby};
    is_self_unwanted = true;
  }
  // The next leader takes this one's vote.
  if (is_self_unwanted) return HandOn{heir->name};
  return {};
}

} // namespace

bool is_member(const ClusterRecord& record, const std::string& name) {
  return std::ranges::any_of(
    record.members(), [&](const auto& one) { return one.second.name == name; });
}

bool is_stranger(const ClusterRecord& record, const std::string& name, const std::string& node) {
  return std::ranges::any_of(record.members(), [&](const auto& one) {
    return one.second.name == name && one.second.node != node;
  });
}

bool is_only_member(const ClusterRecord& record, const std::string& node) {
  return record.members().size() == 1 && record.member_of_node(node) != nullptr;
}

std::set<std::uint32_t>
broker_candidates(const ClusterRecord& record, const std::vector<RaftServer>& servers) {
  std::set<std::uint32_t> all;
  std::set<std::uint32_t> voters;
  for (const auto& [number, member] : record.members()) {
    all.insert(number);
    if (is_any_voter(record, servers, {number})) voters.insert(number);
  }
  return all.size() <= all_may_broker || voters.empty() ? all : voters;
}

bool is_any_voter(
  const ClusterRecord& record,
  const std::vector<RaftServer>& servers,
  const std::vector<std::uint32_t>& members) {
  return std::ranges::any_of(servers, [&](const RaftServer& server) {
    return votes(server) && std::ranges::any_of(members, [&](std::uint32_t number) {
             const auto member = record.members().find(number);
             return member != record.members().end() && member->second.name == server.name;
           });
  });
}

std::string best_voter(const std::vector<RaftServer>& servers, const std::set<std::string>& names) {
  const RaftServer* best = nullptr;
  for (const auto& server : servers)
    if (votes(server) && names.contains(server.name))
      if (best == nullptr || server.has > best->has) best = &server;
  return best != nullptr ? best->name : "";
}

void MembershipView::meet(MemberJoined node, bool may_vote, bool is_leaving) {
  if (!may_vote || is_leaving) unwilling.insert(node.name);
  if (!is_leaving) here.push_back(std::move(node));
}

MembershipStep next_membership_step(const ClusterRecord& record, const MembershipView& view) {
  for (const auto& node : view.here) {
    if (is_recorded(record, node) || is_name_of_another(record, node)) continue;
    // What a removed member of that name voted for and acknowledged is not this one's to forget:
    // its server goes first.
    const bool is_leftover =
      node.name != view.self && find(view, node.name) != nullptr && !is_member(record, node.name);
    if (!is_leftover && may_enter(record, node)) return node;
  }
  for (const auto& [number, member] : record.members())
    if (find(view, member.name) == nullptr) return AddServer{member.name};
  for (const auto& server : view.servers) {
    if (!is_member(record, server.name)) {
      if (server.name != view.self) return RemoveServer{server.name};
    } else if (server.role == RaftServer::Role::spare) {
      return AssignServer{server.name, RaftServer::Role::standby};
    }
  }
  const auto& contact = record.contact().back();
  auto wanted = contact_wanted(record, view);
  if (wanted != ContactSet{contact.voters, contact.silence}) return wanted;
  return next_vote(view);
}

} // namespace gateway
