#include "persistence/record_line.hpp"

#include "net/base/text_writer.hpp"
#include "persistence/checksum.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view frame_form = R"({"n":      ,"c":"        ",)";
static_assert(frame_form.size() == line_frame_bytes);
constexpr std::size_t length_at = 5;
constexpr std::size_t length_digits = 6;
constexpr std::size_t checksum_at = 17;
constexpr std::size_t checksum_digits = 8;

void write_hex(char* into, std::uint32_t number) noexcept {
  for (std::size_t i = checksum_digits; i-- > 0; number >>= 4)
    into[i] = "0123456789abcdef"[number & 15U];
}

/// Fills in the frame at `begin`, for all that was written behind it.
void close_frame(std::string& out, std::size_t begin) {
  const auto rest = std::string_view(out).substr(begin + line_frame_bytes);
  char digits[length_digits];
  const auto end = std::to_chars(digits, digits + length_digits, rest.size()).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  std::memcpy(out.data() + begin + length_at + length_digits - count, digits, count);
  write_hex(out.data() + begin + checksum_at, crc32_of(rest));
}

/// Bytes of the UTF-8 character at the head of `text`; 0 where there is none (RFC 3629).
std::size_t character_bytes(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < count) return 0;
  for (std::size_t i = 1; i < count; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const auto second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool too_high = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || too_high ? 0 : count;
}

/// A line must be read back whatever its texts were: bytes that are no UTF-8 become question marks.
void append_odd_text(TextWriter& out, std::string_view text) {
  std::string clean;
  while (!text.empty() && clean.size() < record_text_bytes_max) {
    const auto count = character_bytes(text);
    if (clean.size() + count > record_text_bytes_max) break;
    if (count == 0) clean += '?';
    clean.append(text.substr(0, count));
    text.remove_prefix(std::max<std::size_t>(count, 1));
  }
  append_json_string(out, clean);
}

void append_text(TextWriter& out, std::string_view text) {
  const auto plain = find_marked(text, [](std::uint64_t eight) {
    return marks_above_ascii(eight) | marks_below(eight, 0x20) | marks_of(eight, '"')
      | marks_of(eight, '\\');
  });
  if (plain == text.size() && plain <= record_text_bytes_max) return out.quote(text);
  append_odd_text(out, text);
}

void append_milliseconds(TextWriter& out, std::int64_t microseconds) {
  const auto whole = std::max<std::int64_t>(microseconds, 0);
  append_number(out, whole / 1'000);
  const auto rest = whole % 1'000;
  if (rest == 0) return;
  out += '.';
  out += static_cast<char>('0' + rest / 100);
  out += static_cast<char>('0' + rest / 10 % 10);
  out += static_cast<char>('0' + rest % 10);
}

/// Appends `,"name":` and the value; the names come with their punctuation.
struct Fields {
  TextWriter& out;

  template <std::size_t size>
  void text(const char (&name)[size], std::string_view value) {
    out += name;
    append_text(out, value);
  }
  template <std::size_t size>
  void text_if(const char (&name)[size], std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  template <std::size_t size>
  void number(const char (&name)[size], std::int64_t value) {
    out += name;
    append_number(out, value);
  }
  template <std::size_t size>
  void number_if(const char (&name)[size], std::int64_t value) {
    if (value != 0) number(name, value);
  }
  template <std::size_t size>
  void milliseconds(const char (&name)[size], std::int64_t microseconds) {
    out += name;
    append_milliseconds(out, microseconds);
  }
  template <std::size_t size>
  void money(const char (&name)[size], const std::optional<NanoDollars>& value) {
    if (!value) return;
    out += name;
    out += '"';
    append_number(out, value->count);
    out += '"';
  }
};

void append_needs(TextWriter& out, const RecordedNeeds& needs) {
  if (needs == RecordedNeeds{}) return;
  out += R"(,"needs":[)";
  bool first = true;
  const auto add = [&](bool needed, std::string_view name) {
    if (!needed) return;
    if (!std::exchange(first, false)) out += ',';
    out += '"';
    out += name;
    out += '"';
  };
  add(needs.vision, "vision");
  add(needs.audio, "audio");
  add(needs.files, "files");
  add(needs.tools, "tools");
  add(needs.json_schema, "json_schema");
  out += ']';
}

void append_fields(TextWriter& out, const RequestRecord& record) {
  Fields fields{out};
  fields.text(R"("id":)", record.id);
  if (record.request_id != record.id) fields.text_if(R"(,"request_id":)", record.request_id);
  fields.number(R"(,"t":)", milliseconds_since_epoch(record.started));
  fields.text(R"(,"node":)", record.node);
  fields.text_if(R"(,"key":)", record.key);
  fields.text_if(R"(,"team":)", record.team);
  fields.text_if(R"(,"route":)", record.route);
  if (record.asked_model != record.route) fields.text_if(R"(,"asked_model":)", record.asked_model);
  fields.text_if(R"(,"model":)", record.model);
  fields.text_if(R"(,"provider":)", record.provider);
  fields.number(R"(,"status":)", record.status);
  out += R"(,"outcome":)";
  out.quote(outcome_text(record.outcome));
  fields.number(R"(,"attempts":)", record.attempts);
  if (record.first_provider != record.provider)
    fields.text_if(R"(,"first_provider":)", record.first_provider);
  fields.text_if(R"(,"first_error":)", record.first_error);
  fields.text_if(R"(,"error_code":)", record.error_code);
  if (record.stream) out += R"(,"stream":true)";
  append_needs(out, record.needs);
  fields.number_if(R"(,"tool_count":)", record.tools);
  fields.number(R"(,"tokens_in":)", record.tokens_in);
  fields.number_if(R"(,"tokens_cached":)", record.tokens_cached);
  fields.number_if(R"(,"tokens_cache_write":)", record.tokens_cache_write);
  fields.number(R"(,"tokens_out":)", record.tokens_out);
  fields.number_if(R"(,"tokens_reasoning":)", record.tokens_reasoning);
  if (record.tokens_estimated) out += R"(,"estimated":true)";
  if (record.first_token_us) fields.milliseconds(R"(,"ttft_ms":)", *record.first_token_us);
  fields.milliseconds(R"(,"latency_ms":)", record.latency_us);
  if (record.queued_us != 0) fields.milliseconds(R"(,"queue_ms":)", record.queued_us);
  fields.milliseconds(R"(,"overhead_ms":)", record.overhead_us);
  fields.money(R"(,"cost_n":)", record.cost);
  if (record.cost && !record.list_cost) out += R"(,"list_cost_n":null)";
  if (record.list_cost != record.cost) fields.money(R"(,"list_cost_n":)", record.list_cost);
  fields.text_if(R"(,"endpoint":)", record.endpoint);
  fields.text_if(R"(,"client":)", record.client);
  if (record.http_1_0) out += R"(,"http_1_0":true)";
  fields.text_if(R"(,"traceparent":)", record.traceparent);
  fields.text_if(R"(,"finish":)", record.finish);
  out += R"(,"config":)";
  append_number(out, record.config_version);
  out += '}';
}

} // namespace

void append_record_line(std::string& out, const RequestRecord& record) {
  const auto begin = out.size();
  out += frame_form;
  {
    TextWriter writer{out};
    append_fields(writer, record);
  }
  close_frame(out, begin);
  out += '\n';
}

FramedLine::FramedLine(std::string& out) : out_(out), begin_(out.size()) {
  out_ += frame_form;
}

bool FramedLine::close() {
  if (out_.size() - begin_ + 2 > line_bytes_max) {
    out_.resize(begin_);
    return false;
  }
  out_ += '}';
  close_frame(out_, begin_);
  out_ += '\n';
  return true;
}

bool append_framed_line(std::string& out, std::string_view fields) {
  FramedLine line{out};
  out += fields;
  return line.close();
}

void append_continuation_line(std::string& out, const Continuation& continuation) {
  std::string fields = R"("continues":)";
  append_json_string(fields, file_name(continuation.from));
  fields += R"(,"from":)";
  append_number(fields, continuation.offset);
  append_framed_line(out, fields);
}

std::optional<std::string_view> check_line(std::string_view line) noexcept {
  if (line.size() <= line_frame_bytes || line.size() >= line_bytes_max) return std::nullopt;
  const auto rest = line.substr(line_frame_bytes);
  char expected[line_frame_bytes];
  std::memcpy(expected, frame_form.data(), line_frame_bytes);
  char digits[length_digits];
  const auto end = std::to_chars(digits, digits + length_digits, rest.size()).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  std::memcpy(expected + length_at + length_digits - count, digits, count);
  // The cheap half first: a line of the wrong length needs no checksum.
  if (std::memcmp(line.data(), expected, checksum_at) != 0) return std::nullopt;
  write_hex(expected + checksum_at, crc32_of(rest));
  if (std::memcmp(line.data(), expected, line_frame_bytes) != 0) return std::nullopt;
  if (rest.back() != '}') return std::nullopt;
  return rest.substr(0, rest.size() - 1);
}

std::optional<std::size_t> find_whole_line(std::string_view damaged) noexcept {
  constexpr auto head = frame_form.substr(0, length_at);
  for (auto at = damaged.find(head); at != std::string_view::npos; at = damaged.find(head, at + 1))
    if (check_line(damaged.substr(at))) return at;
  return std::nullopt;
}

} // namespace gateway
