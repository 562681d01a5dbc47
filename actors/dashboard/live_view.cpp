#include "actors/dashboard/live_view.hpp"

#include "actors/dashboard/cluster_json.hpp"
#include "net/base/json_text.hpp"

#include <algorithm>
#include <ranges>
#include <tuple>
#include <utility>

namespace gateway {
namespace {

template <class States>
std::int64_t quotas_in(const States& states) {
  std::int64_t count = 0;
  for (const auto& [name, state] : states) count += static_cast<std::int64_t>(state.quotas.size());
  return count;
}

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

// Its load changes all the time; ticks tell of that.
bool is_another(const NodeFacts& before, const NodeFacts& now) {
  const auto looks = [](const NodeFacts& facts) {
    return std::tie(
      facts.version, facts.draining, facts.config_version, facts.book_recovering, facts.shares);
  };
  return looks(before) != looks(now);
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
    : own_(std::move(own)), seconds_(own_.started) {
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
  budgets_.configured(document, stops_);
}

void LiveView::count(const RequestTally& tally, WallTime now) {
  nodes_[own_.node].add(tally.all(), now);
  seconds_.add(tally.all(), now);
  pending_.count(tally, own_.node, now);
  for (const auto& [name, cell] : tally.providers())
    if (config_of(name) != nullptr) providers_[name].add(cell.counters, now);
}

void LiveView::saw(ProviderState state, WallTime now) {
  if (state.is_provider) {
    // One that was removed may still answer what it was asked before.
    if (config_of(state.name) == nullptr) return;
    auto& provider = providers_[state.name];
    const auto seen = provider.saw(std::move(state), now);
    pending_.saw(provider, seen.attempts, fullness_of(windows_of(provider)));
    if (seen.health_changed) health_changed_.insert(provider.state().name);
    return;
  }
  if (!stops_.contains(state.name)) return;
  if (state.name.starts_with("budget/"))
    budgets_.saw(std::move(state));
  else
    pools_[state.name] = std::move(state);
}

void LiveView::saw(const NodeUse& use, WallTime now) {
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
  facts.shares = quotas_in(pools_) + quotas_in(budgets_.states());
  for (const auto& [name, provider] : providers_) {
    facts.in_flight += provider.in_flight();
    facts.shares += static_cast<std::int64_t>(provider.state().quotas.size());
    facts.book_recovering |= is_recovering(provider.state());
  }
  for (const auto& [name, pool] : pools_) facts.book_recovering |= is_recovering(pool);
  auto& node = nodes_[own_.node];
  node_changed_ |= is_another(node.facts, facts);
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
  append_provider_json(out, provider, windows_of(provider), own_.node, now);
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
  append_json_string(json, own_.node);
  json += R"(,"leader":)";
  append_json_string(json, own_.node);
  json += R"(,"quorum":true,"config_version":)";
  append_number(json, config_version());
  json += R"(,"nodes":[)";
  append_nodes(json, now);
  json += "],";
  append_cluster_state(json, cluster_);
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
  seconds_.append_json(json, now);
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
  if (!std::exchange(node_changed_, false)) return {};
  std::string json;
  append_node_json(json, nodes_.at(own_.node), now);
  return {std::move(json)};
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
  node_changed_ = false;
  budgets_.drop_changes();
}

LiveTick LiveView::take_tick(const PendingTick::First& first, WallTime now) {
  auto tick = pending_.take(first, now);
  tick.first_token = seconds_.first_token(now);
  return tick;
}

} // namespace gateway
