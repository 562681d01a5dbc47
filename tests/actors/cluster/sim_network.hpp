#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace gateway {

/// Time that passes as events say, and dice that fall the same way for the same seed.
class SimWorld {
public:
  explicit SimWorld(std::uint64_t seed) : random_(seed) {}

  Nanoseconds now() const { return now_; }
  void at(Nanoseconds when, std::function<void()> what) {
    events_.push({std::max(when, now_), ++count_, std::move(what)});
  }
  void after(Nanoseconds wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }
  void run_until(Nanoseconds end) {
    while (!events_.empty() && events_.top().when <= end) {
      const auto event = events_.top();
      events_.pop();
      now_ = event.when;
      event.what();
    }
    now_ = end;
  }

  double uniform(double from, double to) {
    return std::uniform_real_distribution{from, to}(random_);
  }
  double exponential(double mean) { return std::exponential_distribution<>{1 / mean}(random_); }
  double lognormal(double mean, double deviation) {
    return std::lognormal_distribution<>{mean, deviation}(random_);
  }
  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>{0, count - 1}(random_);
  }
  bool is_so(double probability) { return uniform(0, 1) < probability; }
  template <class Value>
  Value one_of(std::initializer_list<Value> values) {
    return *(values.begin() + below(values.size()));
  }
  std::size_t weighted(const std::vector<double>& weights) {
    return std::discrete_distribution<std::size_t>(weights.begin(), weights.end())(random_);
  }

private:
  struct Event {
    Nanoseconds when;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& other) const {
      return std::pair{when, order} > std::pair{other.when, other.order};
    }
  };
  std::priority_queue<Event> events_;
  std::uint64_t count_ = 0;
  Nanoseconds now_{0};
  std::mt19937_64 random_;
};

inline Nanoseconds sim_seconds(double seconds) {
  return std::chrono::round<Nanoseconds>(std::chrono::duration<double>{seconds});
}

/// Loses, doubles, delays and cuts what nodes say to each other.
struct SimNetwork {
  double loss = 0;
  double doubled = 0;
  double stragglers = 0; // that are up to 8 s late
  double base = 0.002;   // seconds
  double jitter = 0.002;
  std::set<std::pair<std::size_t, std::size_t>> cut; // from, to

  bool is_cut(std::size_t from, std::size_t to) const { return cut.contains({from, to}); }

  void send(
    SimWorld& world, std::size_t from, std::size_t to, const std::function<void()>& arrive) const {
    const auto copies = world.is_so(doubled) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      if (is_cut(from, to) || world.is_so(loss)) continue;
      auto delay = base + world.exponential(jitter);
      if (world.is_so(stragglers)) delay += world.uniform(0, 8);
      world.after(sim_seconds(delay), [this, from, to, arrive] {
        if (!is_cut(from, to)) arrive();
      });
    }
  }
};

} // namespace gateway
