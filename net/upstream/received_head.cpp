#include "net/upstream/received_head.hpp"

#include "net/http/head_syntax.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gateway {
namespace {

Failed invalid(const char* what) {
  return fail(ErrorKind::upstream_invalid_response, what);
}

/// Calls `each` with every element of a comma-separated value.
template <class Each>
void for_each_element(std::string_view list, Each each) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    each(trimmed(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// What the headers say about framing and the connection, before it is weighed.
struct Said {
  int minor_version = 1;
  bool chunked = false;
  std::optional<std::uint64_t> length;
  bool close = false;
};

/// `HTTP/1.1 200 OK`; the reason may be missing with its space, as some servers send it.
Result<int> parse_status_line(std::string_view line, Said& said) {
  if (
    line.size() < 12 || !line.starts_with("HTTP/1.") || (line[7] != '0' && line[7] != '1')
    || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
    return invalid("the answer's status line is none of HTTP/1.1");
  if (!std::ranges::all_of(line.substr(9, 3), is_digit) || line[9] == '0')
    return invalid("the answer's status is no number of three digits");
  if (count_field_text(line) != line.size())
    return invalid("the answer's status line has a control character");
  said.minor_version = line[7] - '0';
  return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

/// Takes the header line at the front of `rest` off it: null, or what is wrong with it. All that
/// may stand in a line ends before its CR LF, and the head ends with an empty line, so nothing is
/// looked at beyond.
const char* take_header(std::string_view& rest, Header& header) noexcept {
  const auto name_bytes = count_token(rest);
  if (rest[name_bytes] != ':') {
    // A folded line begins with a blank and ends up here too.
    const auto line = rest.substr(0, rest.find("\r\n"));
    return line.find(':') == line.npos ? "the answer has a header line without a name"
                                       : "the answer has a header name with a forbidden character";
  }
  if (name_bytes == 0) return "the answer has a header line without a name";
  const auto value = rest.substr(name_bytes + 1);
  const auto value_bytes = count_field_text(value);
  if (value[value_bytes] != '\r' || value[value_bytes + 1] != '\n')
    return "the answer has a header value with a control character";
  header = {rest.substr(0, name_bytes), trimmed(value.substr(0, value_bytes))};
  rest = value.substr(value_bytes + 2);
  return nullptr;
}

const char* note_length(std::string_view value, Said& said) noexcept {
  std::uint64_t length = 0;
  const auto end = value.data() + value.size();
  constexpr std::size_t digits_max = 18;
  if (
    value.empty() || value.size() > digits_max || !std::ranges::all_of(value, is_digit)
    || std::from_chars(value.data(), end, length).ec != std::errc{})
    return "the answer's content-length is no number";
  if (said.length && *said.length != length) return "the answer has two lengths that differ";
  said.length = length;
  return nullptr;
}

void note_keep_alive_time(std::string_view value, ReceivedHead& head) {
  constexpr std::string_view name = "timeout=";
  for_each_element(value, [&](std::string_view element) {
    if (element.size() <= name.size() || !same_ignoring_case(element.substr(0, name.size()), name))
      return;
    const auto number = element.substr(name.size());
    unsigned seconds = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), seconds);
    if (parsed.ec == std::errc{}) head.keep_alive_time = std::chrono::seconds{seconds};
  });
}

/// What a header says of framing and connection: null, or what is wrong with it. Told apart by
/// length first: of most headers nothing else is looked at.
const char* note(const Header& header, Said& said, ReceivedHead& head) {
  const auto is = [&](std::string_view name) { return same_ignoring_case(header.name, name); };
  switch (header.name.size()) {
  case 10:
    if (is("keep-alive")) note_keep_alive_time(header.value, head);
    if (!is("connection")) return nullptr;
    for_each_element(header.value, [&](std::string_view element) {
      if (same_ignoring_case(element, "close")) said.close = true;
    });
    return nullptr;
  case 14: return is("content-length") ? note_length(header.value, said) : nullptr;
  case 17:
    if (!is("transfer-encoding")) return nullptr;
    if (said.chunked || !same_ignoring_case(header.value, "chunked"))
      return "the answer has a transfer coding other than chunked";
    said.chunked = true;
    return nullptr;
  default: return nullptr;
  }
}

Result<void> decide_body(const Said& said, bool answers_head_request, ReceivedHead& head) {
  if (said.chunked && said.length)
    return invalid("the answer is both chunked and of a given length");
  if (said.chunked && said.minor_version == 0)
    return invalid("an answer of HTTP/1.0 can't be chunked");
  const bool without_body =
    answers_head_request || head.status < 200 || head.status == 204 || head.status == 304;
  if (without_body) {
    head.body_end = BodyEnd::no_body;
  } else if (said.chunked) {
    head.body_end = BodyEnd::chunked;
  } else if (said.length) {
    head.length = *said.length;
    head.body_end = head.length == 0 ? BodyEnd::no_body : BodyEnd::length;
  } else {
    head.body_end = BodyEnd::close;
  }
  // HTTP/1.0 keeps a connection only by an agreement that nobody needs any more.
  head.keep_alive = said.minor_version == 1 && !said.close && head.body_end != BodyEnd::close;
  return {};
}

} // namespace

Result<std::size_t> ReceivedHeadEnd::find(std::string_view bytes) {
  constexpr std::string_view beginning = "HTTP/1.";
  if (bytes.substr(0, beginning.size()) != beginning.substr(0, bytes.size()))
    return invalid("the answer is none of HTTP/1");
  while (seen_ < bytes.size()) {
    const auto* from = bytes.data() + seen_;
    const auto* feed = static_cast<const char*>(std::memchr(from, '\n', bytes.size() - seen_));
    if (feed == nullptr) break;
    const auto at = static_cast<std::size_t>(feed - bytes.data());
    if (at == line_begin_ || bytes[at - 1] != '\r')
      return invalid("the answer's head has a bare line feed");
    const bool is_empty_line = at == line_begin_ + 1;
    line_begin_ = seen_ = at + 1;
    if (line_begin_ > received_head_bytes_max) break;
    if (is_empty_line) return line_begin_;
  }
  seen_ = bytes.size();
  if (seen_ > received_head_bytes_max) return invalid("the answer's head is too long");
  return std::size_t{0};
}

Result<void>
parse_received_head(std::string_view bytes, bool answers_head_request, ReceivedHead& head) {
  head = {};
  Said said;
  if (!bytes.ends_with("\r\n\r\n")) return invalid("the answer's head has no end");
  const auto status_line = bytes.substr(0, bytes.find("\r\n"));
  GATEWAY_TRY(head.status, parse_status_line(status_line, said));
  bytes.remove_prefix(status_line.size() + 2);
  while (!bytes.starts_with("\r\n")) {
    if (head.headers.size() == received_headers_max)
      return invalid("the answer has too many headers");
    auto& header = head.headers.emplace_back();
    const auto* wrong = take_header(bytes, header);
    if (wrong == nullptr) wrong = note(header, said, head);
    if (wrong != nullptr) return invalid(wrong);
  }
  return decide_body(said, answers_head_request, head);
}

} // namespace gateway
