#include "actors/dashboard/live_view.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// How a node is that said nothing for longer is not known.
constexpr Milliseconds report_is_fresh{3'000};

} // namespace

std::string LiveView::report(const ReportMark& mark, WallTime now) {
  if (!std::exchange(reporting_.is_asked, true)) begin_report(now);
  std::vector<std::pair<std::string, std::string>> seconds;
  if (reporting_.board.begins_anew(mark))
    seconds.emplace_back(report_key(ReportKey::seconds), encode_seconds(seconds_.told(now)));
  return reporting_.board.since(mark, seconds);
}

void LiveView::begin_report(WallTime now) {
  const auto own = nodes_.find(own_.node);
  if (own != nodes_.end())
    reporting_.board.set(report_key(ReportKey::facts), encode_facts(own->second.facts));
  report_tally(reporting_.counted);
  for (const auto& [stop, state] : states_.all_own()) report_state(state, now);
}

/// Tells the sums of what is in the tally.
void LiveView::report_tally(const RequestTally& tally) {
  const auto& counted = reporting_.counted;
  const auto tell =
    [&](ReportKey key, const RequestTally::Cells& some, const RequestTally::Cells& all) {
      for (const auto& [name, cell] : some) {
        const auto at = all.find(name);
        const auto& sum = at != all.end() ? *at : *all.find(other_name);
        reporting_.board.set(report_key(key, sum.first), encode_cell(sum.second));
      }
    };
  reporting_.board.set(report_key(ReportKey::all), encode_cell(counted.all()));
  tell(ReportKey::provider, tally.providers(), counted.providers());
  tell(ReportKey::model, tally.models(), counted.models());
  tell(ReportKey::key, tally.keys(), counted.keys());
}

void LiveView::report_state(const ProviderState& state, WallTime now) {
  ReportedState reported;
  reported.state = state;
  reported.day = day_of(now);
  if (const auto at = providers_.find(state.name); state.is_provider && at != providers_.end()) {
    reported.minute = at->second.last_minute(now);
    reported.strip = at->second.strip(now);
    reported.cost_today = at->second.cost_today(now);
    reported.list_cost_today = at->second.list_cost_today(now);
  }
  reporting_.board.set(
    report_key(ReportKey::state, NodeStates::stop_of(state)), encode_state(reported));
}

/// Of who is no member any more nothing is shown.
void LiveView::forget_gone() {
  const auto is_gone = [&](const std::string& node) {
    return node != own_.node
      && std::ranges::find(cluster_.members, node, &MemberState::name) == cluster_.members.end();
  };
  for (const auto& [node, other] : others_)
    if (is_gone(node)) states_.begin_anew(node);
  std::erase_if(others_, [&](const auto& one) { return is_gone(one.first); });
  std::erase_if(nodes_, [&](const auto& one) { return is_gone(one.first); });
  std::erase_if(nodes_changed_, is_gone);
}

ReportMark LiveView::mark_of(const std::string& node, WallTime now) const {
  const auto at = others_.find(node);
  const bool is_known = at != others_.end() && now - at->second.heard_at < report_is_fresh;
  return is_known ? at->second.mark : ReportMark{};
}

std::vector<const TotalSeconds*> LiveView::all_seconds() const {
  std::vector<const TotalSeconds*> all{&seconds_};
  for (const auto& [node, other] : others_) all.push_back(&other.seconds);
  return all;
}

std::vector<std::string> LiveView::linked() const {
  std::vector<std::string> linked;
  for (const auto& member : cluster_.members)
    if (member.is_linked && member.name != own_.node) linked.push_back(member.name);
  return linked;
}

std::vector<std::string> LiveView::merged(WallTime now) const {
  std::vector<std::string> merged;
  for (const auto& [node, other] : others_)
    if (states_.is_linked(node) && now - other.heard_at < report_is_fresh) merged.push_back(node);
  return merged;
}

void LiveView::heard(const std::string& node, const ReportChanges& changes, WallTime now) {
  if (!scope_.has(node)) return;
  if (changes.is_anew) {
    states_.begin_anew(node);
    others_.insert_or_assign(node, Other{{}, {}, {}, TotalSeconds{own_.started}});
  }
  const auto at = others_.find(node);
  if (at == others_.end()) return;
  RequestTally since;
  std::map<std::string, ProviderLive::Attempts> stops;
  for (const auto& [key, bytes] : changes.entries)
    if (!key.empty()) hear(node, key, bytes, since, stops, now);
  // What it counted before this is in the seconds that it told.
  if (!changes.is_anew) {
    note(since, node, now);
    at->second.seconds.add(since.all(), now);
  }
  at->second.mark = changes.mark;
  at->second.heard_at = now;
  auto& live = nodes_[node];
  live.facts.id = node;
  live.facts.last_seen = now;
  pending_.saw(live, now);
  for (const auto& [stop, attempts] : stops) show(stop, now, attempts);
}

/// One entry of a node's report; what can't be read is left as it was.
void LiveView::hear(
  const std::string& node,
  const std::string& key,
  const std::string& bytes,
  RequestTally& since,
  std::map<std::string, ProviderLive::Attempts>& stops,
  WallTime now) {
  const auto name = key.substr(1);
  const auto kind = static_cast<ReportKey>(key.front());
  auto& other = others_.at(node);
  if (kind == ReportKey::facts) {
    auto facts = decode_facts(bytes);
    if (!facts) return;
    auto& known = nodes_[node].facts;
    facts->id = node;
    facts->last_seen = now;
    facts->is_linked = states_.is_linked(node);
    if (is_another(known, *facts)) nodes_changed_.insert(node);
    known = *std::move(facts);
  } else if (kind == ReportKey::state) {
    auto& attempts = stops[name];
    if (bytes.empty())
      states_.forget(node, name);
    else if (auto state = decode_state(bytes))
      attempts += states_.heard(node, *std::move(state));
  } else if (kind == ReportKey::seconds) {
    const auto seconds = decode_seconds(bytes);
    if (!seconds) return;
    for (const auto& second : *seconds) {
      other.seconds.add(second, now);
      nodes_[node].set_second(second.first, second.second[0]);
    }
  } else if (auto cell = decode_cell(bytes)) {
    auto& known = other.cells[key];
    const auto news = difference(*cell, known);
    known = *std::move(cell);
    if (kind == ReportKey::all) since.add(news);
    if (kind == ReportKey::provider) since.add_provider(name, news);
    if (kind == ReportKey::model) since.add_model(name, news);
    if (kind == ReportKey::key) since.add_key(name, news);
  }
}

} // namespace gateway
