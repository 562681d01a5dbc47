#include "actors/what_if/simulation.hpp"

#include "actors/ledger/pricing.hpp"
#include "actors/quota/charge.hpp"
#include "actors/quota/pool_limits.hpp"
#include "actors/quota/provider_limits.hpp"
#include "actors/router/ranking.hpp"
#include "actors/router/walking.hpp"

#include <algorithm>
#include <limits>

namespace gateway {
namespace {

// Before anything is learned a kilobyte counts as so many tokens (actors/router/ranking.cpp); the
// tokens are known here, so the text is made as long as they are.
constexpr std::int64_t tokens_per_kilobyte = 250;
constexpr std::int64_t bytes_per_kilobyte = 1'000;
constexpr std::size_t memories_max = 10'000; // bare names are strangers' text
constexpr std::size_t running_max = 100'000; // calls at a time that count as load
constexpr std::string_view provider_prefix = "provider/";

std::vector<SimulatedLimit> simulated(std::vector<QuotaSpec> specs) {
  std::vector<SimulatedLimit> limits;
  for (auto& spec : specs) limits.emplace_back(std::move(spec));
  return limits;
}

std::vector<QuotaSpec> limits_of_stop(const Document& document, const std::string& stop) {
  if (!stop.starts_with(provider_prefix)) return limits_of(document, stop);
  return limits_of(document.providers.at(stop.substr(provider_prefix.size())));
}

// It failed there when the request came, so it would have failed there under any document.
bool had_failed(const RequestRecord& record, const std::string& provider) {
  const bool first = record.attempts > 1 && provider == record.first_provider;
  return first || (record.outcome == Outcome::failed && provider == record.provider);
}

} // namespace

Simulation::Simulation(std::shared_ptr<const Document> document)
    : plan_(make_plan(document, board_)) {
  for (const auto& stop : plan_->stops)
    of_stops_.push_back(simulated(limits_of_stop(*document, stop)));
  for (const auto& offer : plan_->offers) {
    of_offers_.push_back(simulated(limits_of(*offer.provider, *offer.model)));
    // What an answer is expected to have is what it had: the request's own bound says it.
    offer.gauges->output_tokens = std::numeric_limits<std::int64_t>::max();
    offer.gauges->input_tokens_per_kilobyte = tokens_per_kilobyte;
  }
}

Walk Simulation::begin(const RequestRecord& record, const Usage& usage) const {
  Walk walk;
  walk.plan = plan_;
  walk.asked_model = record.asked_model;
  const auto key = plan_->document->keys.find(record.key);
  if (key != plan_->document->keys.end()) walk.key = &key->second;
  walk.needs.embedding = record.endpoint.ends_with("/embeddings");
  walk.needs.vision = record.needs.vision;
  walk.needs.audio = record.needs.audio;
  walk.needs.files = record.needs.files;
  walk.needs.tools = record.needs.tools;
  walk.needs.json_schema = record.needs.json_schema;
  walk.needs.stream = record.stream;
  walk.needs.size.text_bytes = usage.input * bytes_per_kilobyte / tokens_per_kilobyte;
  walk.needs.size.max_tokens = usage.output;
  walk.cost = {usage.input, usage.output, 0};
  return walk;
}

SimulatedAnswer Simulation::answer(const RequestRecord& record, const Usage& usage) {
  const auto at = record.started;
  const auto until = at + Milliseconds{record.latency_us / 1'000};
  end_calls(at);
  auto walk = begin(record, usage);
  if (memories_.size() > memories_max) memories_.clear();
  rank(
    walk, [&](const std::string& route) -> PolicyMemory& { return memories_[route]; }, Instant{});
  std::int64_t attempts = 0;
  for (;;) {
    while (const auto stop = next_stop(walk)) {
      const auto* offer = walk.key_admitted ? &walk.offer() : nullptr;
      if (offer != nullptr)
        walk.cost.nano_dollars =
          cost_of(offer->model->price, offer->free, usage).cost.value_or(NanoDollars{}).count;
      const bool room = admits(*stop, walk, at);
      if (offer != nullptr) offer->gauges->has_quota_left = room;
      if (room)
        grant(walk, Permits{});
      else
        refuse(walk, Refusal{});
    }
    if (!walk.admitted) return {};
    take(walk, at, until);
    walk.held_key.clear(); // a key's permits are for all attempts
    const auto& offer = walk.offer();
    if (!had_failed(record, offer.provider->name)) {
      if (running_.size() < running_max) {
        offer.gauges->in_flight.fetch_add(1, std::memory_order_relaxed);
        running_.push({until, offer.gauges.get()});
      }
      return {&offer, cost_of(offer.model->price, offer.free, usage).cost};
    }
    if (++attempts >= plan_->document->settings.max_attempts) return {};
    walk.admitted = false;
    refuse(walk, Refusal{PassedOver::already_tried, "", 0, 0, {}, false});
  }
}

void Simulation::learn_speed(const RequestRecord& record) {
  constexpr std::int64_t weight = 16; // of what was known, against one more
  if (!record.first_token_us || record.outcome == Outcome::failed) return;
  const auto& providers = plan_->document->providers;
  const auto provider = providers.find(record.provider);
  if (provider == providers.end() || !provider->second.models.contains(record.model)) return;
  const auto gauges = board_.of(record.provider, record.model);
  const auto learn = [](std::atomic<std::int64_t>& known, std::int64_t value) {
    const auto before = known.load(std::memory_order_relaxed);
    known.store(
      before == 0 ? value : (before * (weight - 1) + value) / weight, std::memory_order_relaxed);
  };
  learn(gauges->first_token_us, *record.first_token_us);
  const auto streamed_us = record.latency_us - *record.first_token_us;
  if (record.stream && streamed_us > 0 && record.tokens_out > 0)
    learn(gauges->tokens_per_second, record.tokens_out * 1'000'000 / streamed_us);
}

std::vector<const SimulatedLimit*> Simulation::limits() const {
  std::vector<const SimulatedLimit*> all;
  for (const auto* lists : {&of_stops_, &of_offers_})
    for (const auto& list : *lists)
      for (const auto& limit : list) all.push_back(&limit);
  return all;
}

// A provider's stop asks for its model's limits as well.
std::vector<SimulatedLimit*> Simulation::limits_at(std::uint32_t stop, const Walk& walk) {
  std::vector<SimulatedLimit*> limits;
  for (auto& limit : of_stops_[stop]) limits.push_back(&limit);
  if (plan_->stops[stop].starts_with(provider_prefix))
    for (auto& limit : of_offers_[walk.candidates[walk.at].offer]) limits.push_back(&limit);
  return limits;
}

bool Simulation::admits(std::uint32_t stop, const Walk& walk, WallTime at) {
  return std::ranges::all_of(limits_at(stop, walk), [&](SimulatedLimit* limit) {
    return limit->has(reserve_of(limit->spec().unit, walk.cost), at);
  });
}

// Once all have granted: nothing is ever given back.
void Simulation::take(const Walk& walk, WallTime at, WallTime until) {
  for (const auto* list : {&walk.held_key, &walk.held})
    for (const auto& held : *list)
      for (auto* limit : limits_at(held.stop, walk))
        limit->take(reserve_of(limit->spec().unit, walk.cost), at, until);
}

void Simulation::end_calls(WallTime at) {
  while (!running_.empty() && running_.top().until <= at) {
    running_.top().gauges->in_flight.fetch_sub(1, std::memory_order_relaxed);
    running_.pop();
  }
}

} // namespace gateway
