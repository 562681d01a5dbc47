#pragma once

#include "actors/dashboard/live_event.hpp"
#include "net/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace gateway {

/// The last events of the stream, the same for all browsers of a thread and scope. Each of them
/// knows how far it has come and takes what is behind that at its own pace: who is slow takes more
/// at a time, with ticks merged into one, and who is slower than the ring begins anew with a
/// snapshot. So a browser costs a number, never a queue. Thread: one.
class EventRing {
public:
  explicit EventRing(std::string epoch) : epoch_(std::move(epoch)) {}

  static constexpr Milliseconds kept{30'000};
  static constexpr std::size_t events_max = 4'096;
  /// Where a batch ends, once it holds so much.
  static constexpr std::size_t batch_bytes_max = 64 * 1024;
  static constexpr std::size_t batch_rows_max = 2'400; // four full ticks

  void add(const LiveNotice& notice, Instant now);

  const std::string& epoch() const noexcept { return epoch_; }
  /// A stream of before that had everything up to there can go on from here.
  bool covers(const StreamPosition& position) const noexcept {
    return position.epoch == epoch_ && position.sequence <= newest_
      && !has_missed(position.sequence);
  }
  /// What came behind `position` is not all here any more.
  bool has_missed(std::uint64_t position) const noexcept { return position < oldest_; }
  std::uint64_t newest() const noexcept { return newest_; }

  struct Batch {
    std::string text;           // events for the wire; empty where none is wanted
    std::uint64_t position = 0; // what the reader has then
  };
  /// What is wanted of the events behind `position`, of which nothing was missed: ticks merged into
  /// one, the last of all. Only the last event has an id, so that a stream that is cut within a
  /// batch goes on from before it: no tick is then told twice, though others may be.
  Batch take(std::uint64_t position, const StreamTopics& topics);

private:
  struct Place {
    std::shared_ptr<const LiveEvent> event;
    Instant at{};
  };
  const std::string& merged(std::size_t first, std::size_t last);

  std::string epoch_;
  std::deque<Place> places_;
  std::uint64_t oldest_ = 0; // the last one that is gone
  std::uint64_t newest_ = 0;
  // Texts of merged ticks, by the first and last of them: readers of one pace share them.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> merged_;
};

} // namespace gateway
