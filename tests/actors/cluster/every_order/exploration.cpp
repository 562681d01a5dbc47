#include "tests/actors/cluster/every_order/exploration.hpp"

#include <cstring>

namespace gateway {
namespace {

/// Moments by number, each once.
class Moments {
public:
  explicit Moments(std::size_t expected) : places_(1U << 16U) { moments_.reserve(expected); }

  /// True: it is a new one.
  bool add(const Moment& moment, std::uint32_t before) {
    if (2 * moments_.size() > places_.size()) grow();
    auto& place = places_[place_of(moment)];
    if (place != 0) return false;
    moments_.push_back(moment);
    before_.push_back(before);
    place = static_cast<std::uint32_t>(moments_.size());
    return true;
  }
  const Moment& operator[](std::size_t number) const { return moments_[number]; }
  std::uint32_t before(std::size_t number) const { return before_[number]; }
  std::size_t size() const { return moments_.size(); }

private:
  std::size_t place_of(const Moment& moment) const {
    std::uint64_t words[(sizeof(Moment) + 7) / 8] = {};
    std::memcpy(words, &moment, sizeof(Moment));
    std::uint64_t sum = 0;
    for (const auto word : words) {
      sum = (sum ^ word) * 0x9e3779b97f4a7c15U;
      sum ^= sum >> 32U;
    }
    auto place = static_cast<std::size_t>(sum) & (places_.size() - 1);
    while (places_[place] != 0 && !(moments_[places_[place] - 1] == moment))
      place = (place + 1) & (places_.size() - 1);
    return place;
  }
  void grow() {
    places_.assign(4 * places_.size(), 0);
    for (std::size_t i = 0; i < moments_.size(); ++i)
      places_[place_of(moments_[i])] = static_cast<std::uint32_t>(i + 1);
  }

  std::vector<Moment> moments_;
  std::vector<std::uint32_t> before_; // which one it came from
  std::vector<std::uint32_t> places_; // number + 1; 0: free
};

/// The way to a moment, one happening a line.
std::string way_to(World& world, const Moments& moments, std::size_t number) {
  std::vector<std::size_t> numbers;
  for (; number != 0; number = moments.before(number)) numbers.push_back(number);
  std::string text;
  std::size_t before = 0;
  for (auto next = numbers.rbegin(); next != numbers.rend(); ++next) {
    bool is_found = false;
    world.follow(moments[before], [&](const Moment& moment, const Happening& happening) {
      if (is_found || !(moment == moments[*next])) return;
      is_found = true;
      text += "\n  " + world.text_of(happening) + "\n      " + world.text_of(moment);
    });
    before = *next;
  }
  return text;
}

} // namespace

Explored explore(const Size& size, Removed removed, std::size_t moments_most) {
  World world{size, removed};
  Moments moments{1'024};
  Explored explored;
  moments.add(world.beginning(), 0);
  std::size_t last = 0;
  for (std::size_t i = 0; i < moments.size() && explored.wrong.empty(); ++i) {
    const auto moment = moments[i];
    world.follow(moment, [&](const Moment& next, const Happening&) {
      ++explored.moves;
      if (!explored.wrong.empty() || !moments.add(next, static_cast<std::uint32_t>(i))) return;
      explored.wrong = world.wrong_in(next);
      last = moments.size() - 1;
    });
    if (explored.wrong.empty() && !world.wrong().empty()) {
      explored.wrong = world.wrong();
      last = i;
    }
    if (moments.size() > moments_most) {
      explored.is_all = false;
      break;
    }
  }
  if (!explored.wrong.empty()) explored.wrong += way_to(world, moments, last);
  explored.moments = moments.size();
  explored.books = world.books();
  explored.steps = world.steps();
  return explored;
}

} // namespace gateway
