#include "net/http/answer_head.hpp"

#include "net/base/text_writer.hpp"
#include "net/http/head_syntax.hpp"

#include <array>
#include <cstdio>

namespace gateway {
namespace {

/// The reason phrases of RFC 9110; clients ignore them, people reading a capture do not.
std::string_view reason_of(int status) noexcept {
  switch (status) {
  case 200: return "OK";
  case 201: return "Created";
  case 202: return "Accepted";
  case 204: return "No Content";
  case 301: return "Moved Permanently";
  case 302: return "Found";
  case 303: return "See Other";
  case 304: return "Not Modified";
  case 307: return "Temporary Redirect";
  case 308: return "Permanent Redirect";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 411: return "Length Required";
  case 412: return "Precondition Failed";
  case 413: return "Content Too Large";
  case 415: return "Unsupported Media Type";
  case 417: return "Expectation Failed";
  case 422: return "Unprocessable Content";
  case 428: return "Precondition Required";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 499: return "Client Closed Request";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  case 505: return "HTTP Version Not Supported";
  default: return "Answer";
  }
}

// A control character would split the head; nobody means to send one.
void append_text(TextWriter& out, std::string_view text) {
  if (count_field_text(text) == text.size()) {
    out += text;
    return;
  }
  for (const char c : text) out += count_field_text({&c, 1}) == 0 ? ' ' : c;
}

} // namespace

std::string_view DateText::at(std::time_t now) noexcept {
  if (now != made_for_) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    const auto written = std::snprintf(
      text_,
      sizeof text_,
      "%s, %02d %s %d %02d:%02d:%02d GMT",
      days[static_cast<std::size_t>(utc.tm_wday)],
      utc.tm_mday,
      months[static_cast<std::size_t>(utc.tm_mon)],
      utc.tm_year + 1900,
      utc.tm_hour,
      utc.tm_min,
      utc.tm_sec);
    bytes_ = static_cast<std::size_t>(written);
    made_for_ = now;
  }
  return {text_, bytes_};
}

void write_answer_head(
  std::string& head,
  int status,
  std::string_view date,
  const AnswerFraming& framing,
  std::span<const Header> headers) {
  head.clear();
  TextWriter out{head};
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out += reason_of(status);
  out += "\r\ndate: ";
  out += date;
  if (framing.length) {
    out += "\r\ncontent-length: ";
    append_number(out, *framing.length);
  }
  if (framing.chunked) out += "\r\ntransfer-encoding: chunked";
  if (framing.closes) out += "\r\nconnection: close";
  if (framing.keeps_old) out += "\r\nconnection: keep-alive";
  for (const auto& header : headers) {
    out += "\r\n";
    out += header.name; // of the program's own, never a stranger's
    out += ": ";
    append_text(out, header.value);
  }
  out += "\r\n\r\n";
}

} // namespace gateway
