#include "persistence/record_line.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>

namespace gateway {
namespace {

using Value = simdjson::ondemand::value;

constexpr std::array<std::string_view, 6> outcomes{
  "first_try", "failover", "failed", "cancelled", "cut", "refused"};

bool read_text(Value value, std::string& into) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  into = text;
  return true;
}

bool read_number(Value value, std::int64_t& into) {
  return value.get_int64().get(into) == simdjson::SUCCESS;
}

bool read_flag(Value value, bool& into) {
  return value.get_bool().get(into) == simdjson::SUCCESS;
}

bool read_milliseconds(Value value, std::int64_t& microseconds) {
  // A whole part of up to fifteen digits is exact in a double, with its three decimals.
  constexpr double milliseconds_max = 1e12;
  double milliseconds = 0;
  if (value.get_double().get(milliseconds) != simdjson::SUCCESS) return false;
  if (!(milliseconds >= 0 && milliseconds <= milliseconds_max)) return false;
  microseconds = std::llround(milliseconds * 1'000);
  return true;
}

bool read_money(Value value, std::optional<NanoDollars>& into) {
  if (value.is_null()) {
    into.reset();
    return true;
  }
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  into = NanoDollars{count};
  return true;
}

bool read_time(Value value, WallTime& into) {
  constexpr std::int64_t milliseconds_max = 253'402'300'799'999; // the end of the year 9999
  std::int64_t milliseconds = 0;
  if (!read_number(value, milliseconds)) return false;
  if (milliseconds < 0 || milliseconds > milliseconds_max) return false;
  into = WallTime{std::chrono::milliseconds{milliseconds}};
  return true;
}

bool read_needs(Value value, RecordedNeeds& into) {
  simdjson::ondemand::array names;
  if (value.get_array().get(names) != simdjson::SUCCESS) return false;
  for (auto name : names) {
    std::string_view text;
    if (name.get_string().get(text) != simdjson::SUCCESS) return false;
    if (text == "vision") into.vision = true;
    if (text == "audio") into.audio = true;
    if (text == "files") into.files = true;
    if (text == "tools") into.tools = true;
    if (text == "json_schema") into.json_schema = true;
  }
  return true;
}

struct Field {
  std::string_view name;
  bool (*read)(Value, RequestRecord&);
};

#define GATEWAY_FIELD(name, read, member)                                                          \
  Field {                                                                                          \
#name, [](Value value, RequestRecord & into) { return read(value, into.member); }              \
  }

// In the order in which append_record_line writes them, so that the next one is found at once.
constexpr Field known_fields[] = {
  GATEWAY_FIELD(id, read_text, id),
  GATEWAY_FIELD(request_id, read_text, request_id),
  GATEWAY_FIELD(t, read_time, started),
  GATEWAY_FIELD(node, read_text, node),
  GATEWAY_FIELD(key, read_text, key),
  GATEWAY_FIELD(team, read_text, team),
  GATEWAY_FIELD(route, read_text, route),
  GATEWAY_FIELD(asked_model, read_text, asked_model),
  GATEWAY_FIELD(model, read_text, model),
  GATEWAY_FIELD(provider, read_text, provider),
  Field{
    "status",
    [](Value value, RequestRecord& into) {
      std::int64_t status = 0;
      if (!read_number(value, status) || status < 0 || status > 999) return false;
      into.status = static_cast<int>(status);
      return true;
    }},
  Field{
    "outcome",
    [](Value value, RequestRecord& into) {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) return false;
      const auto outcome = read_outcome(text);
      if (outcome) into.outcome = *outcome;
      return outcome.has_value();
    }},
  GATEWAY_FIELD(attempts, read_number, attempts),
  GATEWAY_FIELD(first_provider, read_text, first_provider),
  GATEWAY_FIELD(first_error, read_text, first_error),
  GATEWAY_FIELD(error_code, read_text, error_code),
  GATEWAY_FIELD(stream, read_flag, stream),
  GATEWAY_FIELD(needs, read_needs, needs),
  GATEWAY_FIELD(tool_count, read_number, tools),
  GATEWAY_FIELD(tokens_in, read_number, tokens_in),
  GATEWAY_FIELD(tokens_cached, read_number, tokens_cached),
  GATEWAY_FIELD(tokens_cache_write, read_number, tokens_cache_write),
  GATEWAY_FIELD(tokens_out, read_number, tokens_out),
  GATEWAY_FIELD(tokens_reasoning, read_number, tokens_reasoning),
  GATEWAY_FIELD(estimated, read_flag, tokens_estimated),
  Field{
    "ttft_ms",
    [](Value value, RequestRecord& into) {
      return read_milliseconds(value, into.first_token_us.emplace());
    }},
  GATEWAY_FIELD(latency_ms, read_milliseconds, latency_us),
  GATEWAY_FIELD(queue_ms, read_milliseconds, queued_us),
  GATEWAY_FIELD(overhead_ms, read_milliseconds, overhead_us),
  Field{
    "cost_n",
    [](Value value, RequestRecord& into) {
      const bool read = read_money(value, into.cost);
      into.list_cost = into.cost; // unless the next field says otherwise
      return read;
    }},
  GATEWAY_FIELD(list_cost_n, read_money, list_cost),
  GATEWAY_FIELD(endpoint, read_text, endpoint),
  GATEWAY_FIELD(client, read_text, client),
  GATEWAY_FIELD(http_1_0, read_flag, http_1_0),
  GATEWAY_FIELD(traceparent, read_text, traceparent),
  GATEWAY_FIELD(finish, read_text, finish),
  Field{
    "config",
    [](Value value, RequestRecord& into) {
      return value.get_uint64().get(into.config_version) == simdjson::SUCCESS;
    }},
};
#undef GATEWAY_FIELD

/// The field of that name, looked for from `next` on; null for one of another version's.
const Field* find_field(std::string_view name, std::size_t& next) noexcept {
  constexpr auto count = std::size(known_fields);
  for (std::size_t step = 0; step < count; ++step) {
    const auto index = (next + step) % count;
    if (known_fields[index].name != name) continue;
    next = index + 1;
    return &known_fields[index];
  }
  return nullptr;
}

} // namespace

struct RecordReader::Parser {
  simdjson::ondemand::parser json;
  std::string padded;
  simdjson::ondemand::document document;

  /// The line as an object; false where it is none. Copied, because the parser reads beyond its
  /// end.
  bool open(std::string_view line, simdjson::ondemand::object& object) {
    padded.assign(line);
    padded.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    const auto opened = json.iterate(padded.data(), padded.size(), padded.capacity()).get(document);
    return opened == simdjson::SUCCESS && document.get_object().get(object) == simdjson::SUCCESS;
  }
  /// Nothing follows the object.
  bool is_at_end() { return document.current_location().error() == simdjson::OUT_OF_BOUNDS; }
};

RecordReader::RecordReader() : parser_(std::make_unique<Parser>()) {}
RecordReader::~RecordReader() = default;
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;

std::optional<RequestRecord> RecordReader::read(std::string_view line) {
  simdjson::ondemand::object object;
  if (!parser_->open(line, object)) return std::nullopt;
  RequestRecord record;
  std::size_t next = 0;
  for (auto field : object) {
    std::string_view name;
    Value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return std::nullopt;
    const auto* known = find_field(name, next);
    if (known == nullptr) continue;
    if (field.value().get(value) != simdjson::SUCCESS) return std::nullopt;
    if (!known->read(value, record)) return std::nullopt;
  }
  if (record.id.empty() || !parser_->is_at_end()) return std::nullopt;
  if (record.request_id.empty()) record.request_id = record.id;
  if (record.asked_model.empty()) record.asked_model = record.route;
  if (record.first_provider.empty()) record.first_provider = record.provider;
  return record;
}

std::optional<Continuation> RecordReader::read_continuation(std::string_view line) {
  simdjson::ondemand::object object;
  if (!parser_->open(line, object)) return std::nullopt;
  std::string_view from;
  std::uint64_t offset = 0;
  if (object.find_field_unordered("continues").get_string().get(from) != simdjson::SUCCESS)
    return std::nullopt;
  const auto file = read_file_name(from);
  if (object.find_field_unordered("from").get_uint64().get(offset) != simdjson::SUCCESS)
    return std::nullopt;
  if (!file) return std::nullopt;
  return Continuation{*file, offset};
}

std::string_view outcome_text(Outcome outcome) noexcept {
  return outcomes[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> read_outcome(std::string_view text) noexcept {
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i] == text) return static_cast<Outcome>(i);
  return std::nullopt;
}

} // namespace gateway
