#include "actors/api/endpoint.hpp"
#include "actors/api/list_query.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/trace_json.hpp"
#include "actors/dashboard/request_json.hpp"
#include "actors/runtime/ask.hpp"

#include <array>

namespace gateway {
namespace {

constexpr std::size_t id_bytes_max = 128;
constexpr std::size_t text_bytes_max = 128;
constexpr std::size_t page_usual = 100;

Failed odd_value(std::string message, std::string param) {
  return fail(ErrorKind::invalid_value, std::move(message), std::move(param));
}

// What is asked of the log, and the steps over its range.
struct Asked {
  RequestQuery query;
  UsageGrid grid;
};

Result<Asked> read_asked(std::string_view text) {
  Asked asked;
  GATEWAY_TRY(const auto range, read_stretch(text, wall_now()));
  GATEWAY_TRY(asked.grid, fitting_grid(range.from, range.to));
  asked.query.from = range.from;
  asked.query.to = range.to;
  for (const auto& condition : query_values(text, "f"))
    if (auto added = asked.query.filter.add(condition); !added)
      return fail(std::move(added.error()));
  asked.query.text = query_value(text, "q");
  if (asked.query.text.size() > text_bytes_max)
    return odd_value("q has at most " + std::to_string(text_bytes_max) + " bytes.", "q");
  const auto nodes = query_value(text, "node");
  if (!nodes.empty())
    if (auto added = asked.query.filter.add("node:in:" + nodes); !added)
      return odd_value("node names nodes, separated by commas, and not too many.", "node");
  return asked;
}

Result<RequestPaging::Wanted> read_wanted(std::string_view text, RequestQuery query) {
  RequestPaging::Wanted wanted;
  wanted.query = std::move(query);
  GATEWAY_TRY(wanted.limit, read_count(text, "limit", page_usual, request_page_max));
  if (const auto sort = query_value(text, "sort"); !sort.empty()) {
    const auto order = read_order(sort);
    if (!order)
      return odd_value(
        "sort is t, attempts, tokens_in, tokens_out, ttft_ms, latency_ms or cost_n, with - in "
        "front the largest first.",
        "sort");
    wanted.order = *order;
  }
  const auto cursor = query_value(text, "cursor");
  if (cursor.empty()) return wanted;
  wanted.behind = read_cursor(cursor);
  const bool is_ranked = wanted.order.by != RequestOrder::By::time;
  if (!wanted.behind || wanted.behind->rank.has_value() != is_ranked)
    return odd_value("cursor is what `next` said to the same question.", "cursor");
  return wanted;
}

void append_count(std::string& body, const RequestCount& count) {
  body += R"("count":{"value":)" + std::to_string(count.value);
  body += count.exact ? R"(,"exact":true})" : R"(,"exact":false})";
}

Co<void> requests(Context& context, Exchange& exchange) {
  const auto text = exchange.head().query;
  auto asked = read_asked(text);
  if (!asked) co_return co_await answer_problem(exchange, std::move(asked.error()));
  auto wanted = read_wanted(text, std::move(asked->query));
  if (!wanted) co_return co_await answer_problem(exchange, std::move(wanted.error()));
  RequestsRequest question{*std::move(wanted)};
  auto asking = ask<RequestsAnswer>(context.unit, context.ledger, std::move(question));
  const auto answer = co_await asking;
  if (!answer || !answer->page)
    co_return co_await answer_problem(exchange, answer ? answer->page.error() : answer.error());
  const auto& page = *answer->page;
  std::string body = "{";
  append_scope(body, context.node, read_list(text, "node"));
  body += R"(,"items":[)";
  for (const auto& record : page.items) {
    if (body.back() != '[') body += ',';
    append_request_row(body, record);
  }
  body += R"(],"next":)";
  body += page.next ? '"' + cursor_text(*page.next) + "\"," : "null,";
  append_count(body, page.count);
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

Co<void> histogram(Context& context, Exchange& exchange) {
  const auto text = exchange.head().query;
  auto asked = read_asked(text);
  if (!asked) co_return co_await answer_problem(exchange, std::move(asked.error()));
  HistogramRequest question{std::move(asked->query), asked->grid};
  auto asking = ask<HistogramAnswer>(context.unit, context.ledger, std::move(question));
  const auto answer = co_await asking;
  if (!answer || !answer->histogram)
    co_return co_await answer_problem(
      exchange, answer ? answer->histogram.error() : answer.error());
  const auto& told = *answer->histogram;
  std::string body = "{";
  append_scope(body, context.node, read_list(text, "node"));
  body += R"(,"step_ms":)" + std::to_string(told.grid.step.count());
  body += R"(,"t0":)" + std::to_string(milliseconds_since_epoch(told.grid.from));
  body += R"(,"series":["first_try","failover","failed"],"bins":[)";
  for (const auto& bin : told.bins) {
    const auto of = [&](Outcome outcome) { return bin[static_cast<std::size_t>(outcome)]; };
    const auto failed =
      of(Outcome::failed) + of(Outcome::cut) + of(Outcome::refused) + of(Outcome::cancelled);
    body += body.back() == '[' ? "[" : ",[";
    body += std::to_string(of(Outcome::first_try)) + ',' + std::to_string(of(Outcome::failover));
    body += ',' + std::to_string(failed) + ']';
  }
  body += "],";
  append_count(body, told.count);
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

Co<void> request(Context& context, Exchange& exchange) {
  const auto id = path_parameter(exchange);
  Error unknown{ErrorKind::not_found, "There is no request of that id.", "", {}};
  if (id.empty() || id.size() > id_bytes_max)
    co_return co_await answer_problem(exchange, std::move(unknown));
  FindRequest question{id};
  auto asked = ask<FindAnswer>(context.unit, context.ledger, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->record)
    co_return co_await answer_problem(exchange, answer ? answer->record.error() : answer.error());
  const auto& found = *answer->record;
  if (!found) co_return co_await answer_problem(exchange, std::move(unknown));
  std::string body = "{";
  append_scope(body, context.node);
  body += R"(,"request":)";
  append_request_detail(body, *found);
  body += R"(,"overhead_ms":)" + to_ms_json(found->overhead_us);
  // A trace that can't be read is none: what else is known of the request counts more.
  const auto trace = answer->trace.empty() ? Result<std::string>{""} : trace_json(answer->trace);
  if (!trace || trace->empty())
    body +=
      R"(,"config_version":)" + std::to_string(found->config_version) + R"(,"trace":"not_kept")";
  else
    body += "," + trace->substr(1, trace->size() - 2);
  body += R"(,"usage":)";
  append_request_usage(body, *found);
  body += R"(,"messages":null})";
  co_await answer_json(exchange, std::move(body));
}

} // namespace

std::span<const Route> requests_routes() {
  static constexpr std::array routes{
    Route{"GET", "/admin/v1/requests", AdminRole::viewer, requests},
    Route{"GET", "/admin/v1/requests/histogram", AdminRole::viewer, histogram},
    Route{"GET", "/admin/v1/requests/{id}", AdminRole::viewer, request}};
  return routes;
}

} // namespace gateway
