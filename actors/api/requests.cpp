#include "actors/api/endpoint.hpp"
#include "actors/api/list_query.hpp"
#include "actors/api/other_nodes.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/trace_json.hpp"
#include "actors/dashboard/request_json.hpp"
#include "actors/runtime/ask.hpp"
#include "persistence/request_merge.hpp"
#include "persistence/request_talk.hpp"

#include <algorithm>
#include <array>
#include <map>

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
  // The end is not part of a range, and what was answered in this very millisecond is to be in.
  GATEWAY_TRY(const auto range, read_stretch(text, wall_now() + Milliseconds{1}));
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

// A page as it was asked for: of each node's log what `wanted` says, behind its own place.
struct AskedPage {
  RequestPaging::Wanted wanted;
  std::optional<MergedRequestsCursor> behind;
};

Result<AskedPage> read_page(std::string_view text, RequestQuery query) {
  AskedPage page;
  auto& wanted = page.wanted;
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
  if (cursor.empty()) return page;
  page.behind = read_merged_requests_cursor(cursor);
  const bool is_ranked = wanted.order.by != RequestOrder::By::time;
  const auto fits = [&](const auto& one) {
    return !one.second || one.second->rank.has_value() == is_ranked;
  };
  if (!page.behind || !std::ranges::all_of(page.behind->places, fits))
    return odd_value("cursor is what `next` said to the same question.", "cursor");
  return page;
}

// What that node is asked; nothing where the pages before have all of its log.
std::optional<RequestPaging::Wanted> part_of(const AskedPage& page, const std::string& node) {
  auto wanted = page.wanted;
  if (!page.behind) return wanted;
  const auto at = page.behind->places.find(node);
  if (at == page.behind->places.end() || !at->second) return std::nullopt;
  wanted.behind = at->second;
  return wanted;
}

// The part of each node that has one, by its name; those that are not there did not answer.
Co<Result<std::map<std::string, RequestPage>>>
pages_of(Context& context, const AskedPage& page, std::span<const std::string> nodes) {
  std::map<std::string, RequestPage> pages;
  std::map<std::string, std::string> questions;
  for (const auto& node : linked_nodes(context.node, nodes))
    if (const auto part = part_of(page, node)) questions.emplace(node, encode_page_question(*part));
  const auto answers = co_await ask_nodes(context, PeerTopic::request_page, std::move(questions));
  for (const auto& [node, bytes] : answers)
    if (auto read = decode_page(bytes)) pages.emplace(node, *std::move(read));
  auto own = part_of(page, context.node.node);
  if (!own || !is_asked(context.node, nodes)) co_return pages;
  RequestsRequest question{*std::move(own)};
  auto asking = ask<RequestsAnswer>(context.unit, context.ledger, std::move(question));
  auto answer = co_await asking;
  if (!answer || !answer->page) co_return fail(answer ? answer->page.error() : answer.error());
  pages.emplace(context.node.node, *std::move(answer->page));
  co_return pages;
}

// Other nodes that answered, or whose log is at its end.
std::vector<std::string> merged_nodes(
  const Context& context,
  const AskedPage& page,
  std::span<const std::string> asked,
  const std::map<std::string, RequestPage>& pages) {
  std::vector<std::string> merged;
  for (const auto& node : linked_nodes(context.node, asked)) {
    const auto at =
      page.behind ? page.behind->places.find(node) : decltype(page.behind->places.end()){};
    const bool is_over = page.behind && at != page.behind->places.end() && !at->second;
    if (is_over || pages.contains(node)) merged.push_back(node);
  }
  return merged;
}

Co<void> requests(Context& context, Exchange& exchange) {
  const auto text = exchange.head().query;
  auto asked = read_asked(text);
  if (!asked) co_return co_await answer_problem(exchange, std::move(asked.error()));
  const auto wanted = read_page(text, std::move(asked->query));
  if (!wanted) co_return co_await answer_problem(exchange, wanted.error());
  const auto nodes = read_list(text, "node");
  auto pages = co_await pages_of(context, *wanted, nodes);
  if (!pages) co_return co_await answer_problem(exchange, std::move(pages.error()));
  const auto merged = merged_nodes(context, *wanted, nodes, *pages);
  const auto page =
    merge_pages(*std::move(pages), wanted->wanted.order, wanted->wanted.limit, wanted->behind);
  std::string body = "{";
  append_merged_scope(body, context.node, nodes, merged);
  body += R"(,"items":[)";
  for (const auto& record : page.items) {
    if (body.back() != '[') body += ',';
    append_request_row(body, record);
  }
  body += R"(],"next":)";
  body += page.next ? '"' + merged_cursor_text(*page.next) + "\"," : "null,";
  append_count(body, page.count);
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

// Of this node where it is asked for, else empty.
Co<Result<RequestHistogram>>
own_histogram(Context& context, HistogramQuestion wanted, bool is_wanted) {
  RequestHistogram none{wanted.grid, {}, {}};
  none.bins.resize(wanted.grid.steps);
  if (!is_wanted) co_return none;
  HistogramRequest question{std::move(wanted.query), wanted.grid};
  auto asking = ask<HistogramAnswer>(context.unit, context.ledger, std::move(question));
  auto answer = co_await asking;
  if (!answer) co_return fail(std::move(answer.error()));
  co_return std::move(answer->histogram);
}

Co<void> histogram(Context& context, Exchange& exchange) {
  const auto text = exchange.head().query;
  auto asked = read_asked(text);
  if (!asked) co_return co_await answer_problem(exchange, std::move(asked.error()));
  const auto nodes = read_list(text, "node");
  HistogramQuestion wanted{std::move(asked->query), asked->grid};
  const auto question = encode_histogram_question(wanted);
  std::map<std::string, std::string> questions;
  for (const auto& node : linked_nodes(context.node, nodes)) questions.emplace(node, question);
  const auto answers =
    co_await ask_nodes(context, PeerTopic::request_histogram, std::move(questions));
  auto own = own_histogram(context, std::move(wanted), is_asked(context.node, nodes));
  auto counted = co_await own;
  if (!counted) co_return co_await answer_problem(exchange, std::move(counted.error()));
  auto& told = *counted;
  std::vector<std::string> merged;
  for (const auto& [node, bytes] : answers) {
    const auto theirs = decode_histogram(bytes);
    if (!theirs || theirs->grid != told.grid) continue;
    add_histogram(told, *theirs);
    merged.push_back(node);
  }
  std::string body = "{";
  append_merged_scope(body, context.node, nodes, merged);
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

// Here, or at the first node that has it.
Co<Result<FoundRequest>> find_request(Context& context, std::string id) {
  FindRequest question{id};
  auto asked = ask<FindAnswer>(context.unit, context.ledger, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->record) co_return fail(answer ? answer->record.error() : answer.error());
  FoundRequest found{*std::move(answer->record), std::move(answer->trace)};
  if (found.record) co_return found;
  std::map<std::string, std::string> questions;
  for (const auto& node : linked_nodes(context.node)) questions.emplace(node, id);
  const auto answers = co_await ask_nodes(context, PeerTopic::request_found, std::move(questions));
  for (const auto& [node, bytes] : answers)
    if (auto theirs = decode_found(bytes); theirs && theirs->record) co_return *std::move(theirs);
  co_return found;
}

Co<void> request(Context& context, Exchange& exchange) {
  auto id = path_parameter(exchange);
  Error unknown{ErrorKind::not_found, "There is no request of that id.", "", {}};
  if (id.empty() || id.size() > id_bytes_max)
    co_return co_await answer_problem(exchange, std::move(unknown));
  auto finding = find_request(context, std::move(id));
  const auto answer = co_await finding;
  if (!answer) co_return co_await answer_problem(exchange, answer.error());
  const auto& found = answer->record;
  if (!found) co_return co_await answer_problem(exchange, std::move(unknown));
  // It is about the node that answered the request, and nobody is missing.
  std::string body = "{";
  append_whole_scope(body, found->node);
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
