#include "actors/api/other_nodes.hpp"

#include "actors/runtime/ask.hpp"

#include <algorithm>

namespace gateway {
namespace {

// A node that stands still is not waited for longer than this by whoever looks at figures; who
// looks through logs has more to do.
constexpr Milliseconds figures_patience{1'000};
constexpr Milliseconds log_patience{5'000};

bool is_among(const std::string& node, std::span<const std::string> asked) {
  return asked.empty() || std::ranges::find(asked, node) != asked.end();
}

} // namespace

bool is_asked(const NodeState& node, std::span<const std::string> asked) {
  return is_among(node.node, asked);
}

std::vector<std::string> linked_nodes(const NodeState& node, std::span<const std::string> asked) {
  std::vector<std::string> linked;
  const auto seen = node.cluster.load();
  if (!seen) return linked;
  for (const auto& member : seen->members) {
    const bool is_other = member.name != node.node;
    if (member.is_linked && is_other && is_among(member.name, asked)) linked.push_back(member.name);
  }
  return linked;
}

Co<std::vector<std::string>> sync_usage(Context& context, std::span<const std::string> asked) {
  UsageSyncRequest question;
  question.peers = linked_nodes(context.node, asked);
  question.patience = figures_patience;
  if (question.peers.empty()) co_return std::vector<std::string>{};
  auto asking = ask<UsageSynced>(context.unit, context.peer_history, std::move(question));
  auto synced = co_await asking;
  co_return synced ? std::move(synced->peers) : std::vector<std::string>{};
}

Co<std::map<std::string, std::string>>
ask_nodes(Context& context, PeerTopic topic, std::map<std::string, std::string> questions) {
  if (questions.empty()) co_return std::map<std::string, std::string>{};
  PeersAsk question;
  question.topic = topic;
  question.questions = std::move(questions);
  question.patience = log_patience;
  auto asking = ask<PeersTold>(context.unit, context.questions, std::move(question));
  auto told = co_await asking;
  co_return told ? std::move(told->answers) : std::map<std::string, std::string>{};
}

std::vector<std::string> names_of(const std::map<std::string, std::string>& by_name) {
  std::vector<std::string> names;
  for (const auto& [name, rest] : by_name) names.push_back(name);
  return names;
}

} // namespace gateway
