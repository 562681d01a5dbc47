#include "actors/dashboard/live_view.hpp"

#include "actors/dashboard/cluster_json.hpp"
#include "net/base/json_text.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace gateway {
namespace {

bool is_recovering(const ProviderState& state) {
  return std::ranges::any_of(
    state.quotas, [](const QuotaState& quota) { return quota.recovering.has_value(); });
}

// Others are known from the store, and did not say yet how they are.
bool is_seen(const ProviderLive& provider) {
  return !provider.state().name.empty();
}

// A list's members: of `all`, which is by id, what stands on that page.
template <class All, class IdOf, class Append>
std::string list_json(All& all, const ViewPage& page, IdOf id_of, Append append) {
  std::string json = R"("items":[)";
  std::size_t count = 0;
  std::size_t shown = 0;
  std::string_view last;
  bool more = false;
  for (const auto& one : all) {
    ++count;
    if (!page.after.empty() && id_of(one) <= std::string_view{page.after}) continue;
    more = shown == page.limit;
    if (more) continue;
    if (shown++ > 0) json += ',';
    append(json, one);
    last = id_of(one);
  }
  json += R"(],"next":)";
  append_text_or_null(json, more ? std::string{last} : "");
  return json + R"(,"count":{"value":)" + std::to_string(count) + R"(,"exact":true})";
}

constexpr std::array<std::string_view, 4> shown_windows{"rpm", "tpm", "rpd", "tpd"};

PendingTick::Fullness fullness_of(std::span<const QuotaState* const> windows) {
  PendingTick::Fullness fullest;
  fullest.fill(unknown_number);
  for (const auto* quota : windows)
    for (std::size_t i = 0; i < shown_windows.size(); ++i) {
      if (quota->spec.name != shown_windows[i] || quota->limit <= 0) continue;
      const auto used = static_cast<double>(quota->in_flight + quota->cooling);
      const auto share = used / static_cast<double>(quota->limit) * 1'000;
      fullest[i] = std::max(fullest[i], static_cast<std::int64_t>(share));
    }
  return fullest;
}

} // namespace

LiveView::LiveView(Own own, const std::vector<PastUsage>& past)
    : own_(std::move(own)), states_(own_.node), reporting_{ReportBoard{own_.life}, false, {}},
      seconds_(own_.started) {
  for (const auto& one : past) providers_[one.provider].add_past(one, own_.started);
}

void LiveView::configured(std::shared_ptr<const Plan> plan) {
  plan_ = std::move(plan);
  const auto& document = *plan_->document;
  std::erase_if(
    providers_, [&](const auto& one) { return !document.providers.contains(one.first); });
  stops_ = {plan_->stops.begin(), plan_->stops.end()};
  const auto is_gone = [&](const auto& one) { return !stops_.contains(one.first); };
  std::erase_if(pools_, is_gone);
  for (const auto& [stop, state] : states_.all_own())
    if (!stops_.contains(stop)) reporting_.board.erase(report_key(ReportKey::state, stop));
  states_.keep(stops_);
  budgets_.configured(document, stops_);
}

LiveView LiveView::of(const ViewScope& scope, WallTime now) const {
  LiveView part{own_, {}};
  part.scope_ = scope;
  part.plan_ = plan_;
  part.stops_ = stops_;
  part.states_ = states_.of(scope);
  part.cluster_ = cluster_;
  part.broker_ = broker_;
  part.roles_ = roles_;
  part.attention_ = attention_;
  if (part.has_own()) part.seconds_ = seconds_;
  for (const auto& other : others_)
    if (scope.has(other.first)) part.others_.insert(other);
  for (const auto& node : nodes_) {
    if (!scope.has(node.first)) continue;
    part.nodes_.insert(node);
    part.pending_.saw(node.second, now);
  }
  for (const auto& [name, provider] : providers_)
    part.providers_[name] = part.has_own() ? provider : provider.uncounted();
  if (plan_) part.budgets_.configured(*plan_->document, stops_);
  part.show_all(now);
  for (auto& [name, provider] : part.providers_)
    if (provider.health().state != providers_.at(name).health().state) provider.forget_since();
  part.find_matters(now);
  part.drop_changes();
  return part;
}

void LiveView::count(const RequestTally& tally, WallTime now) {
  if (!has_own()) return;
  note(tally, own_.node, now);
  seconds_.add(tally.all(), now);
  if (scope_.is_whole()) reporting_.counted.add(tally);
  if (reporting_.is_asked) report_tally(tally);
  for (const auto& [name, cell] : tally.providers())
    if (config_of(name) != nullptr) providers_[name].add(cell.counters, now);
}

void LiveView::note(const RequestTally& tally, const std::string& node, WallTime now) {
  nodes_[node].add(tally.all(), now);
  pending_.count(tally, node, now);
}

void LiveView::saw(ProviderState state, WallTime now) {
  const auto stop = NodeStates::stop_of(state);
  // One that was removed may still answer what it was asked before.
  if (state.is_provider ? config_of(state.name) == nullptr : !stops_.contains(stop)) return;
  states_.saw(std::move(state));
  show(stop, now, {});
  // Behind it: what was counted of the last minute is told with it.
  if (reporting_.is_asked) report_state(states_.all_own().find(stop)->second, now);
}

/// The stop as all nodes have it together.
void LiveView::show(const std::string& stop, WallTime now, ProviderLive::Attempts of_others) {
  auto state = states_.merged(stop);
  if (!state) return;
  if (state->is_provider) {
    auto& provider = providers_[state->name];
    auto seen = provider.saw(*std::move(state), now);
    seen.attempts += of_others;
    pending_.saw(provider, seen.attempts, fullness_of(windows_of(provider)));
    if (seen.health_changed) health_changed_.insert(provider.state().name);
  } else if (state->name.starts_with("budget/")) {
    budgets_.saw(*std::move(state));
  } else {
    pools_[state->name] = *std::move(state);
  }
}

void LiveView::show_all(WallTime now) {
  for (const auto& [stop, state] : states_.all_own()) show(stop, now, {});
}

void LiveView::saw(ClusterState cluster, WallTime now) {
  cluster_ = std::move(cluster);
  std::set<std::string> linked;
  for (const auto& member : cluster_.members)
    if (member.is_linked && member.name != own_.node) linked.insert(member.name);
  forget_gone();
  const bool is_same = std::ranges::all_of(others_, [&](const auto& one) {
    return linked.contains(one.first) == states_.is_linked(one.first);
  });
  for (auto& [name, node] : nodes_)
    if (name != own_.node && node.facts.is_linked != linked.contains(name)) {
      node.facts.is_linked = !node.facts.is_linked;
      nodes_changed_.insert(name);
    }
  states_.linked(std::move(linked));
  if (!is_same) show_all(now);
}

void LiveView::saw(const NodeUse& use, WallTime now) {
  broker_ = use.roles ? use.broker : own_.node;
  roles_ = use.roles.value_or(LogRoles{own_.node, 0, {own_.node}});
  if (!has_own()) return;
  NodeFacts facts;
  facts.id = own_.node;
  facts.version = own_.version;
  facts.started = own_.started;
  facts.last_seen = now;
  facts.cpu_thousandths = use.cpu_thousandths;
  facts.rss_bytes = use.rss_bytes;
  facts.draining = use.draining;
  facts.storage_ok = use.storage_ok;
  facts.config_version = config_version();
  for (const auto& [stop, state] : states_.all_own()) {
    facts.shares += static_cast<std::int64_t>(state.quotas.size());
    facts.book_recovering |= is_recovering(state);
    for (const auto& model : state.models) facts.in_flight += model.in_flight;
  }
  if (reporting_.is_asked) reporting_.board.set(report_key(ReportKey::facts), encode_facts(facts));
  auto& node = nodes_[own_.node];
  if (is_another(node.facts, facts)) nodes_changed_.insert(own_.node);
  node.facts = std::move(facts);
  pending_.saw(node, now);
}

const ProviderConfig* LiveView::config_of(const std::string& provider) const {
  if (!plan_) return nullptr;
  const auto& all = plan_->document->providers;
  const auto found = all.find(provider);
  return found == all.end() ? nullptr : &found->second;
}

std::vector<const QuotaState*> LiveView::windows_of(const ProviderLive& provider) const {
  return gateway::windows_of(provider.state(), pools_, config_of(provider.state().name));
}

void LiveView::append_provider(std::string& out, const ProviderLive& provider, WallTime now) const {
  const auto others = states_.counted("provider/" + provider.state().name, day_of(now));
  append_provider_json(out, provider, windows_of(provider), others, now);
}

void LiveView::append_providers(std::string& out, WallTime now) const {
  for (const auto& [name, provider] : providers_) {
    if (!is_seen(provider)) continue;
    if (out.back() != '[') out += ',';
    append_provider(out, provider, now);
  }
}

void LiveView::append_nodes(std::string& out, WallTime now) const {
  for (const auto& [name, node] : nodes_) {
    if (out.back() == '}') out += ',';
    append_node_json(out, node, now);
  }
}

std::string LiveView::providers_json(const ViewPage& page, WallTime now) const {
  auto seen = providers_ | std::views::filter([](const auto& one) { return is_seen(one.second); });
  return list_json(
    seen,
    page,
    [](const auto& one) -> std::string_view { return one.first; },
    [&](std::string& json, const auto& one) { append_provider(json, one.second, now); });
}

std::optional<std::string> LiveView::provider_json(std::string_view id, WallTime now) const {
  const auto found = providers_.find(id);
  if (found == providers_.end() || found->second.state().name.empty()) return std::nullopt;
  std::string json;
  append_provider(json, found->second, now);
  json.pop_back();
  append_models_json(json, found->second.state());
  append_learned_json(json, windows_of(found->second));
  return json.substr(1);
}

std::string LiveView::cluster_json(WallTime now) const {
  std::string json = R"("broker":)";
  append_text_or_null(json, broker_);
  json += R"(,"leader":)";
  append_text_or_null(json, roles_.leader);
  json += roles_.leader.empty() ? R"(,"quorum":false,"term":)" : R"(,"quorum":true,"term":)";
  append_number(json, roles_.term);
  json += R"(,"voters":[)";
  for (const auto& voter : roles_.voters) {
    if (json.back() != '[') json += ',';
    append_json_string(json, voter);
  }
  json += R"(],"config_version":)";
  append_number(json, config_version());
  json += R"(,"nodes":[)";
  append_nodes(json, now);
  json += "],";
  append_cluster_state(json, cluster_, scope_);
  return json;
}

std::string LiveView::budgets_json(const ViewPage& page, WallTime now) const {
  return list_json(
    budgets_.states(),
    page,
    [](const auto& one) { return BudgetBoard::id_of(one.first); },
    [&](std::string& json, const auto& one) { budgets_.append(json, one.second, now); });
}

std::string LiveView::snapshot_json(WallTime now) const {
  std::string json = R"({"t":)";
  append_number(json, milliseconds_since_epoch(now));
  json += R"(,"ids":)";
  pending_.append_ids_json(json);
  json += R"(,"providers":[)";
  append_providers(json, now);
  json += R"(],"nodes":[)";
  append_nodes(json, now);
  json += R"(],"totals":)";
  append_seconds_json(json, all_seconds(), now);
  json += R"(,"attention":)";
  attention_.append_json(json);
  json += R"(,"config_version":)";
  append_number(json, config_version());
  json += '}';
  return json;
}

std::vector<std::string> LiveView::take_health_changes() {
  std::vector<std::string> events;
  for (const auto& name : std::exchange(health_changed_, {})) {
    const auto provider = providers_.find(name);
    if (provider == providers_.end()) continue;
    append_health_event(events.emplace_back(), provider->second, own_.node);
  }
  return events;
}

std::vector<std::string> LiveView::take_node_changes(WallTime now) {
  std::vector<std::string> events;
  for (const auto& name : std::exchange(nodes_changed_, {}))
    append_node_json(events.emplace_back(), nodes_.at(name), now);
  return events;
}

bool LiveView::find_matters(WallTime now) {
  MatterFinder finder{now};
  for (const auto& [name, provider] : providers_)
    if (!provider.state().name.empty()) finder.look_at(provider);
  for (const auto& [name, pool] : pools_) finder.look_at_pool(pool);
  for (const auto& [name, budget] : budgets_.states()) finder.look_at_budget(budget);
  for (const auto& [name, node] : nodes_) finder.look_at(node.facts);
  return attention_.update(finder.found(), now);
}

std::vector<const QuotaState*> LiveView::windows_of(std::string_view provider) const {
  const auto found = providers_.find(provider);
  return found == providers_.end() ? std::vector<const QuotaState*>{} : windows_of(found->second);
}

void LiveView::drop_changes() {
  pending_.drop();
  health_changed_.clear();
  nodes_changed_.clear();
  budgets_.drop_changes();
}

LiveTick LiveView::take_tick(const PendingTick::First& first, WallTime now) {
  auto tick = pending_.take(first, now);
  tick.first_token = first_token_of(all_seconds(), now);
  return tick;
}

} // namespace gateway
