#pragma once

#include "actors/dashboard/live_tick.hpp"
#include "actors/dashboard/stream_topics.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One event of the stream, written once and sent to all who want it.
struct LiveEvent {
  enum class Kind : std::uint8_t {
    tick,
    health,
    share,
    failover,
    request,
    attention,
    node,
    config,
    budget
  };

  std::uint64_t sequence = 0; // of its epoch, without gaps
  Kind kind = Kind::tick;
  std::string about;                    // of a share: the provider; of requests: the filter's text
  std::shared_ptr<const LiveTick> tick; // of a tick, to be merged with others
  std::string text;                     // `event: …` and `data: …`, without an id
};

/// Events of one turn, for the io threads.
struct LiveNotice {
  ViewScope scope;   // whose figures they are
  std::string epoch; // of their sequence
  std::vector<std::shared_ptr<const LiveEvent>> events;
  /// Before this number nobody listened and nothing was told: no stream goes on from there.
  std::uint64_t begins = 0;
  bool begins_now = false; // that number is new
  bool is_last = false;    // nothing is told in this epoch any more

  bool has_news() const noexcept { return !events.empty() || begins_now || is_last; }
};

/// As it stands in `event:`.
std::string_view name_of(LiveEvent::Kind kind) noexcept;
bool wants(const StreamTopics& topics, const LiveEvent& event) noexcept;

/// `event: NAME` and `data: JSON`, with an empty line behind.
std::string event_text(std::string_view name, std::string_view json);

/// Where a stream has come to: what stands in `id:`, and comes back as Last-Event-ID.
struct StreamPosition {
  std::string epoch; // random: of what is told there, as long as the node keeps it
  std::uint64_t sequence = 0;
};
std::string id_line(std::string_view epoch, std::uint64_t sequence);
/// Nothing where it is none of ours.
std::optional<StreamPosition> read_position(std::string_view id);

} // namespace gateway
