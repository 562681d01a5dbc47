#include "actors/dashboard/node_states.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

QuotaPart part_of(const QuotaState& quota, const std::string& node, bool is_reachable) {
  QuotaPart part;
  part.node = node;
  part.used = quota.in_flight + quota.cooling - quota.external;
  part.hold = quota.in_flight + quota.cooling + quota.idle + quota.pool - quota.owed;
  part.recovering = quota.recovering;
  part.is_reachable = is_reachable;
  return part;
}

template <class Value>
void take_least(std::optional<Value>& into, const std::optional<Value>& other) {
  if (other && (!into || *other < *into)) into = other;
}

void add(QuotaState& into, const QuotaState& other) {
  into.in_flight += other.in_flight;
  into.cooling += other.cooling;
  into.idle += other.idle;
  into.pool += other.pool;
  into.owed += other.owed;
  into.external += other.external;
  into.limit = std::min(into.limit, other.limit);
  take_least(into.earliest_maturity, other.earliest_maturity);
  if (other.recovering && (!into.recovering || *into.recovering < *other.recovering))
    into.recovering = other.recovering;
  take_least(into.said_limit, other.said_limit);
  if (other.learned_delay && (!into.learned_delay || *into.learned_delay < *other.learned_delay))
    into.learned_delay = other.learned_delay;
  into.is_set_aside |= other.is_set_aside;
}

/// Speeds are those of the node with the most under way.
void add(ModelState& into, const ModelState& other) {
  if (other.first_token_us && (!into.first_token_us || other.in_flight > into.in_flight)) {
    into.first_token_us = other.first_token_us;
    into.first_token_us_p95 = other.first_token_us_p95;
    into.tokens_per_second = other.tokens_per_second;
  }
  into.in_flight += other.in_flight;
}

/// A provider that some nodes may call and others may not is degraded; where none may, it is as
/// the first says that may again.
void add_health(ProviderState& into, const ProviderState& other) {
  if (into.health == HealthState::disabled || into.health == HealthState::drained) return;
  const bool is_here = rests(into.health);
  const bool is_there = rests(other.health);
  if (is_here && is_there) {
    if (other.cooling && (!into.cooling || *other.cooling < *into.cooling)) {
      into.cooling = other.cooling;
      into.reason = other.reason;
    }
    return;
  }
  if (is_here || is_there || other.health == HealthState::degraded) {
    if (!is_here && into.health != HealthState::degraded) into.reason = other.reason;
    into.health = HealthState::degraded;
    into.cooling.reset();
  }
}

void add_models(ProviderState& into, const ProviderState& other) {
  for (auto& model : into.models) {
    const auto its = std::ranges::find(other.models, model.name, &ModelState::name);
    if (its != other.models.end()) add(model, *its);
  }
}

void add_quotas(
  ProviderState& into, const ProviderState& other, const std::string& node, bool is_reachable) {
  for (auto& quota : into.quotas) {
    const auto its = std::ranges::find_if(other.quotas, [&](const QuotaState& one) {
      return one.spec.owner == quota.spec.owner && one.spec.name == quota.spec.name;
    });
    if (its == other.quotas.end()) continue;
    quota.parts.push_back(part_of(*its, node, is_reachable));
    if (is_reachable) add(quota, *its);
  }
}

/// The same stop as another node has it, with nothing counted yet.
void begin_as(ProviderState& own, const ProviderState& other) {
  own.enabled = other.enabled;
  own.disabled_reason = other.disabled_reason;
  own.drained_by = other.drained_by;
  own.health = other.health;
  own.cooling = other.cooling;
  own.reason = other.reason;
  own.attempts.clear();
  own.models = other.models;
  for (auto& model : own.models) {
    model.in_flight = 0;
    model.first_token_us.reset();
  }
  for (auto& quota : own.quotas) {
    QuotaState nothing;
    nothing.book = quota.book;
    nothing.spec = std::move(quota.spec);
    nothing.limit = quota.limit;
    quota = std::move(nothing);
  }
}

} // namespace

std::string NodeStates::stop_of(const ProviderState& state) {
  return state.is_provider ? "provider/" + state.name : state.name;
}

void NodeStates::saw(ProviderState state) {
  auto stop = stop_of(state);
  states_.insert_or_assign(std::move(stop), std::move(state));
}

ProviderLive::Attempts NodeStates::heard(const std::string& node, ReportedState reported) {
  auto& stops = others_[node];
  const auto stop = stop_of(reported.state);
  const auto now = attempts_of(reported.state);
  ProviderLive::Attempts since;
  if (const auto known = stops.find(stop); known != stops.end()) {
    const auto before = attempts_of(known->second.state);
    // Fewer than before: a provider that was away there, and begins again.
    const bool again = now.ended < before.ended;
    since = {now.ended - (again ? 0 : before.ended), now.failed - (again ? 0 : before.failed)};
  }
  stops.insert_or_assign(stop, std::move(reported));
  return since;
}

void NodeStates::forget(const std::string& node, const std::string& stop) {
  if (const auto at = others_.find(node); at != others_.end()) at->second.erase(stop);
}

void NodeStates::keep(const std::set<std::string_view>& stops) {
  std::erase_if(states_, [&](const auto& one) { return !stops.contains(one.first); });
}

NodeStates NodeStates::of(const ViewScope& scope) const {
  NodeStates part{own_, scope};
  part.states_ = states_;
  part.linked_ = linked_;
  for (const auto& other : others_)
    if (scope.has(other.first)) part.others_.insert(other);
  return part;
}

/// One that can be reached, if there is any.
const ProviderState* NodeStates::first_of_others(std::string_view stop) const {
  const ProviderState* first = nullptr;
  for (const auto& [node, stops] : others_) {
    const auto at = stops.find(stop);
    if (at == stops.end()) continue;
    if (is_linked(node)) return &at->second.state;
    if (first == nullptr) first = &at->second.state;
  }
  return first;
}

std::optional<ProviderState> NodeStates::merged(std::string_view stop) const {
  const auto own = states_.find(stop);
  if (own == states_.end()) return std::nullopt;
  auto all = own->second;
  if (scope_.has(own_)) {
    for (auto& quota : all.quotas) quota.parts = {part_of(quota, own_, true)};
  } else {
    const auto* first = first_of_others(stop);
    if (first == nullptr) return std::nullopt;
    begin_as(all, *first);
  }
  for (const auto& [node, stops] : others_) {
    const auto at = stops.find(stop);
    if (at == stops.end()) continue;
    const auto& there = at->second.state;
    const bool is_reachable = is_linked(node);
    add_quotas(all, there, node, is_reachable);
    if (!is_reachable) continue;
    if (all.is_provider) add_health(all, there);
    add_models(all, there);
  }
  return all;
}

CountedByOthers NodeStates::counted(std::string_view stop, Day today) const {
  CountedByOthers sum;
  sum.is_whole = scope_.is_whole();
  for (const auto& [node, stops] : others_) {
    const auto at = stops.find(stop);
    if (at == stops.end()) continue;
    const auto& reported = at->second;
    if (reported.day == today) {
      sum.cost_today += reported.cost_today;
      sum.list_cost_today += reported.list_cost_today;
    }
    for (const auto& [outcome, count] : reported.state.attempts) sum.attempts[outcome] += count;
    if (!is_linked(node)) continue;
    sum.minute += reported.minute;
    sum.strips.push_back(reported.strip);
  }
  return sum;
}

} // namespace gateway
