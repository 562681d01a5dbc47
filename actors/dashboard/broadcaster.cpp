#include "actors/dashboard/broadcaster.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// Of the turns, four a second: which of them tell of shares, and of budgets, which all requests
// that cost something change.
constexpr unsigned turns_a_share = 2;
constexpr unsigned turns_a_budget = 4;

bool is_empty(const LiveTick& tick) {
  return tick.rows() == 0
    && std::ranges::all_of(tick.totals, [](std::int64_t total) { return total == 0; });
}

std::string config_event_json(const VersionNote& note, const std::string& node) {
  std::string json = R"({"version":)" + std::to_string(note.version);
  json += R"(,"at":)" + std::to_string(note.at) + R"(,"by":)";
  append_json_string(json, note.by);
  json += R"(,"via":)";
  append_json_string(json, note.via);
  json += R"(,"note":)";
  append_json_string(json, note.note);
  json += R"(,"summary":[)";
  for (const auto& line : note.summary) {
    if (json.back() != '[') json += ',';
    append_json_string(json, line);
  }
  json += R"(],"nodes":[{"node":)";
  append_json_string(json, node);
  json += R"(,"version":)" + std::to_string(note.version) + "}]}";
  return json;
}

} // namespace

void Broadcaster::add(LiveNotice& notice, LiveEvent event) {
  event.sequence = ++newest_;
  notice.events.push_back(std::make_shared<const LiveEvent>(std::move(event)));
}

void Broadcaster::add(
  LiveNotice& notice, LiveEvent::Kind kind, std::string_view json, std::string about) {
  LiveEvent event;
  event.kind = kind;
  event.about = std::move(about);
  event.text = event_text(name_of(kind), json);
  add(notice, std::move(event));
}

// How things are, where that changed.
void Broadcaster::add_states(LiveNotice& notice, WallTime now) {
  using Kind = LiveEvent::Kind;
  for (const auto& json : view_.take_health_changes()) add(notice, Kind::health, json);
  for (const auto& json : view_.take_node_changes(now)) add(notice, Kind::node, json);
  if (versions_.empty()) return;
  for (const auto& note : versions_)
    add(notice, Kind::config, config_event_json(note, view_.node()));
  versions_.clear();
  snapshot_ = {}; // of the providers and limits of before
}

void Broadcaster::add_attention(LiveNotice& notice) {
  std::string json = R"({"items":)";
  view_.append_attention(json);
  json += '}';
  add(notice, LiveEvent::Kind::attention, json);
}

void Broadcaster::add_budgets(LiveNotice& notice, WallTime now) {
  if (turns_ % turns_a_budget != 0) return;
  for (const auto& json : view_.take_budget_changes(now))
    add(notice, LiveEvent::Kind::budget, json);
}

void Broadcaster::add_shares(LiveNotice& notice, Moment now) {
  if (turns_ % turns_a_share != 0) return;
  const auto wanted = audience_.shares(now.at);
  shares_.forget_others(wanted);
  for (const auto& provider : wanted)
    for (const auto& json : shares_.changes(provider, view_.windows_of(provider), now.wall))
      add(notice, LiveEvent::Kind::share, json, provider);
}

RowsWanted Broadcaster::rows_wanted(Instant now) const {
  if (!view_.has_own()) return RowsWanted::none;
  if (!audience_.filters(now).empty()) return RowsWanted::all;
  return audience_.wants_failovers(now) ? RowsWanted::failovers : RowsWanted::none;
}

void Broadcaster::ended(const EndedRequests& ended, Moment now) {
  change().count(ended.tally, now.wall);
  if (view_.has_own()) note_rows(ended.records, ended.left_out, now.at);
}

RowsWish Broadcaster::rows_wish(const std::string& node, Instant now) const {
  RowsWish wish;
  if (!view_.scope().has(node)) return wish;
  wish.failovers = audience_.wants_failovers(now);
  for (const auto& text : audience_.filters(now))
    if (const auto known = requests_.find(text); known != requests_.end())
      wish.filters.push_back(known->second.filter);
  return wish;
}

void Broadcaster::saw_rows(const std::string& node, const RowsTold& told, Instant now) {
  if (view_.scope().has(node)) note_rows(told.records, told.left_out, now);
}

void Broadcaster::note_rows(
  std::span<const RequestRecord> records, std::int64_t left_out, Instant now) {
  if (records.empty()) return;
  std::vector<const RequestRecord*> failovers;
  for (const auto& record : records)
    if (record.outcome == Outcome::failover) failovers.push_back(&record);
  failovers_.add(failovers, 0, now);
  if (requests_.empty()) return;
  const RowSelection selection{records};
  for (auto& [text, filtered] : requests_)
    filtered.rows.add(selection.matching(filtered.filter), left_out, now);
}

void Broadcaster::add_rows(LiveNotice& notice, Instant now) {
  if (const auto json = failovers_.take()) add(notice, LiveEvent::Kind::failover, *json);
  for (auto& [text, filtered] : requests_)
    if (const auto json = filtered.rows.take()) add(notice, LiveEvent::Kind::request, *json, text);
  const auto wanted = audience_.filters(now);
  std::erase_if(requests_, [&](const auto& one) { return !wanted.contains(one.first); });
}

bool Broadcaster::has_place_for(const StreamTopics& topics, Instant now) const {
  if (!topics.request) return true;
  const auto filters = audience_.filters(now);
  return filters.size() < filters_max || filters.contains(topics.filter_text);
}

void Broadcaster::add_tick(LiveNotice& notice, Moment now) {
  auto tick = std::make_shared<LiveTick>(view_.take_tick(audience_.first(now.at), now.wall));
  if (is_empty(*tick)) return;
  LiveEvent event;
  std::string json;
  append_tick_json(json, *tick);
  event.text = event_text("tick", json);
  event.tick = std::move(tick);
  add(notice, std::move(event));
}

LiveNotice Broadcaster::nothing_new() const {
  LiveNotice notice;
  notice.scope = view_.scope();
  notice.epoch = epoch_;
  notice.begins = begins_;
  return notice;
}

LiveNotice Broadcaster::turn(Moment now) {
  changed_ = false;
  const bool was_awake = std::exchange(awake_, audience_.anybody(now.at));
  // What comes from now on is told to nobody.
  const bool falls_asleep = was_awake && !awake_;
  if (falls_asleep) begins_ = ++newest_;
  if (!awake_) snapshot_ = {};
  auto notice = nothing_new();
  notice.begins_now = falls_asleep;
  // Attention is looked for at each turn: a matter has the time that it was found at.
  const bool matters_changed = view_.find_matters(now.wall);
  if (!awake_) {
    drop();
    return notice;
  }
  add_states(notice, now.wall);
  if (matters_changed) add_attention(notice);
  add_shares(notice, now);
  add_budgets(notice, now.wall);
  ++turns_;
  add_rows(notice, now.at);
  add_tick(notice, now);
  return notice;
}

// Who comes is told all of it by a snapshot.
void Broadcaster::drop() {
  view_.drop_changes();
  versions_.clear();
  failovers_.drop();
  requests_.clear();
}

Broadcaster::Opened Broadcaster::open(
  const StreamTopics& topics, std::optional<std::uint64_t> before, Moment now, LiveNotice& notice) {
  if (!has_place_for(topics, now.at)) return {0, nullptr, epoch_, Refusal::filters};
  audience_.opened(topics);
  if (topics.request) requests_.try_emplace(topics.filter_text, Filtered{topics.filter});
  for (const auto& provider : topics.shares) shares_.forget(provider);
  const bool goes_on = before && awake_ && *before >= begins_ && *before <= newest_;
  if (!awake_) notice = turn(now);
  return goes_on ? Opened{*before, nullptr, epoch_, {}} : begin_anew(now, notice);
}

Broadcaster::Opened Broadcaster::begin_anew(Moment now, LiveNotice& notice) {
  if (snapshot_.snapshot && now.at - snapshot_at_ < snapshot_shared) return snapshot_;
  if (changed_) notice = turn(now);
  auto text = event_text("snapshot", view_.snapshot_json(now.wall));
  snapshot_ = {newest_, std::make_shared<const std::string>(std::move(text)), epoch_, {}};
  snapshot_at_ = now.at;
  return snapshot_;
}

} // namespace gateway
