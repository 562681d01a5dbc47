#pragma once

#include "actors/config/edit.hpp"
#include "actors/dashboard/audience.hpp"
#include "actors/dashboard/ended_requests.hpp"
#include "actors/dashboard/live_event.hpp"
#include "actors/dashboard/live_view.hpp"
#include "actors/dashboard/request_rows.hpp"
#include "actors/dashboard/row_talk.hpp"
#include "actors/dashboard/share_board.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace gateway {

/// Makes the stream's events of a view, once for all browsers that listen to its nodes. Knows no
/// actor and no clock.
class Broadcaster {
public:
  struct Moment {
    Instant at{};
    WallTime wall{};
  };

  /// A snapshot is given to all who come so soon after it, the ticks since then behind it: a crowd
  /// that comes back at once costs one, and those who take it slowly hold few.
  static constexpr Milliseconds snapshot_shared{2'000};

  /// Filters of requests that are told one by one, those of the last half minute included.
  static constexpr std::size_t filters_max = 32;

  /// `epoch`: a text that no other one has.
  explicit Broadcaster(LiveView view, std::string epoch = {})
      : view_(std::move(view)), epoch_(std::move(epoch)) {}

  const LiveView& view() const noexcept { return view_; }
  /// What is done to it is told in the next turn.
  LiveView& change() noexcept {
    changed_ = true;
    return view_;
  }

  /// Nobody was let in: too many listen already, each to something of his own.
  enum class Refusal : std::uint8_t { filters, scopes };

  /// Somebody listens from now on: to what is told after `position`.
  struct Opened {
    std::uint64_t position = 0;
    /// An event's text, of that position; null where the stream goes on.
    std::shared_ptr<const std::string> snapshot;
    std::string epoch; // of the position
    std::optional<Refusal> refused;
  };
  /// `before`: where an earlier stream ended, if it did. Before a snapshot comes a turn where
  /// anything was changed: what the one has, no tick behind it may tell again.
  Opened open(
    const StreamTopics& topics,
    std::optional<std::uint64_t> before,
    Moment now,
    LiveNotice& notice);
  void close(const StreamTopics& topics, Moment now) { audience_.closed(topics, now.at); }
  /// A snapshot for one that listens already and has missed more than is kept.
  Opened begin_anew(Moment now, LiveNotice& notice);

  /// Which requests looks should bring.
  RowsWanted rows_wanted(Instant now) const;
  void ended(const EndedRequests& ended, Moment now);
  /// Which of another node's requests are watched one by one.
  RowsWish rows_wish(const std::string& node, Instant now) const;
  void saw_rows(const std::string& node, const RowsTold& told, Instant now);

  /// That version is in force; the next turn tells.
  void in_force(VersionNote note) { versions_.push_back(std::move(note)); }

  /// Tells what has changed. Four times a second while somebody listens, else whenever it likes.
  LiveNotice turn(Moment now);

  /// A notice without events.
  LiveNotice nothing_new() const;

  /// Somebody listens, or may come back.
  bool anybody(Instant now) const { return audience_.anybody(now); }
  bool is_listened_to() const noexcept { return audience_.is_there(); }

private:
  static constexpr int failovers_a_second = 10;
  static constexpr int requests_a_second = 50;

  void add(LiveNotice& notice, LiveEvent event);
  void add(LiveNotice& notice, LiveEvent::Kind kind, std::string_view json, std::string about = {});
  void add_states(LiveNotice& notice, WallTime now);
  void add_attention(LiveNotice& notice);
  void add_budgets(LiveNotice& notice, WallTime now);
  void add_shares(LiveNotice& notice, Moment now);
  void note_rows(std::span<const RequestRecord> records, std::int64_t left_out, Instant now);
  void add_rows(LiveNotice& notice, Instant now);
  bool has_place_for(const StreamTopics& topics, Instant now) const;
  void add_tick(LiveNotice& notice, Moment now);
  void drop();

  LiveView view_;
  std::string epoch_;
  Audience audience_;
  std::uint64_t newest_ = 0; // event told
  bool awake_ = false;       // somebody was there at the last turn
  std::uint64_t begins_ = 0; // before it nobody listened: no stream goes on from there
  bool changed_ = true;
  std::vector<VersionNote> versions_; // in force since the last turn
  ShareBoard shares_;
  RequestRows failovers_{failovers_a_second};
  struct Filtered {
    RequestFilter filter;
    RequestRows rows{requests_a_second};
  };
  std::map<std::string, Filtered> requests_; // by the filter's text
  unsigned turns_ = 0;
  Opened snapshot_; // the last one that somebody wanted
  Instant snapshot_at_{};
};

} // namespace gateway
