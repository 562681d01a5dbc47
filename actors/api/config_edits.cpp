#include "actors/api/config_edits.hpp"

#include "actors/api/config_json.hpp"
#include "actors/api/json_body.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/what_if.hpp"
#include "actors/config/json_reader.hpp"
#include "actors/config/utf8.hpp"
#include "actors/runtime/ask.hpp"
#include "net/base/json_text.hpp"

#include <array>
#include <optional>

namespace gateway {
namespace {

constexpr std::size_t note_bytes_max = 1'000;

/// What every edit says of itself.
struct Edit {
  std::uint64_t base = 0;
  Editor editor;
  std::string note;
};

Result<std::string> read_note(const RequestHead& head) {
  const auto note = head.find("x-note").value_or("");
  if (note.size() > note_bytes_max || first_broken_utf8(note))
    return fail(
      ErrorKind::invalid_value,
      "X-Note is UTF-8 of at most " + std::to_string(note_bytes_max) + " bytes.");
  return std::string(note);
}

// The version that the editor saw: If-Match: "182". None where the header is missing.
Result<std::optional<std::uint64_t>> read_if_match(const RequestHead& head) {
  const auto given = head.find("if-match");
  if (!given) return std::optional<std::uint64_t>{};
  auto tag = *given;
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"')
    tag = tag.substr(1, tag.size() - 2);
  const auto version = read_version(tag);
  if (!version)
    return fail(ErrorKind::invalid_value, "If-Match names one version, as its ETag does: \"182\".");
  return std::optional{*version};
}

// None where the request was answered already.
Co<std::optional<Edit>> begin_edit(Exchange& exchange, const Caller& caller) {
  auto note = read_note(exchange.head());
  const auto base = read_if_match(exchange.head());
  if (!note || !base) {
    co_await answer_problem(exchange, note ? base.error() : note.error());
    co_return std::nullopt;
  }
  if (!*base) {
    auto body = problem_body(
      exchange, 428, "precondition_required", "If-Match must name the version that was edited.");
    co_await answer_json(exchange, 428, std::nullopt, std::move(body));
    co_return std::nullopt;
  }
  co_return Edit{**base, editor_of(exchange, caller), *std::move(note)};
}

void append_nodes(std::string& out, const Context& context, bool ok) {
  out += R"("nodes":[{"node":)";
  append_json_string(out, context.node.node);
  out += ok ? R"(,"ok":true}])" : R"(,"ok":false}])";
}

std::string stale_body(const Exchange& exchange, const ConfigEditAnswer& answer) {
  std::string more = R"(,"current":)" + std::to_string(answer.version) + R"(,"changes":)";
  append_changes_json(more, answer.changes);
  more += R"(,"versions":[)";
  for (const auto& note : answer.since) {
    more += more.back() == '[' ? "{" : ",{";
    append_version_json(more, note, note.version == answer.version);
    more += '}';
  }
  more += ']';
  return problem_body(exchange, 412, "stale", "Another version came in between.", more);
}

Co<void> answer_edit(Context& context, Exchange& exchange, Result<ConfigEditAnswer> made) {
  if (!made) co_return co_await answer_problem(exchange, std::move(made.error()));
  if (made->verdict == EditVerdict::failed || made->verdict == EditVerdict::unknown) {
    const bool failed = made->verdict == EditVerdict::failed;
    Error error{ErrorKind::not_found, "That version is not kept.", "", {}};
    if (failed) error = {ErrorKind::storage_unavailable, std::move(made->message), "", {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  if (made->verdict != EditVerdict::taken) co_return co_await answer_refused(exchange, *made);
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  body += R"(,"version":)" + std::to_string(made->version) + ',';
  append_nodes(body, context, true);
  body += R"(,"problems":)";
  append_problems_json(body, made->problems);
  body += '}';
  co_await answer_json(exchange, 200, made->version, std::move(body));
}

Co<void> patch(Context& context, Exchange& exchange, const Caller& caller) {
  auto edit = co_await begin_edit(exchange, caller);
  if (!edit) co_return;
  const auto type = exchange.head().find("content-type").value_or("");
  if (!same_ignoring_case(type.substr(0, type.find(';')), "application/json-patch+json")) {
    Error error{
      ErrorKind::unsupported_media_type,
      "An edit is a JSON patch: content-type: application/json-patch+json.",
      "",
      {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  auto body = co_await body_of(exchange, json_text_bytes_max);
  if (!body) co_return;
  ConfigEditRequest question{
    edit->base, *std::move(body), std::move(edit->editor), std::move(edit->note), false};
  auto asked = ask<ConfigEditAnswer>(context.unit, context.config, std::move(question));
  auto made = co_await asked;
  co_await answer_edit(context, exchange, std::move(made));
}

std::optional<std::uint64_t> version_in(const JsonNode& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr || !value->is_integer()) return std::nullopt;
  const auto number = value->scaled(0);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

// What the edit would have made of the last minutes; none where too many replays run.
Co<std::optional<ReplayReport>> replay_of(Context& context, const ConfigEditAnswer& made) {
  ReplayRequest question;
  question.before = made.before;
  question.after = made.after;
  question.last = dry_run_replay;
  question.bytes_max = dry_run_replay_bytes;
  question.wait = true;
  auto asked = ask<ReplayAnswer>(context.unit, context.what_if, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->report || answer->report->state != ReplayState::done)
    co_return std::nullopt;
  co_return std::move(answer->report);
}

// What a dry run found, of an edit that is not stale.
Co<void> answer_trial(Context& context, Exchange& exchange, const ConfigEditAnswer& made) {
  const bool valid = made.verdict == EditVerdict::valid;
  std::optional<ReplayReport> report;
  if (valid) report = co_await replay_of(context, made);
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  body += valid ? R"(,"valid":true,"problems":)" : R"(,"valid":false,"problems":)";
  append_problems_json(body, made.problems);
  body += R"(,"diff":)";
  append_changes_json(body, made.changes);
  body += ',';
  append_nodes(body, context, valid);
  append_dry_run_replay_json(body, report ? &*report : nullptr);
  body += '}';
  co_await answer_json(exchange, 200, made.version, std::move(body));
}

Co<void> dry_run(Context& context, Exchange& exchange, const Caller& caller) {
  auto order = co_await read_trial(exchange, caller);
  if (!order) co_return;
  const auto made = co_await try_edit(context, exchange, *order);
  if (made) co_await answer_trial(context, exchange, *made);
}

Co<void> rollback(Context& context, Exchange& exchange, const Caller& caller) {
  auto edit = co_await begin_edit(exchange, caller);
  if (!edit) co_return;
  const auto order = co_await object_of(exchange, json_text_bytes_max);
  if (!order) co_return;
  const auto to = version_in(*order, "to");
  if (!to) {
    Error error{ErrorKind::missing_field, "\"to\" names the version to go back to.", "to", {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  const auto* trial = order->find("dry_run");
  const bool dry_run = trial != nullptr && trial->truth;
  ConfigRollbackRequest question{
    edit->base, *to, std::move(edit->editor), std::move(edit->note), dry_run};
  auto asked = ask<ConfigEditAnswer>(context.unit, context.config, std::move(question));
  auto made = co_await asked;
  const bool tried = made && dry_run
    && (made->verdict == EditVerdict::valid || made->verdict == EditVerdict::invalid);
  if (tried) co_return co_await answer_trial(context, exchange, *made);
  co_await answer_edit(context, exchange, std::move(made));
}

} // namespace

Editor editor_of(const Exchange& exchange, const Caller& caller) {
  return {caller.name, std::string{exchange.client()}, caller.session.has_value()};
}

Co<void> answer_refused(Exchange& exchange, const ConfigEditAnswer& made) {
  int status = 422;
  std::string body;
  if (made.verdict == EditVerdict::stale) {
    status = 412;
    body = stale_body(exchange, made);
  } else if (made.verdict == EditVerdict::locked) {
    status = 423;
    body =
      problem_body(exchange, 423, "locked", "settings.locked: only the file edits this document.");
  } else if (made.verdict == EditVerdict::no_quorum) {
    status = 409;
    body = problem_body(
      exchange,
      409,
      "no_quorum",
      "No majority of the cluster's voters agreed in time. Look at the version in force before you "
      "try again: the edit may still come to count.");
  } else {
    std::string more = R"(,"errors":)";
    append_problems_json(more, made.problems);
    body =
      problem_body(exchange, 422, "invalid_document", "The document would not be valid.", more);
  }
  co_await answer_json(exchange, status, made.version, std::move(body));
}

Co<std::optional<TrialOrder>> read_trial(Exchange& exchange, const Caller& caller) {
  auto body = co_await object_of(exchange, json_text_bytes_max);
  if (!body) co_return std::nullopt;
  const auto base = version_in(*body, "base");
  const auto* steps = body->find("patch");
  if (!base || steps == nullptr) {
    const auto* missing = base ? "patch" : "base";
    Error error{
      ErrorKind::missing_field, "To try an edit needs a version, base, and a patch.", missing, {}};
    co_await answer_problem(exchange, std::move(error));
    co_return std::nullopt;
  }
  auto patch = to_json_text(*steps);
  co_return TrialOrder{*base, std::move(patch), editor_of(exchange, caller), *std::move(body)};
}

Co<std::optional<ConfigEditAnswer>>
try_edit(Context& context, Exchange& exchange, TrialOrder& order) {
  ConfigEditRequest question{order.base, std::move(order.patch), order.editor, "", true};
  auto asked = ask<ConfigEditAnswer>(context.unit, context.config, std::move(question));
  auto made = co_await asked;
  if (!made) {
    co_await answer_problem(exchange, std::move(made.error()));
    co_return std::nullopt;
  }
  if (made->verdict == EditVerdict::stale) {
    co_await answer_refused(exchange, *made);
    co_return std::nullopt;
  }
  co_return *std::move(made);
}

std::span<const Route> config_edits_routes() {
  static constexpr std::array routes{
    Route{"PATCH", "/admin/v1/config", AdminRole::admin, patch},
    Route{"POST", "/admin/v1/config/dry-run", AdminRole::admin, dry_run},
    Route{"POST", "/admin/v1/config/rollback", AdminRole::admin, rollback}};
  return routes;
}

} // namespace gateway
