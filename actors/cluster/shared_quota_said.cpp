#include "actors/cluster/shared_quota.hpp"

#include <algorithm>

/// What one quota has to say to another member, and how soon.
namespace gateway {

SharedQuota::Urgency
SharedQuota::urgency_for(std::uint32_t member, const Neighbours& others) const {
  const auto known = urgent_.find(member);
  const auto urgency = known != urgent_.end() ? known->second : Urgency::none;
  if (member != others.broker || urgency != Urgency::none) return urgency;
  const auto want = own_want();
  if (given_to(member) != acknowledged_by(member)) return Urgency::soon;
  // A message only if the broker does not know.
  if (want == 0) return Urgency::none;
  if (reported_want_ <= 0 || want > 2 * reported_want_) return Urgency::soon;
  const bool is_new_need = is_small(others) && demand_.needs.size() < PairMessage::needs_max;
  return is_new_need && want > reported_want_ ? Urgency::soon : Urgency::none;
}

void SharedQuota::told(std::uint32_t member, const Neighbours& others) {
  urgent_.erase(member);
  if (member == others.broker) reported_want_ = own_want();
}

std::optional<PairMessage::Entry>
SharedQuota::entry_for(std::uint32_t member, const Neighbours& others, Instant now) const {
  if (!is_noted_) return std::nullopt;
  PairMessage::Entry entry;
  if (const auto* const pair = pair_with(member)) {
    entry.given = pair->given;
    entry.received = pair->received;
    if (acknowledged_by(member) < pair->given && pair->given_until > now)
      entry.wait = std::chrono::ceil<Milliseconds>(pair->given_until - now);
  }
  if (const auto client = clients_.find(member); client != clients_.end()) {
    entry.target = {std::max<std::int64_t>(client->second.target, 0), is_contended_, is_bound_};
  }
  if (member == others.broker && !others.is_leaving) {
    auto& report = entry.report.emplace(PairMessage::Report{});
    report = {state_.hold, own_want(), demand_.steady, state_.owed, {}};
    if (is_small(others)) report.needs = own_needs();
    for (const auto& [number, client] : clients_) {
      if (number == member) continue;
      report.hold += client.hold + given_to(number) - acknowledged_by(number);
      report.want += client.want;
      report.demand += client.demand;
      report.owed += client.owed;
      for (const auto need : client.needs)
        if (report.needs.size() < PairMessage::needs_max) report.needs.push_back(need);
    }
  }
  if (entry == PairMessage::Entry{}) return std::nullopt;
  return entry;
}

} // namespace gateway
