#pragma once

#include "tests/actors/cluster/every_order/real_member.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace gateway {

/// One member in a moment of the world: its book, and the calls that its process is with.
struct MemberMoment {
  BookNumber book = 0; // 0: its machine went, and the mapping with it
  std::uint8_t is_up = 0;
  std::uint8_t epoch = 0;   // on its disk
  std::uint8_t boot = 0;    // of its machine
  std::uint8_t age = 0;     // ticks, of a life whose book is lost, as far as they matter
  std::uint8_t taken = 0;   // calls that are admitted and not written
  std::uint8_t is_told = 0; // its book is lost and was told; others of its process were not yet
  std::array<std::uint8_t, 2> uncounted{}; // written and not counted yet, by ticks since
  std::array<std::uint8_t, 4> counted{};   // and not settled yet, by ticks since they were written

  friend bool operator==(const MemberMoment&, const MemberMoment&) = default;
};

/// All there is that makes a difference to what comes.
struct Moment {
  std::array<MemberMoment, Size::nodes_max> members{};
  std::uint32_t words = 0; // all that was ever said and may still be heard, by number of the set
  std::array<std::uint8_t, 2> ghosts{}; // written by a life that is over, not counted yet
  std::array<std::uint8_t, 2> judged{}; // what the provider counted, by ticks since: of its window
  std::uint8_t crashes = 0;
  std::array<std::uint8_t, 3> unused{};

  friend bool operator==(const Moment&, const Moment&) = default;
};
static_assert(std::has_unique_object_representations_v<Moment>);

/// What happens from one moment to the next.
struct Happening {
  enum class Kind : std::uint8_t { step, write, count, count_ghost, kill, crash, tick };
  Kind kind = Kind::step;
  std::uint8_t member = 0;
  std::uint16_t killed_after = 0; // so many stores; 0: it was not
  Step step{};
};

/// The moves of a world of real members, and what must hold in every moment of it.
class World {
public:
  World(const Size& size, Removed removed);

  using Take = std::function<void(const Moment&, const Happening&)>;

  Moment beginning();
  /// Everything that may come next.
  void follow(const Moment& moment, const Take& take);
  /// Which rule is broken; empty: none.
  std::string wrong_in(const Moment& moment);
  std::string text_of(const Happening& happening) const;
  std::string text_of(const Moment& moment);
  /// Of the last moment that was followed: what a step of it did that no moment shows.
  const std::string& wrong() const { return wrong_; }

  std::size_t books() const;
  std::size_t steps() const;

private:
  void meet(Moment& moment);
  void settle(const Moment& moment, const Happening& happening, const Take& take);
  const std::vector<MemberMoment>& lives_after(std::uint32_t number, const MemberMoment& member);
  void blame(const std::string& what, const Happening& happening);
  void follow_member(std::uint32_t member, const Moment& moment, const Take& take);
  void follow_calls(std::uint32_t member, const Moment& moment, const Take& take);
  void follow_moves(std::uint32_t member, const Moment& moment, const Take& take);
  void follow_words(std::uint32_t member, const Moment& moment, const Take& take);
  void follow_lost(std::uint32_t member, const Moment& moment, const Take& take);
  void follow_time(const Moment& moment, const Take& take);
  void start(std::uint32_t member, const Moment& moment, const Take& take);
  /// A step, a kill after each store of it, and what another thread may do in the midst of it.
  void step(std::uint32_t member, const Moment& moment, const Step& step, const Take& take);
  const StepOutcome&
  step_once(std::uint32_t member, const Moment& moment, const Step& step, const Take& take);
  static void kill(MemberMoment& member, Moment& moment);
  /// The calls of a member after a step was carried out.
  void settle_calls(MemberMoment& member, Moment& moment, const Step& step, bool is_done) const;

  void say(Moment& moment, std::vector<WordNumber> said);
  void keep_unsaid(Moment& moment);
  Moment with_said(const Moment& moment);
  bool may_be_given(std::uint32_t giver, std::uint32_t member, const Moment& moment);
  bool is_whole(const MemberMoment& member, std::uint32_t number);
  WordNumber kept(WordNumber word, const Moment& moment);
  WordNumber as_good(WordNumber word, const Moment& moment);
  void compare(WordNumber word, WordNumber shorter, const Moment& moment);
  std::vector<WordNumber> merged(std::vector<WordNumber> words) const;
  std::uint32_t set_of(std::vector<WordNumber> words);
  std::uint32_t words_later(std::uint32_t words);

  Size size_;
  Removed removed_;
  Words words_;
  std::vector<std::unique_ptr<RealMember>> members_;
  std::deque<std::vector<WordNumber>> sets_;
  std::unordered_set<std::uint64_t> compared_; // words and books
  std::map<std::vector<WordNumber>, std::uint32_t> known_sets_;
  std::map<std::pair<BookNumber, std::vector<WordNumber>>, std::vector<WordNumber>> asked_;
  std::map<
    std::tuple<std::uint32_t, BookNumber, std::uint8_t, std::uint8_t>,
    std::vector<MemberMoment>>
    lives_;
  std::string wrong_;
};

} // namespace gateway
