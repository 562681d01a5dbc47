#pragma once

#include "actors/cluster/link_flow.hpp"
#include "net/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gateway {

/// What a node may ask another one; the bytes behind it are the asker's and the answerer's
/// business. One that a node does not know stays unanswered there.
enum class PeerTopic : std::uint8_t {
  usage = 1,        // persistence/usage_copies.hpp
  request_page = 2, // persistence/request_talk.hpp
  request_histogram = 3,
  request_found = 4,
  live = 5,   // actors/dashboard/report_board.hpp
  admins = 6, // actors/admins/admins_talk.hpp
  session_ended = 7,
  events = 8, // persistence/event_merge.hpp
  rows = 9,   // actors/dashboard/row_talk.hpp
};

/// Questions to other nodes and their answers, which may be long: an answer goes in pieces, few at
/// a time, so that it keeps nothing else from the link. A frame may be lost; what does not come is
/// asked for again until the asker's patience is over. Thread: one; `now` never goes back.
class PeerQuestions {
public:
  static constexpr std::size_t question_bytes_max = 48 * 1024;
  static constexpr std::size_t piece_bytes = 48 * 1024;
  static constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;
  /// Pieces on their way at a time.
  static constexpr std::size_t pieces_ahead = 8;
  /// So long without news, and it is asked again.
  static constexpr Milliseconds again{400};
  /// An answer that nobody fetches is kept so long; so many of a peer at a time.
  static constexpr Milliseconds kept{10'000};
  static constexpr std::size_t kept_max = 32;

  /// `first`: numbers begin there; random, so that no answer to an earlier life is taken for ours.
  explicit PeerQuestions(std::uint64_t first) : next_(first) {}

  /// Begins to ask. The number comes back with the answer.
  std::uint64_t ask(
    const std::string& peer,
    PeerTopic topic,
    std::string question,
    Milliseconds patience,
    Instant now);
  /// What was asked here is answered so.
  void answer(const std::string& peer, std::uint64_t number, std::string bytes, Instant now);
  /// Bytes that can't be read are dropped.
  void heard(const std::string& peer, FrameKind kind, std::string_view bytes, Instant now);
  void down(const std::string& peer);
  void tick(Instant now);
  /// Nothing is waited for, and nothing kept.
  bool is_idle() const noexcept { return pending_.empty() && kept_.empty(); }

  struct Send {
    std::string peer;
    FrameKind kind = FrameKind::question;
    std::string bytes;
  };
  /// To be answered here.
  struct Asked {
    std::string peer;
    std::uint64_t number = 0;
    PeerTopic topic{};
    std::string question;
  };
  /// Of a question that was asked here; nothing: no answer came in time.
  struct Told {
    std::uint64_t number = 0;
    std::optional<std::string> answer;
  };
  using Event = std::variant<Send, Asked, Told>;
  std::vector<Event> take_events() { return std::exchange(events_, {}); }

private:
  using Key = std::pair<std::string, std::uint64_t>; // peer, number
  struct Pending {
    PeerTopic topic{};
    std::string question;
    Instant until{};
    Instant news_at{};                              // or when it was last asked for
    std::vector<std::optional<std::string>> pieces; // none before the first one came
    std::size_t first_missing = 0;
    std::size_t asked_to = 0; // pieces before it were asked for
  };
  struct Kept {
    std::optional<std::string> bytes; // nothing while it is made
    Instant until{};
  };
  using Pendings = std::map<Key, Pending>;

  void send_question(const Key& key, const Pending& pending);
  void send_more(const Key& key, Pending& pending, bool is_over);
  void send_pieces(const Key& key, const Kept& answer, std::size_t from);
  void hear_question(const std::string& peer, std::string_view bytes, Instant now);
  void hear_piece(const std::string& peer, std::string_view bytes, Instant now);
  void take_piece(Pendings::iterator at, std::size_t index, std::string_view piece, Instant now);

  std::uint64_t next_;
  Pendings pending_;         // asked here
  std::map<Key, Kept> kept_; // asked there
  std::vector<Event> events_;
};

} // namespace gateway
