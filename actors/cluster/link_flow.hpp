#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace gateway {

/// What a frame between two nodes is for. Its bytes are the receiver's to read: a kind that a node
/// does not know is dropped there.
enum class FrameKind : std::uint8_t {
  // of the link itself
  ping = 0,
  pong = 1,
  acknowledged = 2,
  // state: of what waits to be sent only the newest counts
  member = 16, // the sender, and whom it is linked with
  pair = 17,   // pair_message.hpp
  rest = 18,   // rest_board.hpp
  // each one counts, as far as there is room
  book = 64,     // book_message.hpp
  log = 65,      // of the document's log
  question = 66, // peer_questions.hpp
  answer = 67,
};
constexpr bool is_of_link(FrameKind kind) noexcept {
  return static_cast<std::uint8_t>(kind) < 16;
}
constexpr bool is_state(FrameKind kind) noexcept {
  const auto number = static_cast<std::uint8_t>(kind);
  return number >= 16 && number < 64;
}

constexpr std::size_t frame_bytes_max = 64 * 1024;

/// Both directions of one link: what waits, what is on its way, what came. CAF itself takes any
/// number of messages of any size for a peer that reads none, so that here is the bound: at most
/// `window` frames are on their way, and `waiting_max` and one of each kind of state wait.
class LinkFlow {
public:
  static constexpr std::uint64_t window = 64;
  static constexpr std::size_t waiting_max = 256;

  struct Frame {
    FrameKind kind = FrameKind::member;
    std::uint64_t number = 0; // one more with each frame; the first is 1
    std::string bytes;
  };

  /// False: there is no room for it, it is dropped.
  bool offer(FrameKind kind, std::string bytes);
  /// The next that may be sent at this moment.
  std::optional<Frame> take();
  /// The peer has heard so many. False: it was never sent so many.
  bool acknowledged(std::uint64_t heard);
  /// False: not the next one, or more than the peer may have on its way.
  bool heard(std::uint64_t number);
  /// How many came; calling it says that the peer is told.
  std::uint64_t tell_heard() noexcept { return told_ = heard_; }
  /// The peer should be told soon, or it must stop.
  bool owes_word() const noexcept { return heard_ - told_ >= window / 2; }
  std::uint64_t dropped() const noexcept { return dropped_; }

private:
  std::map<FrameKind, std::string> states_;
  std::deque<std::pair<FrameKind, std::string>> waiting_;
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t heard_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t dropped_ = 0;
};

} // namespace gateway
