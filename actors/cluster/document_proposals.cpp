#include "actors/cluster/document_proposals.hpp"

#include <utility>

namespace gateway {
namespace {

constexpr Milliseconds again_after{2'000};

} // namespace

bool DocumentProposals::add(std::uint64_t proposal, std::string entry, Instant until) {
  if (waiting_.size() >= proposals_max) return false;
  waiting_[proposal] = {std::move(entry), until, {}, {}};
  return true;
}

std::vector<std::string> DocumentProposals::due(const Target& target, Instant now) {
  std::vector<std::string> entries;
  if (target.leader.empty()) return entries;
  for (auto& [proposal, one] : waiting_) {
    if (one.sent_to == target && now < one.again) continue;
    one.sent_to = target;
    one.again = now + again_after;
    entries.push_back(one.entry);
  }
  return entries;
}

std::vector<std::uint64_t> DocumentProposals::take_expired(Instant now) {
  std::vector<std::uint64_t> expired;
  std::erase_if(waiting_, [&](const auto& one) {
    const bool is_over = now >= one.second.until;
    if (is_over) expired.push_back(one.first);
    return is_over;
  });
  return expired;
}

} // namespace gateway
