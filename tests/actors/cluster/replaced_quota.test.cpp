#include "tests/actors/cluster/broker_nodes.hpp"
#include "tests/actors/cluster/simulate.hpp"
#include "tests/actors/quota/strict_providers.hpp"

using namespace gateway;

/// A window that changes is another quota. While some member goes by the old one alone, those who
/// have the new one need both.
namespace {

constexpr Nanoseconds step = 100ms;
constexpr Nanoseconds delay = 1s; // D
constexpr std::uint32_t cut_off = 2;

QuotaSpec per(Nanoseconds window, std::int64_t limit) {
  QuotaSpec spec;
  spec.owner = "provider/a";
  spec.name = "requests";
  spec.limit = limit;
  spec.window = window;
  spec.longest_call = 2s;
  return spec;
}

/// Three nodes as busy as they may be, that hear of what is agreed on some time later.
class Change {
public:
  Change(std::uint64_t seed, QuotaSpec before) : dice_(seed), cluster_({before}) {
    known_.resize(cluster_.nodes.size(), {cluster_.record, cluster_.document});
  }

  void replace_by(QuotaSpec after) {
    cluster_.document = {std::move(after)};
    REQUIRE(cluster_.record.apply(QuotasSet{{{cluster_.document[0], {}}}, 0}));
    changed_in_ = cluster_.record.version();
  }
  void cut() { cluster_.cut = {cut_off}; }
  void heal() { cluster_.cut.clear(); }
  void forget_removed() {
    for (auto& node : cluster_.nodes) node.forgets_removed = true;
  }
  void kill(std::uint32_t number) { cluster_.nodes[number].kill(); }
  void lose_book(std::uint32_t number) {
    cluster_.nodes[number].lose_book();
    enter(cluster_.nodes[number]);
  }
  void start(std::uint32_t number) {
    cluster_.nodes[number].start();
    enter(cluster_.nodes[number]);
  }
  void write_off(std::uint32_t number) { cluster_.nodes[0].broker->write_off(number); }
  void join() {
    const auto digits = std::to_string(cluster_.nodes.size());
    REQUIRE(
      cluster_.record.apply(MemberJoined{"node-" + digits, std::string(31, '0') + digits, ""}));
    auto& node = cluster_.nodes.emplace_back(cluster_.record.known() - 1);
    node.clock = cluster_.nodes[0].clock;
    known_.push_back({cluster_.record, cluster_.document});
    enter(node);
  }

  void run(Nanoseconds time, std::optional<std::uint32_t> only = {}) {
    for (const auto end = now_ + time; now_ < end; now_ += step) {
      cluster_.step(step);
      for (const auto& entry : std::exchange(cluster_.entries, {}))
        std::visit([this](const auto& its) { (void)cluster_.record.apply(its); }, entry);
      for (auto& node : cluster_.nodes) {
        if (!node.is_up() || !cluster_.record.members().contains(node.number)) continue;
        const bool is_new = known_[node.number].record.version() < cluster_.record.version();
        if (is_new && !cluster_.cut.contains(node.number) && dice_.is_so(.1)) {
          known_[node.number] = {cluster_.record, cluster_.document};
          enter(node);
        }
        if (!only || *only == node.number) use(node);
      }
      if (!all_know_at_ && changed_in_ > 0 && all_know()) all_know_at_ = now_;
    }
  }
  void run_with_kills(Nanoseconds time) {
    for (const auto end = now_ + time; now_ < end;) {
      run(sim_seconds(dice_.uniform(1, 12)));
      const auto number = static_cast<std::uint32_t>(dice_.below(3));
      kill(number);
      run(sim_seconds(dice_.uniform(.1, 4)));
      start(number);
    }
  }

  std::int64_t over_throughout(const QuotaSpec& spec) const {
    return over_at_any(in_order(log_), spec.limit, spec.window);
  }
  /// By the old limit until all know the new one, and for the old one's window from then on.
  std::int64_t over_before(const QuotaSpec& spec) {
    const auto end = all_know_at_.value_or(now_) + spec.window;
    auto log = log_;
    std::erase_if(log, [end](const Count& count) { return count.at > end; });
    return over_at_any(in_order(log), spec.limit, spec.window);
  }
  std::int64_t over_after(const QuotaSpec& spec) {
    return over_at_any(in_order(log_after_), spec.limit, spec.window);
  }
  std::int64_t used_after(Nanoseconds from) const {
    return std::ranges::count_if(log_after_, [from](const Count& one) { return one.at > from; });
  }
  Nanoseconds now() const { return now_; }
  bool is_known_by_all() const { return all_know_at_.has_value(); }
  bool is_forgotten() const { return cluster_.record.quotas().size() == 1; }

private:
  struct Known {
    ClusterRecord record;
    std::vector<QuotaSpec> document;
  };

  /// What is on its disk.
  void enter(BrokerNode& node) {
    node.enter(known_[node.number].record, known_[node.number].document);
  }
  bool all_know() const {
    return std::ranges::all_of(cluster_.record.members(), [this](const auto& member) {
      return known_[member.first].record.version() >= changed_in_;
    });
  }
  void use(BrokerNode& node) {
    while (node.admits("provider/a")) {
      const Count count{now_ + sim_seconds(dice_.uniform(0, .98)), 1};
      log_.push_back(count);
      if (all_know_at_) log_after_.push_back(count);
    }
  }

  SimWorld dice_;
  BrokerNodes cluster_;
  std::vector<Known> known_;
  std::uint64_t changed_in_ = 0;
  std::optional<Nanoseconds> all_know_at_;
  Nanoseconds now_{0};
  std::vector<Count> log_;
  std::vector<Count> log_after_;
};

const auto before = per(10s, 40);
const auto lower = per(20s, 20);
const auto higher = per(5s, 60);

} // namespace

TEST_CASE("a window that changes is over neither limit, whoever hears of it late", "[cluster]") {
  for (std::uint64_t seed = 1; seed <= seeds(6); ++seed) {
    const auto& after = seed % 2 == 0 ? lower : higher;
    CAPTURE(seed, after.limit);
    Change change{seed, before};
    change.run(25s, cut_off); // has all of it
    change.cut();
    change.replace_by(after);
    change.run_with_kills(60s);
    CHECK_FALSE(change.is_forgotten());
    change.heal();
    change.run_with_kills(20s);
    change.run(60s);
    CHECK(change.is_forgotten());
    const auto calm = change.now();
    change.run(100s);
    CHECK(change.over_before(before) == 0);
    CHECK(change.over_after(after) == 0);
    // Nobody needs the old one any more.
    CHECK(change.used_after(calm) > after.limit * 100s / after.window * 2 / 3);
  }
}

TEST_CASE("a window that changes and changes back is the same limit all the time", "[cluster]") {
  for (std::uint64_t seed = 1; seed <= seeds(4); ++seed) {
    CAPTURE(seed);
    Change change{seed, before};
    change.run(25s, cut_off);
    change.cut();
    change.replace_by(seed % 2 == 0 ? lower : higher);
    change.run_with_kills(20s);
    change.replace_by(before);
    change.run_with_kills(20s);
    change.heal();
    change.run_with_kills(20s);
    change.run(60s);
    CHECK(change.is_forgotten());
    CHECK(change.over_throughout(before) == 0);
  }
}

TEST_CASE("of two changes the first old limit holds until all know of the first", "[cluster]") {
  for (std::uint64_t seed = 1; seed <= seeds(4); ++seed) {
    CAPTURE(seed);
    Change change{seed, before};
    change.run(25s, cut_off);
    change.cut();
    change.replace_by(lower);
    change.run_with_kills(20s);
    change.replace_by(higher);
    change.run_with_kills(30s);
    change.heal();
    change.run_with_kills(20s);
    change.run(90s);
    CHECK(change.is_forgotten());
    CHECK(change.over_before(before) == 0);
    CHECK(change.over_after(higher) == 0);
  }
}

TEST_CASE("one that takes the new limit alone is caught", "[cluster]") {
  Change change{1, before};
  change.forget_removed();
  change.run(25s, cut_off);
  change.cut();
  change.replace_by(lower);
  change.run(60s);
  CHECK(change.over_before(before) > 0);
}

TEST_CASE("one that is written off, and one that joins, have a say in it as well", "[cluster]") {
  const auto& after = GENERATE_REF(lower, higher);
  Change change{7, before};
  change.run(25s, cut_off);
  change.kill(cut_off);
  change.cut();
  change.replace_by(after);
  change.run(20s);
  change.join();
  change.run(60s);
  CHECK_FALSE(change.is_forgotten());
  change.write_off(cut_off);
  change.run(60s);
  CHECK(change.is_known_by_all());
  CHECK(change.is_forgotten());
  change.run(40s);
  CHECK(change.over_before(before) == 0);
  CHECK(change.over_after(after) == 0);
}

TEST_CASE("a lost book needs the old limit as the others do", "[cluster]") {
  Change change{3, before};
  change.run(25s, cut_off);
  change.cut();
  change.replace_by(lower);
  change.run(20s);
  change.lose_book(0);
  change.run(40s);
  change.heal();
  change.run(90s);
  CHECK(change.is_forgotten());
  CHECK(change.over_before(before) == 0);
  CHECK(change.over_after(lower) == 0);
}
