#include "actors/dashboard/node_live.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <tuple>

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;

constexpr Milliseconds stale_after{5'000};

Json in_ms(const std::optional<std::int64_t>& us) {
  return us ? Json(static_cast<double>(*us) / 1'000) : Json();
}

std::string_view state_of(const NodeFacts& facts, WallTime now) {
  if (is_stale(facts, now)) return "stale";
  return facts.draining ? "draining" : "ok";
}

} // namespace

bool is_stale(const NodeFacts& node, WallTime now) noexcept {
  return !node.is_linked || now - node.last_seen > stale_after;
}

bool is_another(const NodeFacts& before, const NodeFacts& now) {
  const auto looks = [](const NodeFacts& facts) {
    return std::tie(
      facts.version,
      facts.draining,
      facts.config_version,
      facts.book_recovering,
      facts.shares,
      facts.is_linked);
  };
  return looks(before) != looks(now);
}

void append_node_json(std::string& out, const NodeLive& node, WallTime now) {
  const auto& facts = node.facts;
  const auto speed = node.first_token(now);
  Json json;
  json["id"] = facts.id;
  json["state"] = state_of(facts, now);
  json["version"] = facts.version;
  json["started"] = milliseconds_since_epoch(facts.started);
  json["last_seen"] = milliseconds_since_epoch(facts.last_seen);
  json["rps"] = node.requests_per_second(now);
  json["inflight"] = facts.in_flight;
  json["ttft_ms"] = {{"p50", in_ms(speed.quantile(500))}, {"p95", in_ms(speed.quantile(950))}};
  json["cpu"] = static_cast<double>(facts.cpu_thousandths) / 1'000;
  json["rss"] = facts.rss_bytes;
  json["shares"] = facts.shares;
  json["book"] = facts.book_recovering ? "recovering" : "ok";
  json["config_version"] = facts.config_version;
  json["clock_skew_ms"] = 0;
  json["draining"] = facts.draining;
  out += json.dump();
}

} // namespace gateway
