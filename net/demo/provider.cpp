#include "net/demo/provider.hpp"

#include "net/demo/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gateway {
namespace {

constexpr std::size_t body_bytes_max = 64 * 1024 * 1024; // twice the largest any of the real take
constexpr std::size_t seen_bytes_max = 256 * 1024;

ErrorKind kind_of(int status) {
  switch (status) {
  case 401: return ErrorKind::invalid_api_key;
  case 403: return ErrorKind::not_allowed;
  case 404: return ErrorKind::model_not_found;
  case 429: return ErrorKind::rate_limit_exceeded;
  case 500: return ErrorKind::internal;
  default: return ErrorKind::overloaded;
  }
}

DemoRefusal refusal_of(int status, std::string message) {
  return {status, Error{kind_of(status), std::move(message)}, {}};
}

/// What the voices read wrong is a 400; the rest has a status of its own.
DemoRefusal refusal_of(Error error) {
  const int status = error.kind == ErrorKind::request_too_large ? 413 : 400;
  return {status, std::move(error), {}};
}

} // namespace

bool is_demo_embedding_model(const std::string& model) noexcept {
  return model.find("embed") != std::string::npos;
}

DemoProvider::DemoProvider(DemoSettings settings)
    : settings_(std::move(settings)), voice_(*find_demo_voice(settings_.dialect)),
      limiter_(settings_.rules, settings_.concurrency), plan_(settings_.manner.seed) {
  plan_.order(settings_.fault);
}

Co<void> DemoProvider::handle(Exchange& exchange) {
  if (exchange.head().path.starts_with("/control")) {
    co_await control(exchange);
    co_return;
  }
  ++counts_.requests;
  ++counts_.in_flight;
  const auto end = co_await serve(exchange);
  --counts_.in_flight;
  count(end);
}

void DemoProvider::count(End end) noexcept {
  switch (end) {
  case End::answered: ++counts_.answered; break;
  case End::refused: ++counts_.refused; break;
  case End::failed: ++counts_.failed; break;
  case End::cancelled: ++counts_.cancelled; break;
  }
}

Co<DemoProvider::End> DemoProvider::serve(Exchange& exchange) {
  const auto& head = exchange.head();
  const auto target = voice_.target(head.method, head.path, head.query);
  if (!target) {
    const auto url = fmt::format("Invalid URL ({} {})", head.method, head.path);
    DemoRefusal nowhere{404, Error{ErrorKind::not_found, url}, {}};
    co_return co_await refuse(exchange, std::move(nowhere));
  }
  const auto key = voice_.key(head.headers, head.query);
  if (!key || key->empty() || (!settings_.key.empty() && *key != settings_.key)) {
    auto locked = refusal_of(401, "Incorrect API key provided.");
    co_return co_await refuse(exchange, std::move(locked));
  }
  if (target->operation == DemoOperation::list_models) {
    const auto body = voice_.write_models(settings_.models);
    co_return co_await answer_whole(exchange, body, 0, DemoFault::none);
  }
  if (target->operation != DemoOperation::show_model)
    co_return co_await serve_call(exchange, *target);
  if (std::ranges::find(settings_.models, target->model) == settings_.models.end()) {
    auto unknown = refusal_of(404, "There is no such model.");
    co_return co_await refuse(exchange, std::move(unknown));
  }
  const auto body = voice_.write_model(target->model);
  co_return co_await answer_whole(exchange, body, 0, DemoFault::none);
}

Co<DemoProvider::End> DemoProvider::serve_call(Exchange& exchange, const DemoTarget& target) {
  auto received = co_await exchange.body(body_bytes_max);
  if (!received) {
    if (received.error().kind == ErrorKind::cancelled) co_return End::cancelled;
    auto unread = refusal_of(std::move(received.error()));
    co_return co_await refuse(exchange, std::move(unread));
  }
  remember(exchange.head(), *received);
  if (const auto good = voice_.check_signature(exchange.head(), *received, wall_now()); !good) {
    auto forged = refusal_of(403, good.error().message);
    co_return co_await refuse(exchange, std::move(forged));
  }
  auto request = voice_.read(target, exchange.head().headers, *received);
  if (request && target.operation == DemoOperation::count_tokens) {
    const auto body = voice_.write_token_count(request->input_tokens);
    co_return co_await answer_whole(exchange, body, 0, DemoFault::none);
  }
  if (request) co_return co_await judged(exchange, *request, target.operation);
  // One that can't be read counts as a request, as it does with the real ones.
  const auto verdict = limiter_.arrive(0, BootClock::now());
  if (verdict.allowed) limiter_.leave();
  auto unreadable = refusal_of(std::move(request.error()));
  co_return co_await refuse(exchange, std::move(unreadable));
}

Co<DemoProvider::End>
DemoProvider::judged(Exchange& exchange, const DemoRequest& request, DemoOperation operation) {
  auto answer =
    request.embeddings ? DemoAnswer{} : compose_answer(request, settings_.manner, next_id());
  answer.created = milliseconds_since_epoch(wall_now()) / 1000;
  const auto output =
    settings_.counts_reserved && request.max_tokens > 0 ? request.max_tokens : answer.output_tokens;
  const auto verdict = limiter_.arrive(request.input_tokens + output, BootClock::now());
  if (!verdict.allowed) {
    const auto wait = std::chrono::ceil<Milliseconds>(std::max<Nanoseconds>(verdict.wait, 1s));
    auto over = refusal_of(
      429,
      fmt::format(
        "Rate limit reached for {} on {}. Please try again in {}s.",
        request.model,
        verdict.broken ? name_of(*verdict.broken) : "concurrent requests",
        static_cast<double>(wait.count()) / 1000));
    over.error.retry_after = wait;
    over.broken = verdict.broken;
    co_return co_await refuse(exchange, std::move(over));
  }
  struct Leaving {
    DemoLimiter& limiter;
    ~Leaving() { limiter.leave(); }
  } leaving{limiter_};
  if (auto refusal = objection(request, operation))
    co_return co_await refuse(exchange, std::move(*refusal));
  counts_.input_tokens += request.input_tokens;
  counts_.output_tokens += answer.output_tokens;
  const auto fault = plan_.next();
  const bool with_usage = fault != DemoFault::no_usage;
  switch (fault) {
  case DemoFault::status_400:
  case DemoFault::status_401:
  case DemoFault::status_403:
  case DemoFault::status_404:
  case DemoFault::status_429:
  case DemoFault::status_500:
  case DemoFault::status_503:
  case DemoFault::status_529:
  case DemoFault::refuse:
  case DemoFault::reset:
  case DemoFault::hang:
  case DemoFault::garbage: co_return co_await fail(exchange, fault);
  default: break;
  }
  if (request.stream) {
    auto frames = voice_.write_stream(request, answer, with_usage);
    co_return co_await answer_stream(exchange, std::move(frames), fault);
  }
  auto body = request.embeddings ? voice_.write_embeddings(request, with_usage)
                                 : voice_.write(answer, with_usage);
  co_return co_await answer_whole(exchange, std::move(body), answer.output_tokens, fault);
}

std::optional<DemoRefusal>
DemoProvider::objection(const DemoRequest& request, DemoOperation operation) const {
  const bool offered = std::ranges::find(settings_.models, request.model) != settings_.models.end();
  const bool embeds = operation == DemoOperation::embeddings;
  if (!offered || embeds != is_demo_embedding_model(request.model))
    return refusal_of(
      404, fmt::format("The model `{}` does not exist or can't do this.", request.model));
  const auto longest = settings_.context_window;
  if (longest == 0 || request.input_tokens <= longest) return std::nullopt;
  Error error{
    ErrorKind::context_length_exceeded,
    fmt::format(
      "This model's maximum context length is {} tokens. However, your messages resulted in {} "
      "tokens. Please reduce the length of the messages.",
      longest,
      request.input_tokens),
    "messages"};
  return DemoRefusal{400, std::move(error), {}};
}

void DemoProvider::remember(const RequestHead& head, std::string_view body) {
  seen_ = {
    std::string{head.method},
    std::string{head.path},
    std::string{head.query},
    {},
    std::string{body.substr(0, seen_bytes_max)}};
  for (const auto& header : head.headers) seen_.headers.emplace_back(header.name, header.value);
}

std::string DemoProvider::next_id() {
  return fmt::format("{:016x}", demo_seed(settings_.name, settings_.manner.seed) + ++ids_);
}

Nanoseconds DemoProvider::time_of(std::int64_t tokens) const noexcept {
  if (settings_.tokens_per_second <= 0) return Nanoseconds{0};
  const std::chrono::duration<double> seconds{
    static_cast<double>(tokens) / settings_.tokens_per_second};
  return std::chrono::duration_cast<Nanoseconds>(seconds);
}

Instant DemoProvider::first_byte_due(DemoFault fault) const noexcept {
  const auto late = fault == DemoFault::slow ? plan_.order().wait : Milliseconds{0};
  return BootClock::now() + settings_.latency + late;
}

DemoHeaders DemoProvider::headers_for(std::string_view content_type) {
  const auto now = BootClock::now();
  DemoHeaders headers{{"content-type", std::string{content_type}}};
  const DemoStandings standings{
    limiter_.standing(DemoLimitUnit::requests, now), limiter_.standing(DemoLimitUnit::tokens, now)};
  voice_.add_headers(headers, "req_" + next_id(), standings, wall_now());
  return headers;
}

} // namespace gateway
