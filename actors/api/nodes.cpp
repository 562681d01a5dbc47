#include "actors/api/audit.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/runtime/ask.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace gateway {
namespace {

using WriteOffVerdict = WriteOffAnswer::Verdict;

constexpr std::size_t key_bytes_max = 256;

std::string
state_json(const Context& context, const std::string& name, const WriteOffAnswer& answer) {
  const nlohmann::ordered_json json{
    {"node", name},
    {"state", answer.verdict == WriteOffVerdict::done ? "done" : "under_way"},
    {"waits_for", answer.waits_for},
    {"ready_in_ms", answer.ready_in.count()}};
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  return (body += ',') += json.dump().substr(1);
}

std::string refusal(const Exchange& exchange, const std::string& name, WriteOffVerdict verdict) {
  switch (verdict) {
  case WriteOffVerdict::itself:
    return problem_body(
      exchange, 409, "node_alive", "A node can't write itself off: ask another one.");
  case WriteOffVerdict::alive:
    return problem_body(
      exchange,
      409,
      "node_alive",
      name + " answers: stop it first, for good. Only what is off can be written off.");
  default:
    return problem_body(
      exchange, 409, "no_cluster", "This node shares nothing with others at this moment.");
  }
}

/// "It is really off": what that node held is the others' once it is out of every window.
Co<void> write_off(Context& context, Exchange& exchange, const Caller& caller) {
  WriteOffRequest request;
  request.node = path_parameter(exchange);
  request.key = exchange.head().find("idempotency-key").value_or("");
  if (request.key.size() > key_bytes_max) {
    Error too_long{ErrorKind::invalid_value, "Idempotency-Key is of at most 256 bytes."};
    co_return co_await answer_problem(exchange, std::move(too_long));
  }
  const auto name = request.node;
  WriteOffAnswer answer{WriteOffVerdict::no_cluster, {}, {}, false};
  if (context.broker) {
    auto asked = ask<WriteOffAnswer>(context.unit, context.broker, std::move(request));
    auto answered = co_await asked;
    if (!answered) co_return co_await answer_problem(exchange, std::move(answered.error()));
    answer = *std::move(answered);
  }
  if (answer.verdict == WriteOffVerdict::unknown) {
    Error none{ErrorKind::not_found, "The cluster has no node of that name."};
    co_return co_await answer_problem(exchange, std::move(none));
  }
  const bool is_taken =
    answer.verdict == WriteOffVerdict::under_way || answer.verdict == WriteOffVerdict::done;
  if (!is_taken)
    co_return co_await answer_json(
      exchange, 409, std::nullopt, refusal(exchange, name, answer.verdict));
  const int status = answer.verdict == WriteOffVerdict::done ? 200 : 202;
  if (answer.is_new) {
    EventRecord done_so;
    done_so.kind = EventKind::node;
    done_so.text = "said that " + name + " is off for good";
    done_so.ref = name;
    auto told = co_await tell(context, exchange, caller, std::move(done_so));
    if (!told) co_return co_await answer_problem(exchange, std::move(told.error()));
  }
  co_await answer_json(exchange, status, std::nullopt, state_json(context, name, answer));
}

} // namespace

std::span<const Route> nodes_routes() {
  static constexpr std::array routes{
    Route{"POST", "/admin/v1/nodes/{id}/write-off", AdminRole::operator_, write_off}};
  return routes;
}

} // namespace gateway
