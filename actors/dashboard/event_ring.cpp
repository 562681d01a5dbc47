#include "actors/dashboard/event_ring.hpp"

#include <optional>

namespace gateway {
namespace {

// Beyond it every reader has a pace of its own, and sharing helps nobody.
constexpr std::size_t merged_max = 64;

} // namespace

void EventRing::add(const LiveNotice& notice, Instant now) {
  merged_.clear();
  if (notice.begins > newest_) {
    places_.clear();
    oldest_ = newest_ = notice.begins;
  }
  for (const auto& event : notice.events) {
    places_.push_back({event, now});
    newest_ = event->sequence;
  }
  while (!places_.empty() && (places_.size() > events_max || now - places_.front().at > kept)) {
    oldest_ = places_.front().event->sequence;
    places_.pop_front();
  }
}

EventRing::Batch EventRing::take(std::uint64_t position, const StreamTopics& topics) {
  Batch batch{"", position};
  std::optional<std::size_t> first_tick;
  std::size_t last_tick = 0;
  std::size_t rows = 0;
  std::size_t last_event = 0; // where it begins in the text
  // An answer of the dashboard may be ahead of what it told this thread.
  if (position >= newest_) return batch;
  for (auto i = static_cast<std::size_t>(position - oldest_); i < places_.size(); ++i) {
    const auto& event = *places_[i].event;
    if (!wants(topics, event)) {
      batch.position = event.sequence;
      continue;
    }
    const auto its_rows = event.tick ? event.tick->rows() : 0;
    const bool has_any = !batch.text.empty() || first_tick;
    const bool is_full =
      batch.text.size() + event.text.size() > batch_bytes_max || rows + its_rows > batch_rows_max;
    if (has_any && is_full) break;
    batch.position = event.sequence;
    rows += its_rows;
    if (event.tick) {
      if (!first_tick) first_tick = i;
      last_tick = i;
    } else {
      last_event = batch.text.size();
      batch.text += event.text;
    }
  }
  if (first_tick) {
    last_event = batch.text.size();
    batch.text += merged(*first_tick, last_tick);
  }
  if (!batch.text.empty()) batch.text.insert(last_event, id_line(epoch_, batch.position));
  return batch;
}

const std::string& EventRing::merged(std::size_t first, std::size_t last) {
  const auto& begin = *places_[first].event;
  if (first == last) return begin.text;
  const std::pair range{begin.sequence, places_[last].event->sequence};
  if (const auto known = merged_.find(range); known != merged_.end()) return known->second;
  if (merged_.size() == merged_max) merged_.clear();
  auto tick = *begin.tick;
  for (auto i = first + 1; i <= last; ++i)
    if (const auto& later = places_[i].event->tick) merge(tick, *later);
  std::string json;
  append_tick_json(json, tick);
  return merged_[range] = event_text("tick", json);
}

} // namespace gateway
