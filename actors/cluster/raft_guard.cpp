#include "actors/cluster/raft_guard.hpp"

#include "actors/cluster/document_state.hpp"

#include <algorithm>

namespace gateway {
namespace {

/// One rule for each alternative; those without one pass.
struct Guard {
  const struct raft& raft;

  /// Two leaders in one term: one of them is no server of ours.
  bool is_from_rival(std::uint64_t term) const {
    return raft.state == RAFT_LEADER && term == raft.current_term;
  }

  bool operator()(const RaftAppend& message) const { return !is_from_rival(message.term); }
  bool operator()(const RaftInstall& message) const {
    // The library empties its log before it reads what is to come instead.
    return !is_from_rival(message.term) && DocumentState::read(message.snapshot.bytes);
  }
  bool operator()(const RaftVoteRequest& message) const {
    const bool has_voted = message.term == raft.current_term && raft.voted_for != 0
      && raft.voted_for != message.candidate;
    return message.is_trial || !has_voted;
  }
  bool operator()(const RaftVoteAnswer& message) const {
    const bool is_trial = raft.state == RAFT_CANDIDATE && raft.candidate_state.in_pre_vote;
    return !is_trial || !message.is_granted || message.term <= raft.current_term + 1;
  }
  bool operator()(const RaftAppendAnswer&) const { return true; }
  bool operator()(const RaftHandOn&) const { return true; }
};

} // namespace

std::uint64_t raft_term_of(const struct raft& raft, std::uint64_t index) noexcept {
  const auto& log = raft.log;
  if (index != 0 && index == log.snapshot.last_index) return log.snapshot.last_term;
  const auto count = log.size == 0 ? 0 : (log.back + log.size - log.front) % log.size;
  if (index <= log.offset || index > log.offset + count) return 0;
  return log.entries[(log.front + index - 1 - log.offset) % log.size].term;
}

bool may_receive(const struct raft& raft, const RaftMessage& message) noexcept {
  return std::visit(Guard{raft}, message);
}

std::optional<std::uint64_t>
forgets_servers_at(const struct raft& raft, const RaftMessage& message) noexcept {
  const auto* append = std::get_if<RaftAppend>(&message);
  if (append == nullptr || append->term < raft.current_term) return std::nullopt;
  const bool fits = append->previous_index == 0
    || raft_term_of(raft, append->previous_index) == append->previous_term;
  if (!fits) return std::nullopt;
  auto index = append->previous_index;
  for (const auto& entry : append->entries) {
    const auto term = raft_term_of(raft, ++index);
    if (term == 0) return std::nullopt;
    if (term == entry.term) continue;
    const auto servers_at =
      std::max(raft.configuration_index, raft.configuration_uncommitted_index);
    if (index <= raft.commit_index || index > servers_at) return std::nullopt;
    return index;
  }
  return std::nullopt;
}

void withhold_lost_vote(const struct raft& raft, RaftMessage& message, const std::string& to) {
  auto* append = std::get_if<RaftAppend>(&message);
  if (append == nullptr) return;
  const auto has_vote = [&](const RaftEntry& entry) {
    const auto servers = read_raft_servers(entry.bytes);
    return servers && std::ranges::any_of(*servers, [&](const RaftServer& one) {
             return one.name == to && one.role == RaftServer::Role::voter;
           });
  };
  auto index = append->previous_index;
  for (std::size_t i = 0; i < append->entries.size(); ++i) {
    const auto& entry = append->entries[i];
    if (++index <= raft.commit_index || entry.kind != raft_entry_servers || has_vote(entry))
      continue;
    append->entries.resize(i);
    return;
  }
}

RaftMessage without_overstatement(RaftMessage message) {
  if (auto* append = std::get_if<RaftAppend>(&message))
    append->committed = std::min(append->committed, append->last());
  return message;
}

} // namespace gateway
