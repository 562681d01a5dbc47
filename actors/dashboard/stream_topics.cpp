#include "actors/dashboard/stream_topics.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view topics_by_default = "tick,attention,failover";

Failed odd_topic() {
  return fail(
    ErrorKind::invalid_value,
    "topics must be some of tick, attention, failover, request, share:PROVIDER, model:NAME and "
    "key:NAME, separated by commas, with "
      + std::to_string(StreamTopics::names_max) + " names at most",
    "topics");
}

// Takes "share:groq" apart; null where the topic has no name, or none has this one.
std::set<std::string>* names_for(StreamTopics& topics, std::string_view kind) {
  if (kind == "share") return &topics.shares;
  if (kind == "model") return &topics.models;
  if (kind == "key") return &topics.keys;
  return nullptr;
}

bool* plain_topic(StreamTopics& topics, std::string_view name) {
  if (name == "tick") return &topics.tick;
  if (name == "attention") return &topics.attention;
  if (name == "failover") return &topics.failover;
  if (name == "request") return &topics.request;
  return nullptr;
}

bool add_topic(StreamTopics& topics, std::string_view topic) {
  if (auto* const plain = plain_topic(topics, topic)) {
    *plain = true;
    return true;
  }
  const auto colon = topic.find(':');
  if (colon == std::string_view::npos || colon + 1 == topic.size()) return false;
  auto* const names = names_for(topics, topic.substr(0, colon));
  if (names == nullptr) return false;
  names->emplace(topic.substr(colon + 1));
  return topics.shares.size() + topics.models.size() + topics.keys.size()
    <= StreamTopics::names_max;
}

} // namespace

Result<StreamTopics> read_topics(std::string_view text, std::vector<std::string> conditions) {
  if (text.empty()) text = topics_by_default;
  StreamTopics topics;
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (!add_topic(topics, text.substr(0, comma))) return odd_topic();
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  std::ranges::sort(conditions);
  for (const auto& condition : conditions) {
    if (auto added = topics.filter.add(condition); !added) return fail(std::move(added.error()));
    topics.filter_text += condition + '\n';
  }
  return topics;
}

} // namespace gateway
