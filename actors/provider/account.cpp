#include "actors/provider/account.hpp"

#include "actors/quota/calendar.hpp"
#include "actors/quota/provider_limits.hpp"

#include <algorithm>

namespace gateway {
namespace {

void append(std::vector<QuotaSpec>& specs, std::vector<QuotaSpec> more) {
  std::ranges::move(more, std::back_inserter(specs));
}

// So many answers after a start, routing sees each one's speed and cost at once.
constexpr std::int64_t samples_published_at_once = 16;

bool is_about_quota(std::optional<FailureKind> reason) noexcept {
  return reason == FailureKind::rate_limited || reason == FailureKind::quota_exhausted;
}

// `State`: of a provider or a model.
template <class State>
void tell_rest(State& state, const Health& health, Instant now) {
  const auto until = health.until();
  if (!until || *until <= now) return;
  state.cooling = std::chrono::ceil<Milliseconds>(*until - now);
  state.reason = health.reason();
}

} // namespace

Account::Account(std::shared_ptr<PermitMemory> memory, std::uint64_t seed)
    : memory_(std::move(memory)), seed_(seed), health_(seed) {}

bool Account::cools() const noexcept {
  return config_->cooldown && document_->settings.cooldown;
}

Result<void> Account::configure(
  std::shared_ptr<const Document> document,
  const ProviderConfig& config,
  std::vector<std::shared_ptr<ProviderGauges>> gauges,
  const ShareTable* shares,
  Moment now) {
  auto specs = limits_of(config);
  const auto shared = specs.size();
  std::vector<std::size_t> own; // how many each model has
  for (const auto& [name, model] : config.models) {
    auto its = limits_of(config, model);
    own.push_back(its.size());
    append(specs, std::move(its));
  }
  if (shares != nullptr) shares->enter(specs);
  std::vector<std::uint32_t> numbers;
  if (books_) {
    GATEWAY_TRY(numbers, books_->reconfigure(specs, now));
  } else {
    GATEWAY_TRY(auto made, PermitBooks::make(memory_, specs, now));
    books_.emplace(std::move(made));
    for (std::uint32_t i = 0; i < specs.size(); ++i) numbers.push_back(i);
  }
  document_ = std::move(document);
  config_ = &config;
  health_.configured(config.usable(), cools(), now.at);
  has_rest_news_ = true;

  std::vector<std::unique_ptr<Model>> models;
  auto first_own = shared;
  std::size_t number = 0;
  for (const auto& [name, model_config] : config.models) {
    const auto known = std::ranges::find_if(
      models_, [&](const auto& model) { return model && model->name == name; });
    auto model = known != models_.end()
      ? std::move(*known)
      : std::make_unique<Model>(
        Model{name, nullptr, {}, Health{seed_ + number}, {}, {}, nullptr, 0, 0});
    model->config = &model_config;
    const auto begin = numbers.begin();
    model->books.assign(begin, begin + static_cast<std::ptrdiff_t>(shared));
    const auto from = begin + static_cast<std::ptrdiff_t>(first_own);
    model->books.insert(model->books.end(), from, from + static_cast<std::ptrdiff_t>(own[number]));
    first_own += own[number];
    model->gauges = gauges[number++];
    model->health.configured(config.usable(), cools(), now.at);
    models.push_back(std::move(model));
  }
  models_ = std::move(models);
  for (auto& model : models_) {
    publish(*model, now.at);
    publish_learned(*model, now.at);
  }
  return {};
}

std::variant<Account::Admitted, Account::Declined>
Account::admit(std::uint32_t number, const RequestSize& size, Instant now, const Asker& asker) {
  if (number >= models_.size() || !config_->usable())
    return Declined{Declined::Why::disabled, "", 0, 0, {}, false, false};
  if (!drained_by_.empty())
    return Declined{Declined::Why::drained, "", 0, 0, {}, false, false, false, drained_by_};
  auto& model = *models_[number];
  bool probe = false;
  if (auto declined = unhealthy(model, probe, now)) return *std::move(declined);

  const auto estimate =
    model.estimator.estimate(size, config_->reserve_p99, model.config->max_output);
  const CallCost cost{estimate.input, model.config->embedding ? 0 : estimate.output_reserve, 0};
  auto taken = books_->admit(model.books, cost, now, asker);
  if (auto* refused = std::get_if<Refused>(&taken)) {
    model.health.not_started(probe, now);
    health_.not_started(probe, now);
    model.gauges->has_quota_left.store(refused->may_come, std::memory_order_relaxed);
    return Declined{
      refused->never ? Declined::Why::too_large : Declined::Why::quota_spent,
      std::string{refused->name},
      refused->limit,
      refused->left,
      refused->retry_after,
      false,
      refused->waiting_for_journal,
      refused->may_come};
  }
  ++model.in_flight;
  model.gauges->in_flight.store(model.in_flight, std::memory_order_relaxed);
  model.gauges->has_quota_left.store(true, std::memory_order_relaxed);
  return Admitted{std::get<Permits>(std::move(taken)), cost, probe, books_->uses(model.books)};
}

// Both the provider and its model must be well; a probe of either makes the call one.
std::optional<Account::Declined> Account::unhealthy(Model& model, bool& probe, Instant now) {
  const auto decline = [&](const Health& health, const HealthAnswer& answer) {
    const auto why = health.state(now) == HealthState::half_open ? Declined::Why::probing
                                                                 : Declined::Why::cooling_down;
    return Declined{why, "", 0, 0, answer.retry_after, is_about_quota(health.reason()), false};
  };
  const auto whole = health_.may_start(now);
  if (whole.kind == HealthAnswer::Kind::no) return decline(health_, whole);
  const auto own = model.health.may_start(now);
  if (own.kind == HealthAnswer::Kind::no) {
    health_.not_started(whole.kind == HealthAnswer::Kind::probe, now);
    return decline(model.health, own);
  }
  probe = whole.kind == HealthAnswer::Kind::probe || own.kind == HealthAnswer::Kind::probe;
  return std::nullopt;
}

void Account::give_back(
  Permits permits,
  const ProviderGauges* gauges,
  std::uint32_t model_number,
  bool probe,
  Instant now) {
  Settlement unsent;
  unsent.written = false;
  unsent.ended = now;
  books_->settle(std::move(permits), unsent, now);
  health_.not_started(probe, now);
  auto* const model = model_of(gauges, model_number);
  if (model == nullptr) return;
  model->health.not_started(probe, now);
  --model->in_flight;
  publish(*model, now);
}

void Account::counted(Permits& permits, Instant counted_at, Instant now) {
  books_->counted(permits, counted_at, now);
}

void Account::settle(CallSettled&& settled, Moment now) {
  auto* const found = model_of(settled.model, settled.model_number);
  if (found == nullptr) {
    // The model went with an earlier version; its permits come back all the same.
    books_->settle(std::move(settled.permits), settled.settlement, now.at);
    return;
  }
  auto& model = *found;
  const auto heard = settled.settlement.first_byte_at.value_or(settled.settlement.ended);
  for (const auto& report : settled.reports) books_->tighten(model.books, report, heard, now.at);
  if (settled.failure && settled.failure->kind == FailureKind::rate_limited)
    books_->refused_by_provider(model.books, now.at);
  learn(model, settled);
  judge(model, settled, now);
  books_->settle(std::move(settled.permits), settled.settlement, now.at);
  --model.in_flight;
  publish(model, now.at);
}

// By its gauges: they stay the same through all versions of the document, numbers do not.
Account::Model* Account::model_of(const ProviderGauges* gauges, std::uint32_t probably) noexcept {
  const auto is_it = [&](const auto& model) { return model->gauges.get() == gauges; };
  if (probably < models_.size() && is_it(models_[probably])) return models_[probably].get();
  const auto found = std::ranges::find_if(models_, is_it);
  return found == models_.end() ? nullptr : found->get();
}

void Account::learn(Model& model, const CallSettled& settled) {
  const auto& used = settled.settlement;
  if (!used.usage_known || settled.failure) return;
  ++model.published_samples;
  model.estimator.learn(settled.size, used.used_input, used.used_output);
  if (settled.first_token_us >= 0)
    model.speed.add(
      std::chrono::microseconds{settled.first_token_us},
      used.used_output,
      std::chrono::microseconds{settled.writing_us});
}

void Account::judge(Model& model, const CallSettled& settled, Moment now) {
  ++attempts_[std::string{
    settled.cancelled   ? std::string_view{"cancelled"}
      : settled.failure ? failure_text(settled.failure->kind)
                        : std::string_view{"ok"}}];
  has_rest_news_ = has_rest_news_ || settled.failure || settled.probe;
  if (settled.failure && !settled.cancelled) {
    switch (scope_of(*settled.failure)) {
    case FailureScope::provider:
      health_.failed(*settled.failure, settled.probe, now.at, until_day_ends(now));
      model.health.not_started(settled.probe, now.at);
      return;
    case FailureScope::model:
      model.health.failed(*settled.failure, settled.probe, now.at, until_day_ends(now));
      health_.not_started(settled.probe, now.at);
      return;
    case FailureScope::nobody: break;
    }
  } else if (!settled.cancelled) {
    health_.succeeded(settled.probe, now.at);
    model.health.succeeded(settled.probe, now.at);
    return;
  }
  health_.not_started(settled.probe, now.at);
  model.health.not_started(settled.probe, now.at);
}

// The provider's own midnight; where the document names none, UTC's.
Milliseconds Account::until_day_ends(Moment now) const {
  const auto& day = config_->day == "rolling" ? std::string{"utc"} : config_->day;
  const auto zone = Zone::find(day);
  const auto second = std::chrono::floor<std::chrono::seconds>(now.wall);
  if (!zone) return std::chrono::hours{1};
  return period_at(**zone, WindowKind::day, second).ends - now.wall;
}

void Account::carry_out(ProviderAct act, std::string by, Instant now) {
  has_rest_news_ = true;
  if (act == ProviderAct::probe || act == ProviderAct::clear_cooldown) overrule();
  const auto each = [&](auto&& change) {
    change(health_);
    for (auto& model : models_) change(model->health);
  };
  switch (act) {
  case ProviderAct::probe: each([&](Health& health) { health.probe_now(now); }); break;
  case ProviderAct::clear_cooldown: each([](Health& health) { health.clear_cooldown(); }); break;
  case ProviderAct::drain: drained_by_ = std::move(by); break;
  case ProviderAct::undrain: drained_by_.clear(); break;
  }
  for (auto& model : models_) {
    publish(*model, now);
    publish_learned(*model, now);
  }
}

void Account::tick(Moment now) {
  books_->tick(now);
  for (auto& model : models_) {
    publish(*model, now.at);
    publish_learned(*model, now.at);
  }
}

// What routing looks at for every request, after each call.
void Account::publish(Model& model, Instant now) {
  auto& gauges = *model.gauges;
  constexpr auto relaxed = std::memory_order_relaxed;
  gauges.in_flight.store(model.in_flight, relaxed);
  const auto& worse = health_.until() && *health_.until() > now ? health_ : model.health;
  const auto until = worse.until();
  const bool cooling = until && *until > now;
  gauges.cooling_by_limit.store(cooling && is_about_quota(worse.reason()), relaxed);
  gauges.cooling_until_ns.store(cooling ? until->time_since_epoch().count() : 0, relaxed);
  // The first samples count at once; later ones move the medians little in a second.
  if (model.published_samples < samples_published_at_once) publish_learned(model, now);
}

// What is costly to work out and changes slowly: once a second.
void Account::publish_learned(Model& model, Instant now) {
  auto& gauges = *model.gauges;
  constexpr auto relaxed = std::memory_order_relaxed;
  gauges.first_token_us.store(model.speed.first_token_us().value_or(0), relaxed);
  gauges.tokens_per_second.store(model.speed.tokens_per_second().value_or(0), relaxed);
  RequestSize kilobyte;
  kilobyte.text_bytes = 1'000;
  const auto learned = model.estimator.estimate(kilobyte, false, 0);
  gauges.input_tokens_per_kilobyte.store(learned.input_expected, relaxed);
  gauges.output_tokens.store(learned.output_expected, relaxed);
  const auto whole = health_.state(now);
  gauges.health.store(whole == HealthState::ok ? model.health.state(now) : whole, relaxed);
  std::int64_t left = 0;
  bool any = false;
  bool is_there = true;
  for (const auto book : model.books) {
    const auto its = books_->left(book, now);
    left = any ? std::min(left, its) : its;
    any = true;
    is_there = is_there && (its > 0 || books_->may_come(book));
  }
  gauges.requests_left.store(left, relaxed);
  gauges.has_quota_left.store(is_there, relaxed);
}

ProviderState Account::state(Instant now) {
  ProviderState state;
  state.name = config_->name;
  state.is_provider = true;
  state.dialect = config_->dialect;
  state.enabled = config_->enabled;
  state.disabled_reason = config_->disabled_reason;
  state.health = config_->usable() ? health_.state(now) : HealthState::disabled;
  if (config_->usable() && !drained_by_.empty()) {
    state.health = HealthState::drained;
    state.drained_by = drained_by_;
  }
  tell_rest(state, health_, now);
  for (const auto& model : models_) {
    ModelState its;
    its.name = model->name;
    its.health = model->health.state(now);
    tell_rest(its, model->health, now);
    its.in_flight = model->in_flight;
    its.first_token_us = model->speed.first_token_us();
    its.first_token_us_p95 = model->speed.first_token_us_p95();
    its.tokens_per_second = model->speed.tokens_per_second();
    state.models.push_back(std::move(its));
  }
  join_models(state);
  state.attempts = attempts_;
  state.quotas = books_->states(now);
  return state;
}

std::int64_t Account::in_flight() const noexcept {
  std::int64_t sum = 0;
  for (const auto& model : models_) sum += model->in_flight;
  return sum;
}

} // namespace gateway
