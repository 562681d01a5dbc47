#include "net/demo/control.hpp"

#include "net/demo/provider.hpp"
#include "net/demo/voices/fields.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

json window_json(DemoMeter& meter, Instant now) {
  const auto& rule = meter.rule();
  const auto standing = meter.standing(now);
  return {
    {"kind", name_of(rule.kind)},
    {"unit", name_of(rule.unit)},
    {"window_ms", std::chrono::floor<Milliseconds>(rule.window).count()},
    {"limit", rule.limit},
    {"used", standing.used},
    {"remaining", standing.remaining},
    {"until_full_ms", std::chrono::ceil<Milliseconds>(standing.until_full).count()},
  };
}

json order_json(const DemoFaultOrder& order) {
  return {
    {"fail", name_of(order.fault)},
    {"count", order.count ? json(*order.count) : json()},
    {"rate", order.rate},
    {"after", order.after},
    {"wait_ms", order.wait.count()},
  };
}

} // namespace

Result<DemoFaultOrder> read_demo_order(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  DemoFaultOrder order;
  GATEWAY_TRY(const auto name, demo_text(body, "fail", ""));
  const auto fault = find_demo_fault(name);
  if (!fault) {
    std::string known;
    for (const auto& one : demo_fault_names()) known.append(" ").append(one.name);
    return fail(ErrorKind::invalid_value, "'fail' must be one of" + known + ".", "fail");
  }
  order.fault = *fault;
  constexpr std::int64_t most = 1'000'000'000;
  GATEWAY_TRY(order.count, demo_integer(body, "count", 0, most));
  GATEWAY_TRY(const auto after, demo_integer(body, "after", 0, most));
  GATEWAY_TRY(const auto wait, demo_integer(body, "wait_ms", 0, most));
  order.after = after.value_or(order.after);
  order.wait = Milliseconds{wait.value_or(order.wait.count())};
  if (auto rate = check_demo_number(body, "rate", 0, 1); !rate)
    return fail(std::move(rate.error()));
  if (const auto* rate = demo_field(body, "rate")) order.rate = rate->get<double>();
  return order;
}

std::string DemoProvider::status() {
  const auto now = BootClock::now();
  json windows = json::array();
  for (auto& meter : limiter_.meters()) windows.push_back(window_json(meter, now));
  const auto judged = limiter_.counts();
  return demo_dump(
    {{"name", settings_.name},
     {"dialect", settings_.dialect},
     {"requests", counts_.requests},
     {"allowed", judged.allowed},
     {"over", judged.over},
     {"answered", counts_.answered},
     {"refused", counts_.refused},
     {"failed", counts_.failed},
     {"cancelled", counts_.cancelled},
     {"in_flight", counts_.in_flight},
     {"concurrency",
      {{"limit", limiter_.concurrency()},
       {"now", limiter_.under_way()},
       {"most", limiter_.under_way_max()}}},
     {"tokens", {{"input", counts_.input_tokens}, {"output", counts_.output_tokens}}},
     {"windows", std::move(windows)},
     {"order", order_json(plan_.order())}});
}

std::string DemoProvider::last_seen() const {
  json headers = json::object();
  for (const auto& [name, value] : seen_.headers) headers[name] = value;
  return demo_dump(
    {{"method", seen_.method},
     {"path", seen_.path},
     {"query", seen_.query},
     {"headers", std::move(headers)},
     {"body", seen_.body}});
}

Co<void> DemoProvider::control(Exchange& exchange) {
  const Header type{"content-type", "application/json"};
  const auto method = exchange.head().method;
  const auto path = exchange.head().path;
  int code = 200;
  std::string answer;
  if (path == "/control" && method == "GET") {
    answer = status();
  } else if (path == "/control/last" && method == "GET") {
    answer = last_seen();
  } else if (path == "/control" && method == "POST") {
    constexpr std::size_t order_bytes_max = 4096;
    const auto body = co_await exchange.body(order_bytes_max);
    if (!body) co_return; // whoever sent no order to the end gets none
    if (const auto ordered = read_demo_order(*body)) {
      order(*ordered);
      answer = status();
    } else {
      code = 400;
      answer = demo_dump({{"error", ordered.error().message}});
    }
  } else {
    code = 404;
    answer = demo_dump({{"error", "GET or POST /control, GET /control/last"}});
  }
  static_cast<void>(co_await exchange.respond(code, {&type, 1}, answer)); // a tester who left knows
}

} // namespace gateway
