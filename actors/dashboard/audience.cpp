#include "actors/dashboard/audience.hpp"

namespace gateway {

template <class Change>
void Audience::each(const StreamTopics& topics, Change change) {
  change(all_);
  if (topics.failover) change(failovers_);
  if (topics.request) change(requests_[topics.filter_text]);
  for (const auto& name : topics.shares) change(shares_[name]);
  for (const auto& name : topics.models) change(models_[name]);
  for (const auto& name : topics.keys) change(keys_[name]);
}

void Audience::opened(const StreamTopics& topics) {
  each(topics, [](Wish& wish) { ++wish.count; });
}

void Audience::closed(const StreamTopics& topics, Instant now) {
  each(topics, [&](Wish& wish) {
    if (--wish.count == 0) wish.left = now;
  });
  for (auto* wishes : {&requests_, &shares_, &models_, &keys_}) forget_old(*wishes, now);
}

bool Audience::anybody(Instant now) const {
  return all_.is_wanted(now);
}

std::set<std::string> Audience::names(const Wishes& wishes, Instant now) {
  std::set<std::string> names;
  for (const auto& [name, wish] : wishes)
    if (wish.is_wanted(now)) names.insert(name);
  return names;
}

void Audience::forget_old(Wishes& wishes, Instant now) {
  std::erase_if(wishes, [&](const auto& wish) { return !wish.second.is_wanted(now); });
}

} // namespace gateway
