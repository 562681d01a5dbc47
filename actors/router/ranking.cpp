#include "actors/router/ranking.hpp"

#include "actors/ledger/pricing.hpp"
#include "actors/router/refusal.hpp"

#include <algorithm>
#include <span>

namespace gateway {
namespace {

constexpr std::int64_t nano_per_dollar = 1'000'000'000;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Two offers never differ in name, so the first rule that holds is the one people read.
class Sieve {
public:
  Sieve(const Walk& walk, const Meaning& meaning, Instant now)
      : walk_(walk), meaning_(meaning), now_(now) {}

  void apply(Candidate& candidate) const {
    const auto& offer = walk_.plan->offers[candidate.offer];
    const auto why = reason(candidate, offer);
    candidate.passed_over = why;
    if (why != PassedOver::no) candidate.verdict = Verdict::filtered;
  }

private:
  PassedOver reason(Candidate& candidate, const Offer& offer) const {
    if (!offer.provider->usable()) {
      candidate.detail = offer.provider->disabled_reason;
      return PassedOver::disabled;
    }
    if (tried(candidate.offer)) return PassedOver::already_tried;
    if (const auto* unfit = problem_of(candidate.offer); unfit != nullptr) {
      candidate.detail = unfit->param;
      return PassedOver::lacks_parameter;
    }
    if (excluded(*offer.provider)) return PassedOver::excluded;
    if (const auto* lacking = lacks(*offer.model); lacking != nullptr) {
      candidate.detail = lacking;
      return PassedOver::lacks_feature;
    }
    const auto window = offer.model->context_window;
    if (window > 0 && candidate.input_estimate > window) return PassedOver::context_too_small;
    if (!paid_for(candidate)) return PassedOver::not_paid_for;
    if (unpriced(candidate, *offer.model)) return PassedOver::unpriced;
    if (too_dear(*offer.model)) return PassedOver::too_dear;
    return cooling(candidate, *offer.gauges);
  }

  bool tried(std::uint32_t offer) const {
    return std::ranges::any_of(walk_.attempts, [&](const Attempt& attempt) {
      return !attempt.lost_connection && walk_.candidates[attempt.candidate].offer == offer;
    });
  }

  const Error* problem_of(std::uint32_t offer) const {
    const auto found = std::ranges::find(walk_.unfit, offer, &Unfit::offer);
    return found == walk_.unfit.end() ? nullptr : &found->problem;
  }

  bool excluded(const ProviderConfig& provider) const {
    const auto& wishes = walk_.preferences;
    if (!wishes.only.empty() && !contains(wishes.only, provider.name)) return true;
    if (contains(wishes.ignore, provider.name)) return true;
    return !wishes.allow_fallbacks && !wishes.order.empty()
      && !contains(wishes.order, provider.name);
  }

  const char* lacks(const ModelConfig& model) const {
    const auto& needs = walk_.needs;
    if (needs.embedding != model.embedding) return needs.embedding ? "embeddings" : "chat";
    if (needs.vision && !model.vision) return "vision";
    if (needs.audio && !model.audio) return "audio";
    if (needs.files && !model.files) return "files";
    if (needs.tools && !model.tools) return "tools";
    if (needs.json_schema && !model.json_schema) return "json_schema";
    return nullptr;
  }

  bool paid_for(const Candidate& candidate) const {
    if (candidate.free) return true;
    return meaning_.route == nullptr || meaning_.route->paid != PaidRule::never;
  }

  /// A budget has to know what it pays.
  bool unpriced(const Candidate& candidate, const ModelConfig& model) const {
    if (candidate.free || model.price) return false;
    return meaning_.budget || (walk_.key_stops != nullptr && !walk_.key_stops->budgets.empty());
  }

  bool too_dear(const ModelConfig& model) const {
    const auto above = [&](const std::optional<double>& max, std::optional<std::int64_t> rate) {
      return max && (!rate || static_cast<double>(*rate) > *max * nano_per_dollar);
    };
    const auto& wishes = walk_.preferences;
    const PriceRates unknown;
    const auto& rates = model.price ? model.price->rates : unknown;
    return above(wishes.max_price_input, rates.input)
      || above(wishes.max_price_output, rates.output);
  }

  PassedOver cooling(Candidate& candidate, const ProviderGauges& gauges) const {
    const Instant until{Nanoseconds{gauges.cooling_until_ns.load(std::memory_order_relaxed)}};
    if (until <= now_) return PassedOver::no;
    candidate.retry_after = std::chrono::ceil<Milliseconds>(until - now_);
    candidate.by_rate_limit = gauges.cooling_by_limit.load(std::memory_order_relaxed);
    return PassedOver::cooling_down;
  }

  const Walk& walk_;
  const Meaning& meaning_;
  Instant now_;
};

// Before anything is learned: four bytes a token, a mid-sized image, a paragraph of answer.
constexpr std::int64_t tokens_per_kilobyte_unlearned = 250;
constexpr std::int64_t tokens_per_image = 800;
constexpr std::int64_t output_unlearned = 256;

std::int64_t expected_input(const RequestSize& size, const ProviderGauges& gauges) {
  const auto learned = gauges.input_tokens_per_kilobyte.load(std::memory_order_relaxed);
  const auto rate = learned > 0 ? learned : tokens_per_kilobyte_unlearned;
  return size.text_bytes * rate / 1'000 + size.images * tokens_per_image;
}

std::int64_t expected_output(const RequestSize& size, const ProviderGauges& gauges) {
  const auto learned = gauges.output_tokens.load(std::memory_order_relaxed);
  const auto usual = learned > 0 ? learned : output_unlearned;
  return std::min(usual, size.max_tokens.value_or(usual)) * std::max<std::int64_t>(1, size.choices);
}

Candidate measure(const Walk& walk, const OfferChoice& choice) {
  const auto& offer = walk.plan->offers[choice.offer];
  const auto& gauges = *offer.gauges;
  Candidate candidate;
  candidate.offer = choice.offer;
  candidate.weight = choice.weight;
  candidate.input_estimate = expected_input(walk.needs.size, gauges);
  candidate.output_estimate = walk.needs.embedding ? 0 : expected_output(walk.needs.size, gauges);
  candidate.first_token_us = gauges.first_token_us.load(std::memory_order_relaxed);
  candidate.tokens_per_second = gauges.tokens_per_second.load(std::memory_order_relaxed);
  candidate.in_flight = gauges.in_flight.load(std::memory_order_relaxed);
  candidate.quota_left = gauges.has_quota_left.load(std::memory_order_relaxed);
  if (offer.model->price)
    candidate.expected_cost =
      expected_cost(*offer.model->price, candidate.input_estimate, candidate.output_estimate);
  candidate.free = offer.free;
  return candidate;
}

/// A literal or the document's.
std::string_view policy_name(const Walk& walk, const Meaning& meaning) {
  const auto& sort = walk.preferences.sort;
  if (sort == "price") return "cheapest";
  if (!sort.empty()) return "fastest";
  if (meaning.route != nullptr && !meaning.route->policy.empty()) return meaning.route->policy;
  return walk.plan->document->settings.default_policy;
}

const Policy& policy_named(std::string_view name) {
  const auto* policy = find_policy(name);
  if (policy == nullptr) broken_promise("a document in force names a policy that does not exist");
  return *policy;
}

/// The candidates in the policy's order.
std::vector<Candidate>
ordered(std::vector<Candidate> candidates, const Policy& policy, PolicyMemory& memory) {
  const auto order = policy.order(candidates, memory);
  std::vector<Candidate> ranked;
  ranked.reserve(order.size());
  for (const auto i : order) ranked.push_back(std::move(candidates[i]));
  return ranked;
}

// The providers a request wishes first, in its order, then the others as they were.
void wished_first(const Walk& walk, std::span<Candidate> ranked) {
  const auto& order = walk.preferences.order;
  if (order.empty()) return;
  std::ranges::stable_sort(ranked, {}, [&](const Candidate& candidate) {
    const auto& name = walk.plan->offers[candidate.offer].provider->name;
    return std::ranges::find(order, name) - order.begin();
  });
}

// What is ranked follows the `kept` rows that stand in `rows` already.
struct Lists {
  std::vector<Candidate> rows;
  std::size_t kept = 0;
  std::vector<Candidate> passed_over;

  bool has(std::uint32_t offer) const {
    const auto same = [&](const Candidate& known) { return known.offer == offer; };
    return std::any_of(rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(), same)
      || std::ranges::any_of(passed_over, same);
  }
};

void add_meaning(
  Walk& walk, const Meaning& meaning, const PolicyMemories& memories, Instant now, Lists& lists) {
  std::vector<Candidate> eligible;
  eligible.reserve(meaning.offers.size());
  const Sieve sieve{walk, meaning, now};
  for (const auto& choice : meaning.offers) {
    if (lists.has(choice.offer)) continue;
    auto& candidate = eligible.emplace_back(measure(walk, choice));
    candidate.route_budget = meaning.budget;
    sieve.apply(candidate);
    if (candidate.passed_over == PassedOver::no) continue;
    lists.passed_over.push_back(std::move(candidate));
    eligible.pop_back();
  }
  const auto name = policy_name(walk, meaning);
  if (eligible.size() > 1) { // one alone has every turn
    const auto& memory_of = meaning.route != nullptr ? meaning.route->name : walk.asked_model;
    PolicyMemory none;
    auto& memory = memories ? memories(memory_of) : none;
    eligible = ordered(std::move(eligible), policy_named(name), memory);
  }
  if (walk.policy.empty()) {
    walk.policy = name;
    if (meaning.route != nullptr) walk.route = meaning.route->name;
  }
  const auto first = lists.rows.size();
  if (first == 0)
    lists.rows = std::move(eligible);
  else
    std::ranges::move(eligible, std::back_inserter(lists.rows));
  const auto added = std::span{lists.rows}.subspan(first);
  wished_first(walk, added);
  if (!walk.preferences.allow_fallbacks && walk.preferences.order.empty() && added.size() > 1)
    lists.rows.resize(first + 1);
}

} // namespace

bool takes_turns(const Walk& walk) {
  const auto does = [&](const std::string& name) {
    const auto* meaning = walk.plan->find(name);
    return meaning != nullptr && policy_named(policy_name(walk, *meaning)).takes_turns();
  };
  return does(walk.asked_model) || std::ranges::any_of(walk.preferences.models, does);
}

void rank(Walk& walk, const PolicyMemories& memories, Instant now) {
  walk.refusal.reset();
  walk.ranked_at = now;
  walk.key_stops = walk.plan->stops_of(walk.key);
  Lists lists;
  // Rows of attempts stay where they are: attempts and the trace name them by number.
  for (const auto& attempt : walk.attempts)
    lists.rows.push_back(walk.candidates[attempt.candidate]);
  lists.kept = lists.rows.size();
  bool known = false;
  bool allowed = false;
  const auto add = [&](const std::string& name) {
    const auto* meaning = walk.plan->find(name);
    if (meaning == nullptr) return;
    known = true;
    if (!may_use(walk.key, *meaning)) return;
    allowed = true;
    add_meaning(walk, *meaning, memories, now, lists);
  };
  add(walk.asked_model);
  for (const auto& name : walk.preferences.models) add(name); // one that was there adds nothing
  if (!known) {
    walk.refusal = unknown_model_error(*walk.plan, walk.asked_model, walk.key);
    return;
  }
  if (!allowed) {
    walk.refusal = Error{
      ErrorKind::not_allowed,
      "This key may not use the model '" + walk.asked_model + "'.",
      "model",
      {}};
    return;
  }
  std::erase_if(lists.passed_over, [](const Candidate& candidate) {
    return candidate.passed_over == PassedOver::already_tried;
  });
  for (std::size_t i = 0; i < walk.attempts.size(); ++i)
    walk.attempts[i].candidate = static_cast<std::uint32_t>(i);
  walk.at = lists.kept;
  walk.stop = 0;
  walk.admitted = false;
  walk.candidates = std::move(lists.rows);
  walk.ranked = walk.candidates.size();
  for (std::size_t i = 0; i < walk.ranked; ++i)
    walk.candidates[i].rank = static_cast<std::uint32_t>(i + 1);
  std::ranges::move(lists.passed_over, std::back_inserter(walk.candidates));
}

} // namespace gateway
