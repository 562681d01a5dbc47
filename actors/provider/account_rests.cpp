#include "actors/provider/account.hpp"

#include <algorithm>
#include <utility>

/// What an account tells of its rests, to people and to other nodes, and what it hears of theirs.
namespace gateway {
namespace {

// Told again, an end may seem a little later for the way the message took.
constexpr Milliseconds same_rest_within{1'000};

} // namespace

std::vector<Account::RestChange> Account::take_rest_changes(Instant now) {
  std::vector<RestChange> changes;
  std::set<std::string> resting;
  const auto look = [&](const std::string& name, const Health& health) {
    const bool rests = health.is_resting();
    if (rests) resting.insert(name);
    if (rests == resting_.contains(name)) return;
    RestChange change{name, rests, {}, {}};
    if (rests) change.reason = health.reason();
    if (const auto until = health.until(); rests && until && *until > now)
      change.left = std::chrono::ceil<Milliseconds>(*until - now);
    if (const auto told = heard_.find(name); rests && told != heard_.end())
      if (const auto& [node, until] = *told->second.begin(); until > now) change.said_to = node;
    changes.push_back(std::move(change));
  };
  look("", health_);
  for (const auto& model : models_) look(model->name, model->health);
  resting_ = std::move(resting);
  return changes;
}

std::optional<std::vector<Rest>> Account::take_rests(Instant now) {
  if (!std::exchange(has_rest_news_, false)) return std::nullopt;
  std::vector<Rest> rests;
  const auto look = [&](const std::string& name, const Health& health) {
    auto rest = health.own_rest(now);
    if (!rest) return;
    rest->model = name;
    rests.push_back(*std::move(rest));
  };
  look("", health_);
  for (const auto& model : models_) look(model->name, model->health);
  return rests;
}

// It goes on telling what an operator knows better.
bool Account::is_overruled(const std::string& node, const Rest& rest, Instant now) {
  const auto tellers = overruled_.find(rest.model);
  if (tellers == overruled_.end()) return false;
  const auto known = tellers->second.find(node);
  if (known == tellers->second.end()) return false;
  if (rest.left > 0ms && now + rest.left <= known->second + same_rest_within) return true;
  tellers->second.erase(known); // another rest, or its end
  return false;
}

void Account::overrule() {
  for (auto& [model, tellers] : std::exchange(heard_, {}))
    for (const auto& [node, until] : tellers) overruled_[model][node] = until;
}

void Account::hear(const std::string& node, std::vector<Rest> rests, Instant now) {
  // A rest that would last and that its teller no longer names is over.
  for (const auto& [model, tellers] : heard_) {
    const auto known = tellers.find(node);
    if (known == tellers.end() || known->second <= now + same_rest_within) continue;
    if (std::ranges::find(rests, model, &Rest::model) == rests.end())
      rests.push_back({model, FailureKind::rate_limited, 0ms});
  }
  bool changes = false;
  for (const auto& rest : rests) changes = hear_one(node, rest, now) || changes;
  if (!changes) return;
  for (auto& model : models_) {
    publish(*model, now);
    publish_learned(*model, now);
  }
}

bool Account::hear_one(const std::string& node, const Rest& rest, Instant now) {
  const auto model =
    std::ranges::find(models_, rest.model, [](const auto& one) { return one->name; });
  if (!rest.model.empty() && model == models_.end()) return false;
  if (is_overruled(node, rest, now)) return false;
  auto& tellers = heard_[rest.model];
  if (rest.left > 0ms)
    tellers[node] = now + rest.left;
  else
    tellers.erase(node);
  std::erase_if(tellers, [now](const auto& teller) { return teller.second <= now; });
  const bool is_told = !tellers.empty();
  if (!is_told) heard_.erase(rest.model);
  // It is back when nobody says otherwise.
  if (rest.left == 0ms && is_told) return false;
  return (rest.model.empty() ? health_ : (*model)->health).heard(rest, now);
}

} // namespace gateway
