#include "actors/api/what_if.hpp"

#include "actors/api/audit.hpp"
#include "actors/api/config_edits.hpp"
#include "actors/api/config_json.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/runtime/ask.hpp"
#include "net/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

namespace gateway {
namespace {

struct Range {
  std::string_view name;
  Milliseconds length;
};
constexpr std::array ranges{
  Range{"10m", std::chrono::minutes{10}},
  Range{"1h", std::chrono::hours{1}},
  Range{"24h", std::chrono::hours{24}},
  Range{"7d", std::chrono::hours{24 * 7}}};

std::string_view text_of(ReplayState state) {
  switch (state) {
  case ReplayState::running: return "running";
  case ReplayState::done: return "done";
  case ReplayState::failed: return "failed";
  }
  return "failed";
}

void append_money(std::string& out, std::string_view name, std::int64_t amount) {
  out += fmt::format(R"(,"{}":"{}")", name, amount);
}

void append_report(std::string& out, const ReplayReport& report) {
  const auto& totals = report.totals;
  out += fmt::format(
    R"("id":"{}","state":"{}","last":"{}","from":{},"to":{},"progress":{:.4f})",
    report.id,
    text_of(report.state),
    report.range,
    milliseconds_since_epoch(report.from),
    milliseconds_since_epoch(report.to),
    report.progress);
  out += fmt::format(
    R"(,"requests":{},"moved":{},"refused":{{"before":{},"after":{}}},"providers":[)",
    totals.requests,
    totals.moved,
    totals.refused_before,
    totals.refused_after);
  for (const auto& [name, shift] : totals.providers) {
    if (out.back() != '[') out += ',';
    out += R"({"provider":)";
    append_json_string(out, name);
    out += fmt::format(
      R"(,"requests_before":{},"requests_after":{})", shift.requests_before, shift.requests_after);
    append_money(out, "cost_before_n", shift.cost_before_n);
    append_money(out, "cost_after_n", shift.cost_after_n);
    out += '}';
  }
  out += ']';
  append_money(out, "cost_before_n", totals.cost_before_n);
  append_money(out, "cost_after_n", totals.cost_after_n);
  out += R"(,"notes":[)";
  for (const auto& note : report.notes) {
    if (out.back() != '[') out += ',';
    append_json_string(out, note);
  }
  out += ']';
  if (report.problem.empty()) return;
  out += R"(,"problem":)";
  append_json_string(out, report.problem);
}

Co<void>
answer_report(Context& context, Exchange& exchange, int status, const ReplayReport& report) {
  std::string body = "{";
  append_scope(body, context.node);
  body += ',';
  append_report(body, report);
  body += '}';
  co_await answer_json(exchange, status, std::nullopt, std::move(body));
}

Co<Result<void>>
tell_of_replay(Context& context, const Exchange& exchange, const Caller& caller, std::string text) {
  EventRecord record;
  record.kind = EventKind::replay;
  record.text = std::move(text);
  return tell(context, exchange, caller, std::move(record));
}

Co<void> begin(Context& context, Exchange& exchange, const Caller& caller) {
  auto order = co_await read_trial(exchange, caller);
  if (!order) co_return;
  const auto* last = order->body.find("last");
  const auto range = last == nullptr || !last->is_string()
    ? ranges.end()
    : std::ranges::find(ranges, std::string_view{last->text}, &Range::name);
  if (range == ranges.end()) {
    Error error{ErrorKind::invalid_value, "\"last\" is 10m, 1h, 24h or 7d.", "last", {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  auto tried = co_await try_edit(context, exchange, *order);
  if (!tried) co_return;
  if (!tried->after) co_return co_await answer_refused(exchange, *tried);
  auto text =
    fmt::format("replays the last {} with an edit of version {}", range->name, order->base);
  if (auto told = co_await tell_of_replay(context, exchange, caller, std::move(text)); !told)
    co_return co_await answer_problem(exchange, std::move(told.error()));
  ReplayRequest question;
  question.before = tried->before;
  question.after = tried->after;
  question.last = range->length;
  question.range = range->name;
  auto asked = ask<ReplayAnswer>(context.unit, context.what_if, std::move(question));
  const auto begun = co_await asked;
  if (!begun) co_return co_await answer_problem(exchange, begun.error());
  if (!begun->report) {
    Error error{
      ErrorKind::overloaded, "So many replays run already; wait for one or cancel it.", "", {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  if (begun->report->state == ReplayState::failed) {
    Error error{ErrorKind::storage_unavailable, begun->report->problem, "", {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  co_await answer_report(context, exchange, 202, *begun->report);
}

template <class Question>
Co<std::optional<ReplayReport>> report_for(Context& context, Exchange& exchange) {
  Error error{ErrorKind::not_found, "There is no replay of that id.", "", {}};
  if (const auto id = read_version(path_parameter(exchange))) {
    Question question{*id};
    auto asked = ask<ReplayAnswer>(context.unit, context.what_if, std::move(question));
    auto found = co_await asked;
    if (found && found->report) co_return *std::move(found->report);
    if (!found) error = std::move(found.error());
  }
  co_await answer_problem(exchange, std::move(error));
  co_return std::nullopt;
}

Co<void> look(Context& context, Exchange& exchange) {
  const auto report = co_await report_for<ReplayLookRequest>(context, exchange);
  if (report) co_await answer_report(context, exchange, 200, *report);
}

Co<void> cancel(Context& context, Exchange& exchange, const Caller& caller) {
  const auto report = co_await report_for<ReplayCancelRequest>(context, exchange);
  if (!report) co_return;
  auto text = fmt::format("ended the replay of the last {}", report->range);
  if (auto told = co_await tell_of_replay(context, exchange, caller, std::move(text)); !told)
    co_return co_await answer_problem(exchange, std::move(told.error()));
  const std::string none;
  [[maybe_unused]] const auto sent = co_await exchange.respond(204, {}, none);
}

} // namespace

void append_dry_run_replay_json(std::string& out, const ReplayReport* report) {
  if (report == nullptr) {
    out += R"(,"impact":[],"replay":null)";
    return;
  }
  out += R"(,"impact":[)";
  for (const auto& impact : report->impact) {
    if (out.back() != '[') out += ',';
    out += impact.warns ? R"({"severity":"warn","text":)" : R"({"severity":"info","text":)";
    append_json_string(out, impact.text);
    out += '}';
  }
  constexpr std::int64_t hour_ms = 3'600'000;
  const auto window = (report->to - report->from).count();
  const auto& totals = report->totals;
  // Whole nano-dollars an hour; a double holds any sum of ten minutes.
  const auto delta = static_cast<double>(totals.cost_after_n - totals.cost_before_n);
  const auto an_hour = window > 0
    ? static_cast<std::int64_t>(delta * hour_ms / static_cast<double>(window))
    : std::int64_t{0};
  out += fmt::format(
    R"(],"replay":{{"window_ms":{},"requests":{},"moved":{},"cost_delta_n_per_h":"{}"}})",
    window,
    totals.requests,
    totals.moved,
    an_hour);
}

std::span<const Route> what_if_routes() {
  static constexpr std::array routes{
    Route{"POST", "/admin/v1/config/replay", AdminRole::admin, begin},
    Route{"GET", "/admin/v1/config/replay/{id}", AdminRole::admin, look},
    Route{"DELETE", "/admin/v1/config/replay/{id}", AdminRole::admin, cancel}};
  return routes;
}

} // namespace gateway
