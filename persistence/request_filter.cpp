#include "persistence/request_filter.hpp"

#include "persistence/record_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace gateway {
namespace {

constexpr std::string_view fields_text =
  "status, route, model, provider, key, node, team, error_code, attempts, tokens_in, tokens_out, "
  "ttft_ms, latency_ms, cost_n and stream";

Failed odd_filter(std::string message) {
  return fail(ErrorKind::invalid_value, std::move(message), "f");
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> values;
  for (;;) {
    const auto comma = text.find(',');
    values.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::int64_t> read_whole(std::string_view text) noexcept {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

/// Milliseconds with up to three decimals, as microseconds.
std::optional<std::int64_t> read_milliseconds(std::string_view text) noexcept {
  constexpr std::int64_t most = 1'000'000'000'000;
  const auto point = text.find('.');
  const auto whole = read_whole(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > most) return std::nullopt;
  if (point == std::string_view::npos) return *whole * 1'000;
  std::string decimals{text.substr(point + 1)};
  if (decimals.empty() || decimals.size() > 3) return std::nullopt;
  decimals.resize(3, '0');
  const auto part = read_whole(decimals);
  return part && *part >= 0 ? std::optional{*whole * 1'000 + *part} : std::nullopt;
}

} // namespace

const RequestFilter::Field* RequestFilter::find_field(std::string_view name) noexcept {
  static constexpr std::array fields{
    Field{"status", false, {}, Number::status},
    Field{"route", true, RequestText::route, {}},
    Field{"model", true, RequestText::model, {}},
    Field{"provider", true, RequestText::provider, {}},
    Field{"key", true, RequestText::key, {}},
    Field{"node", true, RequestText::node, {}},
    Field{"team", true, RequestText::team, {}},
    Field{"error_code", true, RequestText::error_code, {}},
    Field{"attempts", false, {}, Number::attempts},
    Field{"tokens_in", false, {}, Number::tokens_in},
    Field{"tokens_out", false, {}, Number::tokens_out},
    Field{"ttft_ms", false, {}, Number::first_token_us},
    Field{"latency_ms", false, {}, Number::latency_us},
    Field{"cost_n", false, {}, Number::cost_n},
    Field{"stream", false, {}, Number::stream}};
  const auto* found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : found;
}

Result<void> RequestFilter::add(std::string_view condition) {
  auto added = add_condition(condition);
  if (added) conditions_.emplace_back(condition);
  return added;
}

Result<void> RequestFilter::add_condition(std::string_view condition) {
  static constexpr std::array<std::string_view, 7> ops{"eq", "ne", "gt", "ge", "lt", "le", "in"};
  const auto colon = condition.find(':');
  const auto second = condition.find(':', std::min(colon, condition.size() - 1) + 1);
  if (colon == std::string_view::npos || second == std::string_view::npos)
    return odd_filter("A filter is written field:op:value, as latency_ms:gt:2000.");
  const auto* field = find_field(condition.substr(0, colon));
  const auto op_text = condition.substr(colon + 1, second - colon - 1);
  const auto* found = std::ranges::find(ops, op_text);
  if (field == nullptr)
    return odd_filter("A filter's field is one of " + std::string{fields_text} + ".");
  if (found == ops.end()) return odd_filter("A filter's op is eq, ne, gt, ge, lt, le or in.");
  const auto op = static_cast<Op>(found - ops.begin());
  const auto value = condition.substr(second + 1);
  const auto values = op == Op::in ? split(value) : std::vector<std::string>{std::string{value}};
  if (texts_.size() + numbers_.size() >= filter_conditions_max || values.size() > filter_values_max)
    return odd_filter(
      "There are at most " + std::to_string(filter_conditions_max) + " filters, and "
      + std::to_string(filter_values_max) + " values in one.");
  if (!field->is_text)
    return field->number == Number::status ? add_status(op, values)
                                           : add_number(*field, op, values);
  if (op != Op::eq && op != Op::ne && op != Op::in)
    return odd_filter(std::string{field->name} + " is a text: its op is eq, ne or in.");
  texts_.push_back({field->text, op != Op::ne, values});
  return {};
}

/// An outcome's name or a number; in one `in`, outcomes or numbers.
Result<void> RequestFilter::add_status(Op op, const std::vector<std::string>& values) {
  unsigned named = 0;
  for (const auto& value : values)
    if (const auto outcome = read_outcome(value)) named |= 1U << static_cast<unsigned>(*outcome);
  if (named == 0) return add_number(*find_field("status"), op, values);
  const bool whole = static_cast<std::size_t>(__builtin_popcount(named)) == values.size();
  if (!whole || (op != Op::eq && op != Op::ne && op != Op::in))
    return odd_filter(
      "status is first_try, failover, failed, cancelled, cut or refused, each once, by eq, ne or "
      "in; or numbers.");
  outcomes_ &= op == Op::ne ? all & ~named : named;
  return {};
}

Result<void>
RequestFilter::add_number(const Field& field, Op op, const std::vector<std::string>& values) {
  NumberCondition condition{field.number, op, {}};
  const bool is_duration =
    field.number == Number::first_token_us || field.number == Number::latency_us;
  for (const auto& value : values) {
    auto number = is_duration ? read_milliseconds(value) : read_whole(value);
    if (field.number == Number::stream) {
      if (op != Op::eq && op != Op::ne) return odd_filter("stream is true or false, by eq or ne.");
      number = value == "true" ? std::optional<std::int64_t>{1}
        : value == "false"     ? std::optional<std::int64_t>{0}
                               : std::nullopt;
    }
    if (!number) {
      std::string message{field.name};
      return odd_filter(message + " has no value \"" + value.substr(0, 40) + "\".");
    }
    condition.values.push_back(*number);
  }
  numbers_.push_back(std::move(condition));
  return {};
}

std::vector<char> RequestFilter::accepted(const IndexTexts& texts) const {
  std::vector<char> accepted(texts.combinations.size(), 1);
  for (const auto& condition : texts_)
    for (std::uint32_t i = 0; i < accepted.size(); ++i)
      if (accepted[i] != 0) {
        const auto text = texts.text(i, condition.which);
        const bool among = std::ranges::find(condition.values, text) != condition.values.end();
        accepted[i] = among == condition.equal ? 1 : 0;
      }
  return accepted;
}

bool RequestFilter::accepts(const RequestRow& row) const noexcept {
  if (!accepts(row.outcome)) return false;
  return std::ranges::all_of(
    numbers_, [&](const NumberCondition& condition) { return holds(condition, row); });
}

bool RequestFilter::may_accept(const IndexBlockHead& head) const noexcept {
  for (std::size_t i = 0; i < head.outcomes.size(); ++i)
    if (head.outcomes[i] > 0 && accepts(static_cast<Outcome>(i))) return true;
  return false;
}

bool RequestFilter::holds(const NumberCondition& condition, const RequestRow& row) noexcept {
  std::int64_t number = 0;
  bool known = true;
  switch (condition.which) {
  case Number::status: number = row.status; break;
  case Number::attempts: number = row.attempts; break;
  case Number::tokens_in: number = row.tokens_in; break;
  case Number::tokens_out: number = row.tokens_out; break;
  case Number::first_token_us:
    number = row.first_token_us;
    known = row.first_token_us != no_first_token;
    break;
  case Number::latency_us: number = row.latency_us; break;
  case Number::cost_n:
    number = row.cost_n;
    known = row.cost_n != unknown_cost;
    break;
  case Number::stream: number = row.stream; break;
  }
  const auto value = condition.values.front();
  if (!known) return condition.op == Op::ne;
  switch (condition.op) {
  case Op::eq: return number == value;
  case Op::ne: return number != value;
  case Op::gt: return number > value;
  case Op::ge: return number >= value;
  case Op::lt: return number < value;
  case Op::le: return number <= value;
  case Op::in: return std::ranges::find(condition.values, number) != condition.values.end();
  }
  return false;
}

} // namespace gateway
