#include "actors/ledger/metrics.hpp"

#include "net/base/money.hpp"

#include <fmt/format.h>

namespace gateway {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text;
}

/// What `labels` count; copied only where they are new.
template <class Counts, class Labels>
auto& value_of(Counts& counts, const Labels& labels) {
  const auto known = counts.find(labels);
  if (known != counts.end()) return known->second;
  return counts[std::make_from_tuple<typename Counts::key_type>(labels)];
}

} // namespace

void append_metric(
  std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void append_sample(
  std::string& out,
  std::string_view name,
  std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
  std::string_view value) {
  out += name;
  char separator = '{';
  for (const auto& [label, text] : labels) {
    out += separator;
    out += fmt::format("{}=\"{}\"", label, escaped(text));
    separator = ',';
  }
  if (separator == ',') out += '}';
  out += ' ';
  out += value;
  out += '\n';
}

void Histogram::add(std::int64_t us) noexcept {
  std::size_t i = 0;
  while (i < bounds.size() && static_cast<double>(us) > bounds[i] * 1e6) ++i;
  ++counts_[i];
  sum_us_ += us;
}

void Histogram::append(std::string& out, std::string_view name, std::string_view help) const {
  append_metric(out, name, "histogram", help);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    below += counts_[i];
    out += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, bounds[i], below);
  }
  below += counts_.back();
  out += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n", name, below);
  out += fmt::format(
    "{}_sum {:.6f}\n{}_count {}\n", name, static_cast<double>(sum_us_) / 1e6, name, below);
}

void RequestMetrics::add(const RequestRecord& record) {
  ++records_;
  ++value_of(requests_, std::tie(record.provider, record.model, record.route, record.status));
  seconds_.add(record.latency_us);
  overhead_.add(record.overhead_us);
  if (record.first_token_us) first_token_.add(*record.first_token_us);
  if (record.provider.empty()) return;
  auto& tokens = value_of(tokens_, std::tie(record.provider, record.model));
  tokens.input += record.tokens_in;
  tokens.cached_input += record.tokens_cached;
  tokens.output += record.tokens_out;
  tokens.reasoning += record.tokens_reasoning;
  if (record.cost) tokens.cost += record.cost->count;
}

void RequestMetrics::append(std::string& out) const {
  append_metric(out, "llm_gateway_requests_total", "counter", "Finished requests.");
  for (const auto& [labels, count] : requests_) {
    const auto& [provider, model, route, status] = labels;
    append_sample(
      out,
      "llm_gateway_requests_total",
      {{"provider", provider},
       {"model", model},
       {"route", route},
       {"status", std::to_string(status)}},
      std::to_string(count));
  }
  append_metric(
    out,
    "llm_gateway_tokens_total",
    "counter",
    "Tokens by kind; input includes cached_input, output includes reasoning.");
  for (const auto& [labels, tokens] : tokens_) {
    const auto& [provider, model] = labels;
    const auto sample = [&](std::string_view kind, std::int64_t count) {
      append_sample(
        out,
        "llm_gateway_tokens_total",
        {{"provider", provider}, {"model", model}, {"kind", kind}},
        std::to_string(count));
    };
    sample("input", tokens.input);
    sample("cached_input", tokens.cached_input);
    sample("output", tokens.output);
    sample("reasoning", tokens.reasoning);
  }
  append_metric(out, "llm_gateway_cost_usd_total", "counter", "What answers cost.");
  for (const auto& [labels, tokens] : tokens_)
    append_sample(
      out,
      "llm_gateway_cost_usd_total",
      {{"provider", std::get<0>(labels)}, {"model", std::get<1>(labels)}},
      to_usd_text({tokens.cost}));
  seconds_.append(out, "llm_gateway_request_seconds", "From the request to the end of its answer.");
  first_token_.append(
    out, "llm_gateway_first_token_seconds", "From the request to its first token.");
  overhead_.append(
    out, "llm_gateway_overhead_seconds", "What the gateway itself added to a request.");
  append_metric(
    out, "llm_gateway_ledger_records_total", "counter", "Requests recorded since the start.");
  append_sample(out, "llm_gateway_ledger_records_total", {}, std::to_string(records_));
}

} // namespace gateway
