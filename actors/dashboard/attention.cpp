#include "actors/dashboard/attention.hpp"

#include "net/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace gateway {
namespace {

using Severity = Matter::Severity;

// Shorter windows fill and empty in the course of things.
constexpr std::chrono::hours window_worth_it{1};
// Ends are worked out anew at each look: less than this is the same end.
constexpr Milliseconds same_until{1'000};

/// What many have in common, behind "4 providers ".
struct Alike {
  std::string_view kind;
  std::string_view of_many;
  std::string_view href;
};
constexpr std::array alike{
  Alike{"down", "providers are down", "/providers"},
  Alike{"cooldown", "providers are cooling down", "/providers"},
  Alike{"degraded", "providers fail some requests", "/providers"},
  Alike{"drained", "providers are drained", "/providers"},
  Alike{"window", "limits are nearly used up", "/providers"},
  Alike{"budget", "budgets are nearly spent or spent", "/keys"}};

const Alike& alike_of(std::string_view kind) {
  return *std::ranges::find(alike, kind, &Alike::kind);
}

std::string_view sentence_of(FailureKind kind) noexcept {
  switch (kind) {
  case FailureKind::rate_limited: return "it answered 429";
  case FailureKind::quota_exhausted: return "its quota is spent";
  case FailureKind::overloaded: return "it is overloaded";
  case FailureKind::timed_out: return "it did not answer in time";
  case FailureKind::network: return "it could not be reached";
  case FailureKind::server_error: return "it answered with errors";
  case FailureKind::credentials: return "it refused the API key";
  case FailureKind::model_not_found: return "it does not know the model";
  case FailureKind::invalid_answer: return "its answers were not understood";
  default: return "it failed";
  }
}

std::string how_degraded(const ProviderState& state) {
  const auto resting = std::ranges::count_if(state.models, rests, &ModelState::health);
  if (resting == 0) return " fails some requests";
  return fmt::format(" lacks {} of {} models", resting, state.models.size());
}

// Divided first: the largest limits times a hundred are more than 64 bits hold.
std::int64_t percent_of(std::int64_t used, std::int64_t limit) noexcept {
  if (limit <= 0) return 0;
  return static_cast<std::int64_t>(
    static_cast<double>(used) / static_cast<double>(limit) * 100 + 1e-9);
}

std::string_view word_of(Severity severity) noexcept {
  switch (severity) {
  case Severity::err: return "err";
  case Severity::warn: return "warn";
  case Severity::info: return "info";
  }
  return "info";
}

bool is_same(const Matter& one, const Matter& other) {
  const bool same_end = one.until && other.until
    ? std::chrono::abs(*one.until - *other.until) < same_until
    : one.until.has_value() == other.until.has_value();
  return same_end && one.id == other.id && one.severity == other.severity && one.text == other.text;
}

} // namespace

void MatterFinder::add(Matter matter, std::string_view kind, std::string name) {
  found_.push_back({std::move(matter), kind, std::move(name)});
}

void MatterFinder::look_at(const ProviderLive& provider) {
  const auto& state = provider.state();
  const auto& health = provider.health();
  const auto href = "/providers/" + state.name;
  const auto why = state.reason ? fmt::format(": {}", sentence_of(*state.reason)) : "";
  const auto tell = [&](std::string_view kind, Severity severity, std::string text) {
    Matter matter{
      fmt::format("{}:{}", kind, state.name),
      severity,
      std::move(text),
      href,
      health.since,
      health.until};
    add(std::move(matter), kind, state.name);
  };
  switch (state.health) {
  case HealthState::down: tell("down", Severity::err, state.name + " is down" + why); break;
  case HealthState::cooldown:
    tell("cooldown", Severity::warn, state.name + " is cooling down" + why);
    break;
  case HealthState::degraded:
    tell("degraded", Severity::warn, state.name + how_degraded(state) + why);
    break;
  case HealthState::drained:
    tell("drained", Severity::info, state.name + " is " + health.reason);
    break;
  // One without its key is as somebody left it: the list of providers says so.
  case HealthState::disabled:
  case HealthState::ok:
  case HealthState::half_open: break;
  }
  look_at_windows(state, href);
}

void MatterFinder::look_at_pool(const ProviderState& pool) {
  look_at_windows(pool, "/providers");
}

void MatterFinder::look_at_windows(const ProviderState& owner, const std::string& href) {
  for (const auto& quota : owner.quotas) {
    if (quota.spec.window < window_worth_it) continue;
    const auto percent = percent_of(quota.in_flight + quota.cooling, quota.limit);
    if (percent < nearly_used) continue;
    const auto whose = quota_owner_of(quota.spec.owner);
    const auto name =
      whose.model.empty() ? whose.name : fmt::format("{} {}", whose.name, whose.model);
    Matter matter;
    matter.id = fmt::format("window:{}:{}", quota.spec.owner, quota.spec.name);
    matter.severity = Severity::warn;
    matter.href = href;
    if (percent < 100) {
      matter.text = fmt::format("{} has used {} % of its {}", name, percent, quota.spec.name);
    } else {
      matter.text = fmt::format("{} has used up its {}", name, quota.spec.name);
      if (quota.earliest_maturity) matter.until = now_ + *quota.earliest_maturity;
    }
    add(std::move(matter), "window", name);
  }
}

void MatterFinder::look_at_budget(const ProviderState& budget) {
  for (const auto& quota : budget.quotas) {
    const auto percent = percent_of(quota.in_flight + quota.cooling, quota.limit);
    if (percent < nearly_used) continue;
    const auto spender = budget.name.substr(budget.name.find('/') + 1); // "key/web"
    auto name = spender;
    std::ranges::replace(name, '/', ' ');
    Matter matter;
    matter.id = "budget:" + spender;
    matter.href = spender.starts_with("route/") ? "/config" : "/keys";
    if (percent < 100) {
      matter.severity = Severity::warn;
      matter.text = fmt::format("{} % of the budget of {} are spent", percent, name);
    } else {
      matter.severity = Severity::err;
      matter.text = fmt::format("The budget of {} is spent", name);
      if (quota.earliest_maturity) matter.until = now_ + *quota.earliest_maturity;
    }
    add(std::move(matter), "budget", name);
  }
}

void MatterFinder::look_at(const NodeFacts& node) {
  const auto tell = [&](std::string_view kind, Severity severity, std::string text) {
    add({fmt::format("{}:{}", kind, node.id), severity, std::move(text), "/cluster", {}, {}});
  };
  if (is_stale(node, now_)) {
    tell("unreachable", Severity::err, node.id + " is out of reach");
    return;
  }
  if (!node.storage_ok)
    tell("storage", Severity::err, node.id + " can't write its records, and answers no requests");
  if (node.book_recovering)
    tell("book", Severity::info, node.id + " waits for what a lost permit book may have used");
  if (node.draining) tell("draining", Severity::info, node.id + " is being stopped");
}

std::vector<Matter> MatterFinder::found() const {
  std::map<std::string_view, std::vector<const Found*>> kinds;
  for (const auto& one : found_) kinds[one.kind].push_back(&one);
  std::vector<Matter> matters;
  for (const auto& [kind, some] : kinds) {
    const bool are_one = !kind.empty() && some.size() > alike_max;
    if (!are_one) {
      for (const auto* one : some) matters.push_back(one->matter);
      continue;
    }
    Matter together{
      std::string{kind}, Severity::info, "", std::string{alike_of(kind).href}, {}, {}};
    together.text = fmt::format("{} {}: ", some.size(), alike_of(kind).of_many);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto& matter = some[i]->matter;
      together.severity = std::min(together.severity, matter.severity);
      if (matter.since)
        together.since = together.since ? std::min(*together.since, *matter.since) : matter.since;
      if (i < alike_max) together.text += (i > 0 ? ", " : "") + some[i]->name;
    }
    if (some.size() > alike_max)
      together.text += fmt::format(" and {} more", some.size() - alike_max);
    matters.push_back(std::move(together));
  }
  return matters;
}

bool AttentionList::update(std::vector<Matter> found, WallTime now) {
  for (auto& matter : found) {
    if (matter.since) continue;
    const auto known = std::ranges::find(shown_, matter.id, &Matter::id);
    matter.since = known != shown_.end() ? known->since : now;
  }
  std::ranges::sort(found, {}, [](const Matter& matter) {
    return std::tie(matter.severity, matter.since, matter.id);
  });
  const bool changed = !std::ranges::equal(found, shown_, is_same);
  if (changed) shown_ = std::move(found);
  return changed;
}

void AttentionList::append_json(std::string& out) const {
  out += '[';
  for (const auto& matter : shown_) {
    if (out.back() != '[') out += ',';
    out += R"({"id":)";
    append_json_string(out, matter.id);
    out += R"(,"severity":)";
    append_json_string(out, word_of(matter.severity));
    out += R"(,"text":)";
    append_json_string(out, matter.text);
    out += R"(,"href":)";
    append_json_string(out, matter.href);
    out += R"(,"since":)";
    append_number(out, milliseconds_since_epoch(matter.since.value_or(WallTime{})));
    out += R"(,"until":)";
    append_time_or_null(out, matter.until);
    out += '}';
  }
  out += ']';
}

} // namespace gateway
