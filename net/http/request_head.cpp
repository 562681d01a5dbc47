#include "net/http/request_head.hpp"

#include "net/http/head_syntax.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace gateway {
namespace {

constexpr Fault head_too_large{
  431, ErrorKind::headers_too_large, "The request's head is too large."};
constexpr Fault line_too_long{
  431, ErrorKind::headers_too_large, "A header line of the request is too long."};
constexpr Fault too_many_headers{
  431, ErrorKind::headers_too_large, "The request has too many header fields."};
constexpr Fault target_too_long{
  431, ErrorKind::headers_too_large, "The request's target is too long."};
constexpr Fault unknown_version{
  505, ErrorKind::invalid_value, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
constexpr Fault unknown_expectation{
  417, ErrorKind::invalid_value, "Only `Expect: 100-continue` is understood."};

constexpr Fault bare_line_feed = bad_request("A line of the head does not end with CR LF.");
constexpr Fault no_request = bad_request("These bytes are not the beginning of an HTTP request.");
constexpr Fault bad_method = bad_request("The request's method is not a token.");
constexpr Fault bad_target = bad_request("The request's target is not one that is served here.");
constexpr Fault bad_version = bad_request("The request line does not end with an HTTP version.");
constexpr Fault folded_line = bad_request("Folded header lines are refused.");
constexpr Fault bad_name = bad_request("A header's name is not a token directly before a colon.");
constexpr Fault bad_value = bad_request("A header's value holds a control byte.");
constexpr Fault bad_length = bad_request("The Content-Length is not one number, given once.");
constexpr Fault bad_coding =
  bad_request("The only transfer coding taken is `chunked`, given once.");
constexpr Fault two_framings =
  bad_request("Content-Length and Transfer-Encoding exclude each other.");
constexpr Fault old_coding = bad_request("HTTP/1.0 knows no Transfer-Encoding.");
constexpr Fault no_host = bad_request("A request of HTTP/1.1 has exactly one Host header.");
constexpr Fault bad_host = bad_request("The Host header is not a host with an optional port.");
constexpr Fault other_host = bad_request("The target's host is not the one of the Host header.");

/// What the fields say together; each is looked at once, where its line is parsed.
struct Seen {
  std::optional<std::string_view> host;
  std::uint64_t length = 0;
  bool has_length = false;
  bool has_coding = false;
  bool expects_continue = false;
  bool says_close = false;
  bool says_keep_alive = false;
};

const Fault* take_length(std::string_view value, Seen& seen) noexcept {
  // Eighteen digits can't overflow, and no body has so many bytes.
  if (seen.has_length || value.empty() || value.size() > 18) return &bad_length;
  for (const char c : value) {
    if (c < '0' || c > '9') return &bad_length;
    seen.length = seen.length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  seen.has_length = true;
  return nullptr;
}

void take_connection(std::string_view value, Seen& seen) noexcept {
  while (!value.empty()) {
    const auto comma = value.find(',');
    const auto option = trimmed(value.substr(0, comma));
    if (same_ignoring_case(option, "close")) seen.says_close = true;
    if (same_ignoring_case(option, "keep-alive")) seen.says_keep_alive = true;
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
  }
}

/// The few fields that decide about the message itself, told apart by length first.
const Fault* take_field(const Header& field, Seen& seen) noexcept {
  const auto is = [&](std::string_view name) { return same_ignoring_case(field.name, name); };
  switch (field.name.size()) {
  case 4:
    if (!is("host")) return nullptr;
    if (seen.host) return &no_host;
    seen.host = field.value;
    return is_host(field.value) ? nullptr : &bad_host;
  case 6:
    if (!is("expect")) return nullptr;
    if (!same_ignoring_case(field.value, "100-continue")) return &unknown_expectation;
    seen.expects_continue = true;
    return nullptr;
  case 10:
    if (is("connection")) take_connection(field.value, seen);
    return nullptr;
  case 14: return is("content-length") ? take_length(field.value, seen) : nullptr;
  case 17:
    if (!is("transfer-encoding")) return nullptr;
    if (seen.has_coding || !same_ignoring_case(field.value, "chunked")) return &bad_coding;
    seen.has_coding = true;
    return nullptr;
  default: return nullptr;
  }
}

/// Parses one field line at the front of `rest` and takes it off.
const Fault* parse_field(std::string_view& rest, const HttpLimits& limits, Header& field) noexcept {
  if (is_blank(rest.front())) return &folded_line;
  const auto name_bytes = count_token(rest);
  if (name_bytes == 0 || rest[name_bytes] != ':') return &bad_name;
  field.name = rest.substr(0, name_bytes);
  const auto value = rest.substr(name_bytes + 1);
  const auto value_bytes = count_field_text(value);
  if (value[value_bytes] != '\r' || value[value_bytes + 1] != '\n') return &bad_value;
  if (name_bytes + value_bytes > limits.header_line_bytes_max) return &line_too_long;
  field.value = trimmed(value.substr(0, value_bytes));
  rest = value.substr(value_bytes + 2);
  return nullptr;
}

/// Parses the request line at the front of `rest` and takes it off.
const Fault* parse_request_line(
  std::string_view& rest,
  const HttpLimits& limits,
  RequestHead& head,
  std::string_view& target) noexcept {
  const auto method_bytes = count_token(rest);
  if (method_bytes == 0 || method_bytes > limits.method_bytes_max || rest[method_bytes] != ' ')
    return &bad_method;
  head.method = rest.substr(0, method_bytes);
  rest.remove_prefix(method_bytes + 1);
  const auto target_bytes = count_target(rest);
  if (target_bytes > limits.target_bytes_max) return &target_too_long;
  if (target_bytes == 0 || rest[target_bytes] != ' ') return &bad_target;
  target = rest.substr(0, target_bytes);
  rest.remove_prefix(target_bytes + 1);

  constexpr std::string_view version = "HTTP/1.1\r\n"; // the digits are looked at apart
  if (rest.size() < version.size() || rest.substr(0, 5) != "HTTP/") return &bad_version;
  if (rest[6] != '.' || !is_digit(rest[5]) || !is_digit(rest[7])) return &bad_version;
  if (rest[8] != '\r' || rest[9] != '\n') return &bad_version;
  if (rest[5] != '1' || rest[7] > '1') return &unknown_version;
  head.minor_version = rest[7] - '0';
  rest.remove_prefix(version.size());
  return nullptr;
}

/// Splits the target into path and query: origin-form, `*` of OPTIONS, or absolute-form, whose
/// host must be the Host header's, as whoever checks hosts looks only there.
const Fault* split_target(
  std::string_view target, std::optional<std::string_view> host, RequestHead& head) noexcept {
  if (target.front() != '/') {
    if (target == "*" && head.method == "OPTIONS") {
      head.path = target;
      head.query = {};
      return nullptr;
    }
    const auto scheme_bytes = count_http_scheme(target);
    if (scheme_bytes == 0) return &bad_target;
    const auto authority = target.substr(scheme_bytes);
    const auto authority_bytes = std::min(authority.find_first_of("/?"), authority.size());
    if (!host || !same_ignoring_case(authority.substr(0, authority_bytes), *host))
      return &other_host;
    target = authority.substr(authority_bytes);
  }
  const auto question = target.find('?');
  head.path = target.substr(0, question);
  if (head.path.empty()) head.path = "/";
  head.query =
    question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  return nullptr;
}

const Fault* decide_framing(const Seen& seen, RequestHead& head, BodyFraming& framing) noexcept {
  const bool is_old = head.minor_version == 0;
  if (!seen.host && !is_old) return &no_host;
  if (seen.has_coding && seen.has_length) return &two_framings;
  if (seen.has_coding && is_old) return &old_coding;
  framing = {};
  if (seen.has_coding) {
    framing.kind = BodyFraming::Kind::chunked;
  } else if (seen.length != 0) {
    framing.kind = BodyFraming::Kind::length;
    framing.length = seen.length;
  }
  framing.expects_continue =
    seen.expects_continue && !is_old && framing.kind != BodyFraming::Kind::none;
  head.keep_alive = !seen.says_close && (!is_old || seen.says_keep_alive);
  return nullptr;
}

} // namespace

const Fault* HeadEnd::look(std::string_view text, const HttpLimits& limits) noexcept {
  if (looked_ == 0 && !text.empty() && !is_token_char(text.front())) return &no_request;
  const auto bounded = text.substr(0, limits.head_bytes_max);
  while (looked_ < bounded.size()) {
    const auto* from = bounded.data() + looked_;
    const auto* found = std::memchr(from, '\n', bounded.size() - looked_);
    if (found == nullptr) {
      looked_ = bounded.size();
      break;
    }
    const auto at = looked_ + static_cast<std::size_t>(static_cast<const char*>(found) - from);
    if (at == line_start_ || bounded[at - 1] != '\r') return &bare_line_feed;
    looked_ = at + 1;
    if (at - 1 == line_start_) {
      bytes_ = looked_;
      return nullptr;
    }
    line_start_ = looked_;
  }
  return text.size() >= limits.head_bytes_max ? &head_too_large : nullptr;
}

const Fault* parse_request_head(
  std::string_view text, const HttpLimits& limits, RequestHead& head, BodyFraming& framing) {
  // What every index below relies on: each count of characters stops at the end's CR at the latest.
  if (!text.ends_with("\r\n\r\n")) return &bare_line_feed;
  auto rest = text;
  std::string_view target;
  if (const auto* fault = parse_request_line(rest, limits, head, target)) return fault;

  head.headers.clear();
  Seen seen;
  while (rest.front() != '\r') {
    if (head.headers.size() == limits.headers_max) return &too_many_headers;
    auto& field = head.headers.emplace_back();
    if (const auto* fault = parse_field(rest, limits, field)) return fault;
    if (const auto* fault = take_field(field, seen)) return fault;
  }
  if (rest != "\r\n") return &bare_line_feed;
  if (const auto* fault = split_target(target, seen.host, head)) return fault;
  return decide_framing(seen, head, framing);
}

} // namespace gateway
