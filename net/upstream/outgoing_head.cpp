#include "net/upstream/outgoing_head.hpp"

#include "net/http/head_syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace gateway {
namespace {

/// What belongs to the connection, not to the request: added here or never sent.
constexpr std::array<std::string_view, 10> own_headers{
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect"};

/// A bit for each size that an own header has: most names are told by theirs.
constexpr auto own_sizes = [] {
  std::uint64_t sizes = 0;
  for (const auto own : own_headers) sizes |= std::uint64_t{1} << own.size();
  return sizes;
}();

bool is_own(std::string_view name) noexcept {
  if (name.size() >= 64 || (own_sizes >> name.size() & 1) == 0) return false;
  return std::ranges::any_of(own_headers, [&](auto own) { return same_ignoring_case(own, name); });
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && count_token(text) == text.size();
}

bool is_target(std::string_view text) noexcept {
  return text.starts_with('/')
    && find_marked(
         text,
         [](std::uint64_t eight) {
           return marks_below(eight, ' ' + 1) | marks_of(eight, 0x7f) | marks_above_ascii(eight);
         })
    == text.size();
}

/// Appends within what was measured before.
class Pen {
public:
  explicit Pen(char* at) noexcept : begin_(at), at_(at) {}
  void put(std::string_view text) noexcept {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  template <std::size_t size>
  void put(const char (&literal)[size]) noexcept {
    std::memcpy(at_, literal, size - 1);
    at_ += size - 1;
  }
  std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

private:
  char* begin_;
  char* at_;
};

std::size_t body_bytes(const UpstreamCall::Request& request) noexcept {
  std::size_t bytes = 0;
  for (const auto piece : request.body) bytes += piece.size();
  return bytes;
}

Result<void> check(const UpstreamCall::Request& request) {
  if (!is_token(request.method)) return fail(ErrorKind::internal, "the method is no token");
  if (!is_target(request.path))
    return fail(ErrorKind::internal, "the path of the provider's URL has a forbidden character");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name))
      return fail(ErrorKind::internal, "a header for the provider has no token as its name");
    if (count_field_text(value) != value.size())
      return fail(
        ErrorKind::internal,
        "header " + std::string{name} + " for the provider has a control character");
  }
  return {};
}

} // namespace

Result<std::size_t> write_outgoing_head(
  const UpstreamCall::Request& request, const Origin& origin, LentBuffer& buffer) {
  if (auto checked = check(request); !checked) return fail(std::move(checked.error()));
  std::array<char, 20> digits{};
  const auto length = body_bytes(request);
  const auto digits_end = std::to_chars(digits.begin(), digits.end(), length).ptr;
  const bool needs_length = length > 0 || (request.method != "GET" && request.method != "HEAD");

  constexpr std::size_t fixed_bytes = 64; // all that is written between the measured parts
  auto needed = fixed_bytes + request.method.size() + request.path.size()
    + origin.host_header.size() + digits.size();
  for (const auto& [name, value] : request.headers) needed += name.size() + value.size() + 4;
  if (needed > outgoing_head_bytes_max)
    return fail(ErrorKind::internal, "the head of the request to the provider is too long");
  if (needed > buffer.capacity()) buffer.grow(needed, 0);

  Pen pen{buffer.data()};
  pen.put(request.method);
  pen.put(" ");
  pen.put(request.path);
  pen.put(" HTTP/1.1\r\nhost: ");
  pen.put(origin.host_header);
  for (const auto& [name, value] : request.headers) {
    if (is_own(name)) continue;
    pen.put("\r\n");
    pen.put(name);
    pen.put(": ");
    pen.put(value);
  }
  if (needs_length) {
    pen.put("\r\ncontent-length: ");
    pen.put({digits.data(), static_cast<std::size_t>(digits_end - digits.data())});
  }
  pen.put("\r\n\r\n");
  return pen.written();
}

} // namespace gateway
