#include "tests/actors/quota/book_room.hpp"
#include "tests/actors/quota/strict_providers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace gateway;

namespace {

enum class Death { kill, stop, crash, stop_and_reboot };

struct Plan {
  const char* when;
  std::vector<Death> deaths;
  Nanoseconds life{20s};   // on average
  double least_used = 0.0; // share of what the long window allows
};

/// A node under demand that dies again and again; the machine's true time never does. A minute's
/// quota and one of a quarter of an hour, which is long enough to have the journal.
class Lives {
public:
  static constexpr std::int64_t short_limit = 60;
  static constexpr std::int64_t long_limit = 400;
  static constexpr Nanoseconds long_window = 15min;

  Lives(Plan plan, std::uint64_t seed) : plan_(std::move(plan)), random_(seed) {
    auto rolling = per_minute(long_limit);
    rolling.name = "long";
    rolling.window = long_window;
    specs_ = {per_minute(short_limit), rolling};
    begin();
  }

  void run(Nanoseconds time) {
    auto death = seconds(exponential(1.0 / std::chrono::duration<double>(plan_.life).count()));
    while (now_ < time) {
      pass(seconds(exponential(5.0)));
      call();
      if (now_ < death) continue;
      die(
        plan_
          .deaths[static_cast<std::size_t>(uniform(0, static_cast<double>(plan_.deaths.size())))]);
      death = now_ + seconds(exponential(1.0 / std::chrono::duration<double>(plan_.life).count()));
    }
  }

  std::vector<Count> log() const { return in_order(log_); }
  int deaths = 0;
  int lost = 0;

private:
  struct Call {
    Permits permits;
    Settlement settlement;
    Nanoseconds ends;
  };

  double uniform(double from, double to) {
    return std::uniform_real_distribution{from, to}(random_);
  }
  double exponential(double rate) { return std::exponential_distribution{rate}(random_); }
  static Nanoseconds seconds(double value) {
    return std::chrono::round<Nanoseconds>(std::chrono::duration<double>{value});
  }
  Instant boot(Nanoseconds at) const { return Instant{at - booted_}; }
  TestClock clock() const {
    TestClock clock;
    clock.at = boot(now_);
    clock.wall += std::chrono::floor<Milliseconds>(now_ + wall_error_);
    return clock;
  }

  void pass(Nanoseconds time) {
    now_ += std::max<Nanoseconds>(time, 1us);
    const auto over = std::partition(
      calls_.begin(), calls_.end(), [this](const Call& call) { return call.ends > now_; });
    for (auto call = over; call != calls_.end(); ++call)
      books_->settle(std::move(call->permits), call->settlement, boot(now_));
    calls_.erase(over, calls_.end());
    if (pending_ && uniform(0, 1) < 0.5) {
      const bool is_broken = uniform(0, 1) < 0.05;
      if (is_broken) {
        books_->journal_failed();
      } else {
        journal_ += pending_->lines;
        books_->journal_synced(pending_->ticket);
      }
      pending_.reset();
    }
    if (!pending_) pending_ = books_->journal_wanted(clock().now());
    if (uniform(0, 1) < 0.1) books_->tick(clock().now());
  }

  void call() {
    const std::vector<std::uint32_t> both{0, 1};
    auto answer = books_->admit(both, {}, boot(now_));
    if (!std::holds_alternative<Permits>(answer)) return;
    const auto written = now_ + seconds(uniform(0, 0.01));
    const auto first_byte = written + seconds(uniform(0.05, 0.9));
    log_.push_back(
      {written
         + seconds(uniform(0, 1) * std::chrono::duration<double>(first_byte - written).count()),
       1});
    Settlement settlement;
    settlement.written_at = boot(written);
    settlement.first_byte_at = boot(first_byte);
    const auto ends = first_byte + seconds(uniform(0, 4));
    settlement.ended = boot(ends);
    calls_.push_back({std::get<Permits>(answer), settlement, ends});
  }

  void die(Death how) {
    ++deaths;
    if (how == Death::stop || how == Death::stop_and_reboot) {
      while (!calls_.empty()) pass(200ms);
      room_.past.clean_stop = memory_->clean_stop_text(clock().now());
    }
    // The kernel may have written any part of what was not synced.
    if (pending_ && how != Death::stop)
      journal_ += pending_->lines.substr(
        0, static_cast<std::size_t>(uniform(0, static_cast<double>(pending_->lines.size()))));
    pending_.reset();
    calls_.clear();
    books_.reset();
    memory_.reset();
    now_ += seconds(uniform(0.05, 3.0));
    if (how == Death::crash || how == Death::stop_and_reboot) {
      now_ += seconds(uniform(5, 30));
      booted_ = now_ - seconds(uniform(1, 20));
      room_.identity.boot = std::string(32, "123456789abcdef"[deaths % 15]);
      wall_error_ = seconds(uniform(-0.4, 0.4));
      // A file in the data folder survives, one in memory does not.
      if (uniform(0, 1) < 0.5)
        std::filesystem::remove_all(room_.folder.path() / ("llm-gateway-" + room_.identity.node));
    }
    begin();
  }

  void begin() {
    room_.past.journal = journal_begun_ ? std::optional{journal_} : std::nullopt;
    memory_ = room_.open(clock());
    if (memory_->beginning() == BookBeginning::lost) ++lost;
    room_.past.clean_stop.reset();
    journal_ = memory_->journal_beginning(clock().wall);
    journal_begun_ = true;
    books_ = make_books(memory_, specs_, clock());
  }

  Plan plan_;
  std::mt19937_64 random_;
  BookRoom room_{4};
  std::vector<QuotaSpec> specs_;
  Nanoseconds now_{0};
  Nanoseconds booted_{-100s};
  Nanoseconds wall_error_{0};
  std::shared_ptr<PermitMemory> memory_;
  std::optional<PermitBooks> books_;
  std::string journal_;
  bool journal_begun_ = false;
  std::optional<JournalRequest> pending_;
  std::vector<Call> calls_;
  std::vector<Count> log_;
};

} // namespace

TEST_CASE("no life of the book spends what another one has used", "[quota][lives]") {
  const auto plan = GENERATE(
    Plan{"kills", {Death::kill}, 15s, 0.9},
    Plan{"orderly stops", {Death::stop}, 30s, 0.9},
    Plan{"stops and reboots", {Death::stop_and_reboot}, 120s, 0.8},
    Plan{"crashes of the machine", {Death::crash}, 240s, 0.4},
    Plan{
      "all of it",
      {Death::kill, Death::kill, Death::stop, Death::crash, Death::stop_and_reboot},
      60s,
      0.4});
  const auto seed = GENERATE(1U, 2U);
  CAPTURE(plan.when, seed);
  Lives lives{plan, seed};
  constexpr Nanoseconds time = 100min;
  lives.run(time);
  const auto log = lives.log();
  CAPTURE(lives.deaths, lives.lost, log.size());
  CHECK(lives.deaths > 15);
  CHECK(over_at_any(log, Lives::short_limit, 60s) == 0);
  CHECK(over_at_any(log, Lives::long_limit, Lives::long_window) == 0);
  const auto allowed = std::chrono::duration<double>(time) / Lives::long_window * Lives::long_limit;
  const auto used = static_cast<double>(log.size()) / allowed;
  CAPTURE(used);
  CHECK(used >= plan.least_used);
}
