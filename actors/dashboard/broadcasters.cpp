#include "actors/dashboard/broadcasters.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace gateway {
namespace {

void tell(LiveNotice notice, std::vector<LiveNotice>& notices) {
  if (notice.has_news()) notices.push_back(std::move(notice));
}

} // namespace

Broadcasters::Broadcasters(LiveView whole, std::function<std::string()> new_epoch)
    : new_epoch_(std::move(new_epoch)) {
  all_.try_emplace(ViewScope{}, std::move(whole), new_epoch_());
}

const LiveView&
Broadcasters::view(const ViewScope& scope, WallTime now, std::optional<LiveView>& made) const {
  const auto known = all_.find(scope);
  if (known != all_.end()) return known->second.view();
  return made.emplace(whole().of(scope, now));
}

void Broadcasters::ended(const EndedRequests& ended, Moment now) {
  for (auto& [scope, broadcaster] : all_) broadcaster.ended(ended, now);
}

void Broadcasters::in_force(const VersionNote& note) {
  for (auto& [scope, broadcaster] : all_) broadcaster.in_force(note);
}

void Broadcasters::end(const Broadcaster& broadcaster, std::vector<LiveNotice>& notices) const {
  auto notice = broadcaster.nothing_new();
  notice.is_last = true;
  notices.push_back(std::move(notice));
}

/// Null where there is no place. One that is only kept for who may come back makes place.
Broadcaster*
Broadcasters::find_or_begin(const ViewScope& scope, Moment now, std::vector<LiveNotice>& notices) {
  if (const auto known = all_.find(scope); known != all_.end()) return &known->second;
  if (all_.size() > scopes_max) {
    const auto left = std::ranges::find_if(
      all_, [](const auto& one) { return !one.first.is_whole() && !one.second.is_listened_to(); });
    if (left == all_.end()) return nullptr;
    end(left->second, notices);
    all_.erase(left);
  }
  return &all_.try_emplace(scope, whole().of(scope, now.wall), new_epoch_()).first->second;
}

Broadcaster::Opened Broadcasters::open(
  const StreamTopics& topics,
  std::optional<std::uint64_t> before,
  Moment now,
  std::vector<LiveNotice>& notices) {
  auto* const broadcaster = find_or_begin(topics.nodes, now, notices);
  if (broadcaster == nullptr) return {0, nullptr, {}, Broadcaster::Refusal::scopes};
  LiveNotice notice;
  auto opened = broadcaster->open(topics, before, now, notice);
  tell(std::move(notice), notices);
  return opened;
}

Broadcaster::Opened
Broadcasters::begin_anew(const ViewScope& scope, Moment now, std::vector<LiveNotice>& notices) {
  LiveNotice notice;
  auto opened = all_.at(scope).begin_anew(now, notice);
  tell(std::move(notice), notices);
  return opened;
}

void Broadcasters::close(const StreamTopics& topics, Moment now) {
  all_.at(topics.nodes).close(topics, now);
}

std::vector<LiveNotice> Broadcasters::turn(Moment now) {
  std::vector<LiveNotice> notices;
  std::erase_if(all_, [&](const auto& one) {
    const bool is_over = !one.first.is_whole() && !one.second.anybody(now.at);
    if (is_over) end(one.second, notices);
    return is_over;
  });
  for (auto& [scope, broadcaster] : all_) tell(broadcaster.turn(now), notices);
  return notices;
}

bool Broadcasters::anybody(Instant now) const {
  return std::ranges::any_of(all_, [&](const auto& one) { return one.second.anybody(now); });
}

RowsWish Broadcasters::rows_wish(const std::string& node, Instant now) const {
  RowsWish wish;
  for (const auto& [scope, broadcaster] : all_) wish.add(broadcaster.rows_wish(node, now));
  return wish;
}

void Broadcasters::saw_rows(const std::string& node, const RowsTold& told, Instant now) {
  for (auto& [scope, broadcaster] : all_) broadcaster.saw_rows(node, told, now);
}

RowsWanted Broadcasters::rows_wanted(Instant now) const {
  auto most = RowsWanted::none;
  for (const auto& [scope, broadcaster] : all_) most = std::max(most, broadcaster.rows_wanted(now));
  return most;
}

} // namespace gateway
