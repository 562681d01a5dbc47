#include "actors/dashboard/request_json.hpp"

#include "net/base/json_text.hpp"
#include "persistence/record_line.hpp"

#include <fmt/format.h>

#include <optional>

namespace gateway {
namespace {

/// Appends members one after the other. Texts are UTF-8: what is no such text enters no record.
struct Members {
  std::string& out;

  void name(std::string_view name) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
  }
  void text(std::string_view its_name, std::string_view value) {
    name(its_name);
    append_json_string(out, value);
  }
  void text_or_null(std::string_view its_name, std::string_view value) {
    name(its_name);
    gateway::append_text_or_null(out, value);
  }
  void number(std::string_view its_name, std::int64_t value) {
    name(its_name);
    append_number(out, value);
  }
  void flag(std::string_view its_name, bool value) {
    name(its_name);
    out += value ? "true" : "false";
  }
  void milliseconds(std::string_view its_name, const std::optional<std::int64_t>& us) {
    name(its_name);
    out += us ? to_ms_json(*us) : "null";
  }
  void money(std::string_view its_name, const std::optional<NanoDollars>& amount) {
    if (!amount) return text_or_null(its_name, "");
    text(its_name, std::to_string(amount->count));
  }
};

void append_facts(Members& row, const RequestRecord& record) {
  row.text("id", record.id);
  row.text("request_id", record.request_id.empty() ? record.id : record.request_id);
  row.number("t", milliseconds_since_epoch(record.started));
  row.text("node", record.node);
  row.text_or_null("key", record.key);
  row.text_or_null("team", record.team);
  row.text_or_null("route", record.route);
  row.text("asked_model", record.asked_model);
  row.text_or_null("model", record.model);
  row.text_or_null("provider", record.provider);
  row.number("status", record.status);
  row.text("outcome", outcome_text(record.outcome));
  row.number("attempts", record.attempts);
  row.text_or_null("first_provider", record.first_provider);
  row.text_or_null("first_error", record.first_error);
  row.text_or_null("error_code", record.error_code);
  row.flag("stream", record.stream);
  row.number("tokens_in", record.tokens_in);
  row.number("tokens_cached", record.tokens_cached);
  row.number("tokens_out", record.tokens_out);
  row.number("tokens_reasoning", record.tokens_reasoning);
  row.flag("estimated", record.tokens_estimated);
  row.milliseconds("ttft_ms", record.first_token_us);
  row.milliseconds("latency_ms", record.latency_us);
  row.money("cost_n", record.cost);
  row.money("list_cost_n", record.list_cost);
}

} // namespace

void append_request_row(std::string& out, const RequestRecord& record) {
  out += '{';
  Members row{out};
  append_facts(row, record);
  out += '}';
}

void append_request_detail(std::string& out, const RequestRecord& record) {
  out += '{';
  Members row{out};
  append_facts(row, record);
  row.text("endpoint", record.endpoint);
  row.text("client", record.client);
  row.text("http", record.http_1_0 ? "1.0" : "1.1");
  row.number("tools", record.tools);
  row.text_or_null("finish", record.finish);
  row.text_or_null("traceparent", record.traceparent);
  row.text("bodies", "not_stored");
  out += '}';
}

void append_request_usage(std::string& out, const RequestRecord& record) {
  out += '{';
  Members usage{out};
  usage.number("tokens_in", record.tokens_in);
  usage.number("tokens_cached", record.tokens_cached);
  usage.number("tokens_out", record.tokens_out);
  usage.money("cost_n", record.cost);
  usage.money("list_cost_n", record.list_cost);
  usage.text("price_ref", "prices@" + std::to_string(record.config_version));
  out += '}';
}

std::string to_ms_json(std::int64_t us) {
  return fmt::format("{}.{:03}", us / 1'000, us % 1'000);
}

} // namespace gateway
