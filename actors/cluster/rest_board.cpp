#include "actors/cluster/rest_board.hpp"

#include "actors/cluster/link_flow.hpp"
#include "actors/cluster/wire.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t name_bytes_max = 512;
constexpr std::uint64_t left_ms_max = 26 * 3'600'000;
// Their places are the numbers on the wire, and stay.
constexpr std::array reasons{
  FailureKind::rate_limited,
  FailureKind::quota_exhausted,
  FailureKind::overloaded,
  FailureKind::model_not_found};

// None: nothing that is told to others.
std::uint8_t number_of(FailureKind reason) {
  return static_cast<std::uint8_t>(std::ranges::find(reasons, reason) - reasons.begin());
}

} // namespace

bool RestBoard::told(const std::string& stop, const std::vector<Rest>& rests, Instant now) {
  std::vector<Row> rows;
  for (const auto& rest : rests)
    rows.push_back({rest, now + (rest.left > 0ms ? rest.left : over_told)});
  const auto is_same = [](const Row& one, const Row& other) {
    const bool is_over = one.rest.left == 0ms;
    return one.rest.model == other.rest.model && one.rest.reason == other.rest.reason
      && is_over == (other.rest.left == 0ms)
      && (is_over || std::chrono::abs(one.until - other.until) <= same_within);
  };
  auto& known = rows_[stop];
  if (std::ranges::equal(known, rows, is_same)) return false;
  known = std::move(rows);
  return true;
}

std::string RestBoard::message(Instant now) {
  RestsByStop all;
  for (auto& [stop, rows] : rows_) {
    std::erase_if(rows, [now](const Row& row) { return row.until <= now; });
    for (const auto& [rest, until] : rows) {
      auto left = rest;
      if (left.left > 0ms) left.left = std::chrono::ceil<Milliseconds>(until - now);
      all[stop].push_back(std::move(left));
    }
  }
  std::erase_if(rows_, [](const auto& one) { return one.second.empty(); });
  return encode_rests(all);
}

RestsByStop RestBoard::heard(const std::string& peer, RestsByStop rests) {
  auto& named = named_[peer];
  const auto before = std::exchange(named, {});
  for (const auto& [stop, its] : rests) named.push_back(stop);
  for (const auto& stop : before) rests.try_emplace(stop);
  return rests;
}

std::string encode_rests(const RestsByStop& rests) {
  WireWriter writer;
  writer.byte(RestBoard::version);
  for (const auto& [stop, its] : rests) {
    for (const auto& rest : its) {
      const auto most = stop.size() + rest.model.size() + 32;
      if (number_of(rest.reason) == reasons.size() || most > name_bytes_max) continue;
      if (writer.size() + most > frame_bytes_max) return writer.take();
      writer.text(stop);
      writer.text(rest.model);
      writer.byte(number_of(rest.reason));
      writer.number(static_cast<std::uint64_t>(rest.left.count()));
    }
  }
  return writer.take();
}

Result<RestsByStop> decode_rests(std::string_view bytes) {
  WireReader reader{bytes};
  RestsByStop rests;
  if (reader.byte() != RestBoard::version) reader.fail();
  while (reader.left() > 0 && !reader.failed()) {
    const std::string stop{reader.text(name_bytes_max)};
    Rest rest;
    rest.model = reader.text(name_bytes_max);
    const auto reason = reader.byte();
    rest.left = Milliseconds{static_cast<std::int64_t>(reader.number(left_ms_max))};
    if (reader.failed() || reason >= reasons.size()) continue;
    rest.reason = reasons[reason];
    rests[stop].push_back(std::move(rest));
  }
  if (reader.failed())
    return fail(ErrorKind::invalid_value, "a message of a peer about cooldowns is malformed");
  return rests;
}

} // namespace gateway
