#include "actors/dashboard/pending_tick.hpp"

#include "net/base/json_text.hpp"

namespace gateway {
namespace {

std::int64_t or_unknown(const std::optional<std::int64_t>& value) noexcept {
  return value.value_or(unknown_number);
}

std::array<std::int64_t, 5> spent(const UsageCounters& counters) noexcept {
  return {
    counters.requests, counters.errors(), counters.tokens_in, counters.tokens_out, counters.cost_n};
}

} // namespace

std::array<std::int64_t, 6> totals_of(const UsageCounters& counters) noexcept {
  return {
    counters.requests,
    counters.errors(),
    counters.failovers,
    counters.tokens_in,
    counters.tokens_out,
    counters.cost_n};
}

RecentSpeed& PendingTick::speed_of(std::uint32_t model) {
  if (model_speeds_.size() <= model) model_speeds_.resize(model + 1);
  return model_speeds_[model];
}

void PendingTick::count(const RequestTally& tally, const std::string& node, WallTime now) {
  const auto& all = tally.all().counters;
  const auto totals = totals_of(all);
  for (std::size_t i = 0; i < totals.size(); ++i) totals_[i] += totals[i];
  board(RowKind::node).add(ids(RowKind::node).of(node), std::array{all.requests, all.errors()});
  for (const auto& [name, cell] : tally.providers()) {
    const auto& its = cell.counters;
    board(RowKind::provider)
      .add(
        ids(RowKind::provider).of(name),
        std::array<std::int64_t, 6>{its.requests, 0, 0, its.tokens_in, its.tokens_out, its.cost_n});
  }
  for (const auto& [name, cell] : tally.models()) {
    const auto id = ids(RowKind::model).of(name);
    auto& speed = speed_of(id);
    speed.add(cell.first_token, now);
    board(RowKind::model).add(id, spent(cell.counters));
    board(RowKind::model).set(id, std::array{or_unknown(speed.all(now).quantile(500))});
  }
  for (const auto& [name, cell] : tally.keys())
    board(RowKind::key).add(ids(RowKind::key).of(name), spent(cell.counters));
}

void PendingTick::saw(
  const ProviderLive& provider, ProviderLive::Attempts ended, const Fullness& fullness) {
  const auto id = ids(RowKind::provider).of(provider.state().name);
  const auto* model = provider.busiest_model();
  const auto p50 = model != nullptr ? or_unknown(model->first_token_us) : unknown_number;
  const auto p95 = model != nullptr ? or_unknown(model->first_token_us_p95) : unknown_number;
  board(RowKind::provider)
    .add(id, std::array<std::int64_t, 6>{0, ended.ended, ended.failed, 0, 0, 0});
  board(RowKind::provider)
    .set(
      id,
      std::array{
        provider.in_flight(), p50, p95, fullness[0], fullness[1], fullness[2], fullness[3]});
}

void PendingTick::saw(const NodeLive& node, WallTime now) {
  const auto& facts = node.facts;
  board(RowKind::node)
    .set(
      ids(RowKind::node).of(facts.id),
      std::array{
        facts.in_flight,
        or_unknown(node.first_token(now).quantile(500)),
        facts.cpu_thousandths,
        facts.rss_bytes});
}

LiveTick PendingTick::take(const First& first, WallTime now) {
  const auto numbers_of = [&](RowKind kind, const std::set<std::string>& names) {
    std::set<std::uint32_t> numbers;
    for (const auto& name : names)
      if (const auto* id = ids(kind).find(name)) numbers.insert(*id);
    return numbers;
  };
  LiveTick tick;
  tick.at = now;
  tick.totals = std::exchange(totals_, {});
  const std::array<std::set<std::uint32_t>, row_kinds> preferred{
    {{}, {}, numbers_of(RowKind::model, first.models), numbers_of(RowKind::key, first.keys)}};
  for (std::size_t kind = 0; kind < row_kinds; ++kind) {
    auto& table = tick.tables[kind];
    table.rows = boards_[kind].take(preferred[kind]);
    for (const auto& row : table.rows)
      if (ids_[kind].announce(row.id)) table.names.emplace_back(row.id, ids_[kind].name(row.id));
  }
  return tick;
}

void PendingTick::drop() {
  totals_ = {};
  for (auto& board : boards_) board.drop();
}

void PendingTick::append_ids_json(std::string& out) const {
  out += '{';
  for (std::size_t kind = 0; kind < row_kinds; ++kind) {
    if (kind > 0) out += ',';
    out += '"';
    out += row_shapes[kind].letter;
    out += "\":{";
    for (std::uint32_t id = 0; id < ids_[kind].size(); ++id) {
      if (id > 0) out += ',';
      append_json_string(out, ids_[kind].name(id));
      out += ':';
      append_number(out, id);
    }
    out += '}';
  }
  out += '}';
}

} // namespace gateway
