#include "actors/api/trace_json.hpp"

#include "actors/router/policy.hpp"
#include "actors/router/route_trace.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

/// From the stored trace to the one that people read: what follows from a candidate's rule is
/// worked out here, when somebody asks.
namespace gateway {
namespace {

using Json = nlohmann::ordered_json;

// Places in the stored arrays.
constexpr std::size_t candidate_fields = 9;
constexpr std::size_t attempt_fields = 6;

// The rules are numbered without a gap, and what is none of them has no text.
PassedOver rule_of(const std::string& text) {
  auto number = static_cast<std::uint8_t>(PassedOver::no);
  for (;;) {
    const auto rule = static_cast<PassedOver>(++number);
    if (rule_text(rule) == text) return rule;
    if (rule_text(rule).empty()) return PassedOver::no;
  }
}

struct Rule {
  PassedOver why = PassedOver::no;
  std::string quota;
  std::int64_t limit = 0;
  std::int64_t left = 0;
  std::int64_t wait_ms = 0;
  std::string detail;
};

Rule read_rule(const Json& stored) {
  Rule rule;
  if (stored.size() == candidate_fields) return rule;
  rule.why = rule_of(stored.at(9).get<std::string>());
  rule.quota = stored.at(10).get<std::string>();
  rule.limit = stored.at(11).get<std::int64_t>();
  rule.left = stored.at(12).get<std::int64_t>();
  rule.wait_ms = stored.at(13).get<std::int64_t>();
  rule.detail = stored.at(14).get<std::string>();
  return rule;
}

std::string reason_text(const Rule& rule) {
  const auto wait = std::to_string(rule.wait_ms) + " ms";
  switch (rule.why) {
  case PassedOver::no: return "";
  case PassedOver::disabled:
    return rule.detail.empty() ? "disabled in the configuration" : rule.detail;
  case PassedOver::drained: return "drained by " + rule.detail;
  case PassedOver::excluded: return "excluded by the request's provider preferences";
  case PassedOver::not_paid_for: return "the route takes free answers only";
  case PassedOver::unpriced: return "its price is unknown, so no budget pays for it";
  case PassedOver::too_dear: return "dearer than the request's max_price";
  case PassedOver::budget_spent:
  case PassedOver::paid_spent:
    return "budget of " + rule.quota + ": " + to_usd_text({rule.left}) + " of "
      + to_usd_text({rule.limit}) + " USD left, more in " + wait;
  case PassedOver::lacks_feature: return "can't do: " + rule.detail;
  case PassedOver::lacks_parameter: return "can't take: " + rule.detail;
  case PassedOver::context_too_small: return "the request is longer than its context";
  case PassedOver::cooling_down: return "cooling down for " + wait;
  case PassedOver::quota_spent:
    return rule.quota + ": " + std::to_string(rule.left) + " of " + std::to_string(rule.limit)
      + " left, more in " + wait;
  case PassedOver::too_large:
    return "the request alone is larger than " + rule.quota + " " + std::to_string(rule.limit);
  case PassedOver::probing: return "another request finds out whether it is back";
  case PassedOver::already_tried: return "tried before";
  }
  return "";
}

Json checks(const Rule& rule) {
  using enum PassedOver;
  const auto check = [&](std::initializer_list<PassedOver> failing) {
    return Json{{"ok", std::ranges::find(failing, rule.why) == failing.end()}};
  };
  auto quota = check({quota_spent, too_large});
  if (!quota["ok"].get<bool>())
    quota.update(
      {{"window", rule.quota}, {"left", rule.left}, {"limit", rule.limit}, {"scope", "node"}});
  Json all{
    {"health", check({cooling_down, disabled, drained, probing})},
    {"features", check({lacks_feature, lacks_parameter})},
    {"context", check({context_too_small})},
    {"price", check({not_paid_for, unpriced, too_dear})},
    {"quota", std::move(quota)}};
  if (auto budget = check({budget_spent, paid_spent}); !budget["ok"].get<bool>()) {
    budget.update(
      {{"window", rule.quota},
       {"left_n", std::to_string(rule.left)},
       {"limit_n", std::to_string(rule.limit)}});
    all["budget"] = std::move(budget);
  }
  return all;
}

double milliseconds(std::int64_t us) {
  return static_cast<double>(us) / 1'000.0;
}

Json candidate(const Json& stored) {
  const auto rank = stored.at(2).get<std::int64_t>();
  const bool free = stored.at(4).get<int>() == 1;
  const auto first_token_us = stored.at(7).get<std::int64_t>();
  const auto& cost = stored.at(8);
  const auto rule = read_rule(stored);
  Json estimates{
    {"tokens_in", stored.at(5)},
    {"tokens_out", stored.at(6)},
    {"ttft_ms", first_token_us > 0 ? Json(milliseconds(first_token_us)) : Json()},
    {"cost_n", cost.is_null() ? Json() : Json(free ? "0" : cost.dump())}};
  Json shown{
    {"rank", rank > 0 ? Json(rank) : Json()},
    {"provider", stored.at(0)},
    {"model", stored.at(1)},
    {"verdict", stored.at(3)},
    {"checks", checks(rule)},
    {"free", free},
    {"est", std::move(estimates)}};
  if (rule.why != PassedOver::no)
    shown["reason"] = {{"code", rule_text(rule.why)}, {"text", reason_text(rule)}};
  return shown;
}

// Behind the numbers stands why it failed, if it did.
bool has_failed(const Json& attempt) {
  return attempt.size() > attempt_fields && attempt.at(attempt_fields).is_string();
}

class Spans {
public:
  explicit Spans(bool streamed) : streamed_(streamed) {}

  void add(const Json& attempt, std::int64_t number) {
    const auto began = attempt.at(1).get<std::int64_t>();
    const auto sent = attempt.at(2).get<std::int64_t>();
    const auto first_byte = attempt.at(3).get<std::int64_t>();
    const auto ended = attempt.at(4).get<std::int64_t>();
    const bool ok = !has_failed(attempt);
    add("route", number, before_, began, true);
    before_ = ended;
    if (sent < 0) return add("connect", number, began, ended, ok);
    add("send", number, began, sent, true);
    const bool answered = first_byte >= 0;
    add("wait", number, sent, answered ? first_byte : ended, ok || answered);
    if (answered) add(streamed_ ? "stream" : "read", number, first_byte, ended, ok);
  }

  Json all() && { return std::move(spans_); }

private:
  void add(const char* name, std::int64_t attempt, std::int64_t from, std::int64_t to, bool ok) {
    spans_.push_back(
      {{"name", name},
       {"attempt", attempt},
       {"t_ms", milliseconds(from)},
       {"d_ms", milliseconds(std::max<std::int64_t>(0, to - from))},
       {"ok", ok}});
  }

  bool streamed_;
  std::int64_t before_ = 0;
  Json spans_ = Json::array();
};

Json attempt(const Json& stored, std::int64_t number, const Json& candidates) {
  const auto& tried = candidates.at(stored.at(0).get<std::size_t>());
  const auto& status = stored.at(5);
  Json error;
  if (has_failed(stored)) error = {{"code", stored.at(6)}, {"text", stored.at(7)}};
  const auto& last = stored.back();
  return {
    {"n", number},
    {"provider", tried.at(0)},
    {"model", tried.at(1)},
    {"status", status.get<int>() > 0 ? status : Json()},
    {"error", std::move(error)},
    {"share", last.is_object() ? last : Json::object()}};
}

Json shown(const Json& stored) {
  const auto* policy = find_policy(stored.at("p").get<std::string>());
  const auto& rows = stored.at("c");
  auto candidates = Json::array();
  for (const auto& row : rows) candidates.push_back(candidate(row));
  Spans spans{stored.at("s").get<int>() == 1};
  auto attempts = Json::array();
  for (const auto& row : stored.at("a")) {
    const auto number = static_cast<std::int64_t>(attempts.size()) + 1;
    spans.add(row, number);
    attempts.push_back(attempt(row, number, rows));
  }
  return {
    {"config_version", stored.at("v")},
    {"policy", policy != nullptr ? policy->summary() : ""},
    {"candidates", std::move(candidates)},
    {"candidates_cut", stored.at("cut")},
    {"spans", std::move(spans).all()},
    {"attempts", std::move(attempts)}};
}

} // namespace

Result<std::string> trace_json(std::string_view compact) {
  try {
    return shown(Json::parse(compact)).dump();
  } catch (const Json::exception& wrong) {
    return fail(ErrorKind::internal, std::string{"a stored trace can't be read: "} + wrong.what());
  }
}

} // namespace gateway
