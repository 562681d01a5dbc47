#include "made_history.hpp"

#include "persistence/record_line.hpp"
#include "persistence/usage_json.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>

namespace gateway::testing {
namespace {

using Random = std::mt19937_64;

std::string numbered(const char* what, std::size_t number) {
  return what + std::to_string(number);
}

double uniform(Random& random, double from, double to) {
  return std::uniform_real_distribution<double>{from, to}(random);
}

/// How the requests of a source spread around its median: in the buckets of a sketch, at most so
/// many as there were requests.
LatencySketch spread(Random& random, double median_us, std::int64_t requests) {
  constexpr int drawn_max = 200;
  const auto drawn = std::min<std::int64_t>(requests, drawn_max);
  std::lognormal_distribution<double> durations{std::log(median_us), 0.6};
  LatencySketch sketch;
  for (std::int64_t i = 0; i < drawn; ++i) sketch.add(std::llround(durations(random)));
  auto buckets = std::vector(sketch.buckets().begin(), sketch.buckets().end());
  for (auto& bucket : buckets)
    bucket.count =
      static_cast<std::uint32_t>(bucket.count * requests / std::max<std::int64_t>(drawn, 1));
  std::erase_if(buckets, [](const auto& bucket) { return bucket.count == 0; });
  LatencySketch scaled;
  scaled.assign(std::move(buckets));
  return scaled;
}

/// More by day than by night, less at weekends.
double share_of_hour(WallTime hour) {
  const auto of_day = static_cast<double>((hour.time_since_epoch() / usage_hour) % 24);
  const auto wave = 1 + 0.6 * std::sin((of_day - 8) * std::numbers::pi / 12);
  const std::chrono::weekday weekday{day_of(hour)};
  const bool weekend = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
  return wave * (weekend ? 0.5 : 1.0) / 24;
}

} // namespace

MadeHistory::MadeHistory(std::uint64_t seed, Busyness busyness) : seed_(seed), busyness_(busyness) {
  Random random{seed};
  std::vector<Source> pairs;
  for (std::size_t i = 0; i < busyness.models; ++i) {
    Source pair;
    pair.name = {
      "node-1",
      numbered("provider-", i % busyness.providers),
      numbered("model-", i * 3 / 4), // some models are offered twice
      "",
      "",
      ""};
    pair.latency_us = uniform(random, 3e5, 6e6);
    pair.tokens_in = uniform(random, 200, 4'000);
    pair.tokens_out = uniform(random, 50, 800);
    pair.price_n = i % 4 == 0 ? 0 : std::llround(uniform(random, 50, 3'000));
    pairs.push_back(std::move(pair));
  }
  for (std::size_t key = 0; key < busyness.keys; ++key) {
    const auto weight = 1.0 / static_cast<double>(key + 1);
    for (std::size_t i = 0; i < busyness.pairs_a_key; ++i) {
      auto source = pairs[(key * 5 + i * 3) % pairs.size()];
      source.name[static_cast<std::size_t>(UsageDimension::key)] = numbered("key-", key);
      source.name[static_cast<std::size_t>(UsageDimension::route)] = numbered("route-", i);
      source.name[static_cast<std::size_t>(UsageDimension::team)] = numbered("team-", key % 10);
      source.share = weight / static_cast<double>(i + 1);
      sources_.push_back(std::move(source));
    }
  }
  double sum = 0;
  for (const auto& source : sources_) sum += source.share;
  std::vector<double> shares;
  for (auto& source : sources_) shares.push_back(source.share /= sum);
  choice_ = {shares.begin(), shares.end()};
}

UsageTotals MadeHistory::day(Day day) const {
  UsageTotals totals;
  for (int hour = 0; hour < 24; ++hour) {
    const UsageSpan span{day + hour * usage_hour, usage_hour};
    const auto requests = static_cast<double>(busyness_.requests_a_day) * share_of_hour(span.start);
    add_hour(totals, span, requests);
  }
  return totals;
}

void MadeHistory::add_hour(UsageTotals& totals, const UsageSpan& hour, double requests) const {
  Random random{seed_ ^ static_cast<std::uint64_t>(milliseconds_since_epoch(hour.start))};
  for (const auto& source : sources_) {
    const auto count = std::llround(requests * source.share * uniform(random, 0.5, 1.5));
    if (count == 0) continue;
    UsageCounters counters;
    counters.requests = count;
    counters.failovers = count / 50;
    counters.failed = count / 200;
    counters.cancelled = count / 300;
    counters.tokens_in = std::llround(static_cast<double>(count) * source.tokens_in);
    counters.tokens_cached = counters.tokens_in / 3;
    counters.tokens_out = std::llround(static_cast<double>(count) * source.tokens_out);
    counters.cost_n = source.price_n * (counters.tokens_in + counters.tokens_out);
    counters.list_cost_n = counters.cost_n;
    totals.add(hour, source.name, counters);
    const UsageSpeeds speeds{
      spread(random, source.latency_us / 6, count), spread(random, source.latency_us, count), {}};
    totals.add_speeds(hour, SpeedGroup::source, source.name, speeds);
    for (const auto group : value_speed_groups) totals.add_speeds(hour, group, source.name, speeds);
  }
}

RequestRecord MadeHistory::record(std::uint64_t number, WallTime ended) const {
  std::minstd_rand random{static_cast<std::uint32_t>(seed_ * 7'919 + number + 1)};
  random.discard(2);
  auto choice = choice_;
  const auto& source = sources_[choice(random)];
  const auto chance = random() % 1'000;
  const auto part = [&](double around) {
    return std::llround(around * static_cast<double>(500 + random() % 1'000) / 1'000);
  };
  RequestRecord record;
  constexpr std::size_t id_digits = 20;
  const auto digits = std::to_string(number);
  record.id = "req_" + std::string(id_digits - digits.size(), '0') + digits;
  record.request_id = number % 10 == 0 ? "client-" + digits : record.id;
  record.node = source.name[0];
  record.provider = source.name[1];
  record.model = source.name[2];
  record.key = source.name[3];
  record.route = source.name[4];
  record.team = source.name[5];
  record.asked_model = record.route;
  record.first_provider = record.provider;
  record.endpoint = "/v1/chat/completions";
  record.client = "10.4.18." + std::to_string(number % 250);
  record.attempts = 1;
  record.status = 200;
  record.stream = number % 2 == 0;
  record.finish = "stop";
  record.tokens_in = part(source.tokens_in);
  record.tokens_out = part(source.tokens_out);
  record.latency_us = part(source.latency_us);
  record.first_token_us = record.latency_us / 6;
  record.overhead_us = 860;
  record.cost = NanoDollars{source.price_n * (record.tokens_in + record.tokens_out)};
  record.list_cost = record.cost;
  record.config_version = 182;
  record.started =
    ended - std::chrono::floor<Milliseconds>(std::chrono::microseconds{record.latency_us});
  if (chance < 20) {
    record.outcome = Outcome::failover;
    record.attempts = 2;
    record.first_provider = "provider-x";
  } else if (chance < 25) {
    record.outcome = Outcome::failed;
    record.status = 502;
    record.error_code = "upstream_error";
    record.first_token_us.reset();
    record.tokens_out = 0;
  } else if (chance < 28) {
    record.outcome = Outcome::cancelled;
    record.status = 499;
    record.error_code = "cancelled";
  } else if (chance < 30) {
    record.outcome = Outcome::refused;
    record.status = 429;
    record.error_code = "provider_quota_exhausted";
    record.provider = record.model = record.first_provider = "";
    record.cost.reset();
    record.list_cost.reset();
  }
  return record;
}

void write_usage_days(const MadeHistory& history, const std::string& data, Day behind, int days) {
  std::filesystem::create_directories(data + "/usage");
  for (auto day = behind - std::chrono::days{days}; day < behind; day += std::chrono::days{1}) {
    std::ofstream file(usage_day_path(data, day), std::ios::binary | std::ios::trunc);
    file << render_usage_day(history.day(day), day);
  }
}

std::uint64_t write_request_day(
  const MadeHistory& history,
  const std::string& data,
  WallTime from,
  WallTime to,
  std::uint64_t count) {
  std::filesystem::create_directories(data + "/requests");
  const auto path = data + "/requests/" + file_name({day_of(from), 0});
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  constexpr std::size_t piece_bytes = 1'000'000;
  std::string text;
  std::uint64_t bytes = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const auto since =
      (to - from).count() * static_cast<std::int64_t>(number) / static_cast<std::int64_t>(count);
    append_record_line(text, history.record(number, from + Milliseconds{since}));
    if (text.size() < piece_bytes && number + 1 < count) continue;
    file << text;
    bytes += text.size();
    text.clear();
  }
  return bytes;
}

} // namespace gateway::testing
