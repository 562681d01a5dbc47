#include "actors/dashboard/node_report.hpp"

#include "actors/cluster/wire.hpp"
#include "actors/config/utf8.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t name_bytes_max = 1'024;
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t items_max = 100'000;

Failed odd() {
  return fail(ErrorKind::invalid_value, "a part of a report that can't be read");
}

std::int64_t any(WireReader& reader) noexcept {
  return reader.signed_number(least, most);
}

std::string text(WireReader& reader) {
  const auto text = reader.text(name_bytes_max);
  if (first_broken_utf8(text)) reader.fail(); // it becomes JSON
  return reader.failed() ? std::string{} : std::string{text};
}

void put(WireWriter& out, WallTime at) {
  out.signed_number(milliseconds_since_epoch(at));
}
WallTime time(WireReader& reader) {
  return WallTime{Milliseconds{any(reader)}};
}

template <class Number>
void put(WireWriter& out, const std::optional<Number>& number) {
  out.byte(number ? 1 : 0);
  if (!number) return;
  if constexpr (std::is_same_v<Number, Milliseconds>)
    out.signed_number(number->count());
  else
    out.signed_number(static_cast<std::int64_t>(*number));
}
template <class Number>
void get(WireReader& reader, std::optional<Number>& number) {
  if (reader.byte() == 1) number = static_cast<Number>(any(reader));
}

/// A newer node's word is nothing that this one knows.
template <class Enum>
Enum within(std::int64_t number, Enum last, Enum instead) noexcept {
  return number >= 0 && number <= static_cast<std::int64_t>(last) ? static_cast<Enum>(number)
                                                                  : instead;
}

void put_model(WireWriter& out, const ModelState& model) {
  out.text(model.name);
  out.number(static_cast<std::uint64_t>(model.health));
  put(out, model.cooling);
  put(out, model.reason);
  out.signed_number(model.in_flight);
  put(out, model.first_token_us);
  put(out, model.first_token_us_p95);
  put(out, model.tokens_per_second);
}

constexpr auto last_health = HealthState::drained;
constexpr auto last_failure = FailureKind::invalid_answer;

HealthState health(WireReader& reader) noexcept {
  return within(any(reader), last_health, HealthState::ok);
}

void get_reason(WireReader& reader, std::optional<FailureKind>& reason) noexcept {
  std::optional<std::int64_t> number;
  get(reader, number);
  if (number) reason = within(*number, last_failure, FailureKind::server_error);
}

ModelState get_model(WireReader& reader) {
  ModelState model;
  model.name = text(reader);
  model.health =
    within(static_cast<std::int64_t>(reader.number(255)), last_health, HealthState::ok);
  get(reader, model.cooling);
  get_reason(reader, model.reason);
  model.in_flight = any(reader);
  get(reader, model.first_token_us);
  get(reader, model.first_token_us_p95);
  get(reader, model.tokens_per_second);
  return model;
}

void put_quota(WireWriter& out, const QuotaState& quota) {
  out.text(quota.spec.owner);
  out.text(quota.spec.name);
  for (const auto number :
       {quota.limit,
        quota.in_flight,
        quota.cooling,
        quota.idle,
        quota.pool,
        quota.owed,
        quota.external})
    out.signed_number(number);
  put(out, quota.earliest_maturity);
  put(out, quota.recovering);
  put(out, quota.said_limit);
  put(out, quota.learned_delay);
  out.byte(quota.is_set_aside ? 1 : 0);
}

QuotaState get_quota(WireReader& reader) {
  QuotaState quota;
  quota.spec.owner = text(reader);
  quota.spec.name = text(reader);
  for (auto* number :
       {&quota.limit,
        &quota.in_flight,
        &quota.cooling,
        &quota.idle,
        &quota.pool,
        &quota.owed,
        &quota.external})
    *number = any(reader);
  get(reader, quota.earliest_maturity);
  get(reader, quota.recovering);
  get(reader, quota.said_limit);
  get(reader, quota.learned_delay);
  quota.is_set_aside = reader.byte() == 1;
  return quota;
}

void put_sketch(WireWriter& out, const LatencySketch& sketch) {
  out.number(sketch.buckets().size());
  for (const auto& bucket : sketch.buckets()) {
    out.number(bucket.index);
    out.number(bucket.count);
  }
}

bool get_sketch(WireReader& reader, LatencySketch& sketch) {
  std::vector<LatencySketch::Bucket> buckets;
  for (auto left = reader.number(LatencySketch::buckets_max); left > 0 && !reader.failed();
       --left) {
    const auto index = reader.number(LatencySketch::buckets_max - 1);
    const auto count = reader.number(std::numeric_limits<std::uint32_t>::max());
    buckets.push_back({static_cast<std::uint16_t>(index), static_cast<std::uint32_t>(count)});
  }
  return !reader.failed() && sketch.assign(std::move(buckets));
}

} // namespace

std::string encode_facts(const NodeFacts& facts) {
  WireWriter out;
  out.text(facts.version);
  put(out, facts.started);
  out.signed_number(facts.cpu_thousandths);
  out.signed_number(facts.rss_bytes);
  out.byte(facts.draining ? 1 : 0);
  out.byte(facts.storage_ok ? 1 : 0);
  out.number(facts.config_version);
  out.byte(facts.book_recovering ? 1 : 0);
  out.signed_number(facts.shares);
  out.signed_number(facts.in_flight);
  return out.take();
}

Result<NodeFacts> decode_facts(std::string_view bytes) {
  WireReader reader{bytes};
  NodeFacts facts;
  facts.version = text(reader);
  facts.started = time(reader);
  facts.cpu_thousandths = any(reader);
  facts.rss_bytes = any(reader);
  facts.draining = reader.byte() == 1;
  facts.storage_ok = reader.byte() == 1;
  facts.config_version = reader.number();
  facts.book_recovering = reader.byte() == 1;
  facts.shares = any(reader);
  facts.in_flight = any(reader);
  if (reader.failed()) return odd(); // a newer node may say more behind it
  return facts;
}

std::string encode_cell(const RequestTally::Cell& cell) {
  WireWriter out;
  for (const auto number : as_row(cell.counters)) out.signed_number(number);
  put_sketch(out, cell.first_token);
  return out.take();
}

Result<RequestTally::Cell> decode_cell(std::string_view bytes) {
  WireReader reader{bytes};
  std::array<std::int64_t, usage_counter_count> row{};
  for (auto& number : row) number = any(reader);
  RequestTally::Cell cell;
  cell.counters = from_row(row);
  if (!get_sketch(reader, cell.first_token)) return odd();
  return cell;
}

RequestTally::Cell difference(const RequestTally::Cell& later, const RequestTally::Cell& earlier) {
  RequestTally::Cell since;
  auto row = as_row(later.counters);
  const auto before = as_row(earlier.counters);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] -= before[i];
  since.counters = from_row(row);
  std::vector<LatencySketch::Bucket> buckets;
  const auto old = earlier.first_token.buckets();
  for (auto bucket : later.first_token.buckets()) {
    const auto at = std::ranges::find(old, bucket.index, &LatencySketch::Bucket::index);
    if (at != old.end()) bucket.count -= std::min(bucket.count, at->count);
    if (bucket.count > 0) buckets.push_back(bucket);
  }
  since.first_token.assign(std::move(buckets));
  return since;
}

std::string encode_seconds(const std::vector<TotalSeconds::Told>& seconds) {
  WireWriter out;
  out.number(seconds.size());
  std::int64_t last = 0;
  for (const auto& [number, totals] : seconds) {
    out.signed_number(number - std::exchange(last, number));
    for (const auto total : totals) out.signed_number(total);
  }
  return out.take();
}

Result<std::vector<TotalSeconds::Told>> decode_seconds(std::string_view bytes) {
  WireReader reader{bytes};
  std::vector<TotalSeconds::Told> seconds;
  std::int64_t last = 0;
  for (auto left = reader.number(TotalSeconds::kept); left > 0 && !reader.failed(); --left) {
    constexpr std::int64_t seconds_max = 10'000LL * 366 * 86'400;
    last += reader.signed_number(-seconds_max, seconds_max);
    auto& [number, totals] = seconds.emplace_back();
    number = last;
    for (auto& total : totals) total = any(reader);
  }
  if (!reader.at_end()) return odd();
  return seconds;
}

std::string encode_state(const ReportedState& reported) {
  const auto& state = reported.state;
  WireWriter out;
  out.text(state.name);
  out.byte(state.is_provider ? 1 : 0);
  out.byte(state.enabled ? 1 : 0);
  out.text(state.disabled_reason);
  out.text(state.drained_by);
  out.signed_number(static_cast<std::int64_t>(state.health));
  put(out, state.cooling);
  put(out, state.reason);
  out.number(state.models.size());
  for (const auto& model : state.models) put_model(out, model);
  out.number(state.attempts.size());
  for (const auto& [outcome, count] : state.attempts) {
    out.text(outcome);
    out.number(count);
  }
  out.number(state.quotas.size());
  for (const auto& quota : state.quotas) put_quota(out, quota);
  out.signed_number(reported.minute.ended);
  out.signed_number(reported.minute.failed);
  put(out, reported.strip.start);
  out.text(reported.strip.letters);
  out.signed_number(reported.day.time_since_epoch().count());
  out.signed_number(reported.cost_today);
  out.signed_number(reported.list_cost_today);
  return out.take();
}

Result<ReportedState> decode_state(std::string_view bytes) {
  WireReader reader{bytes};
  ReportedState reported;
  auto& state = reported.state;
  state.name = text(reader);
  state.is_provider = reader.byte() == 1;
  state.enabled = reader.byte() == 1;
  state.disabled_reason = text(reader);
  state.drained_by = text(reader);
  state.health = health(reader);
  get(reader, state.cooling);
  get_reason(reader, state.reason);
  for (auto left = reader.number(items_max); left > 0 && !reader.failed(); --left)
    state.models.push_back(get_model(reader));
  for (auto left = reader.number(items_max); left > 0 && !reader.failed(); --left) {
    const auto outcome = text(reader);
    state.attempts[outcome] = reader.number();
  }
  for (auto left = reader.number(items_max); left > 0 && !reader.failed(); --left)
    state.quotas.push_back(get_quota(reader));
  reported.minute.ended = any(reader);
  reported.minute.failed = any(reader);
  reported.strip.start = time(reader);
  reported.strip.letters = text(reader);
  constexpr std::int64_t days_max = 10'000 * 366;
  reported.day = Day{std::chrono::days{reader.signed_number(-days_max, days_max)}};
  reported.cost_today = any(reader);
  reported.list_cost_today = any(reader);
  if (reader.failed() || state.name.empty()) return odd();
  return reported;
}

} // namespace gateway
