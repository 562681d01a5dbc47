#include "tests/net/demo/caller.hpp"

#include "net/base/header.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <charconv>
#include <cstdlib>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway {
namespace {

Heard understood(const std::string& bytes) {
  Heard heard;
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return heard;
  heard.head = bytes.substr(0, end + 2);
  heard.status = std::atoi(heard.head.c_str() + heard.head.find(' '));
  std::string_view rest = std::string_view{bytes}.substr(end + 4);
  if (const auto length = heard.header("content-length"); !length.empty()) {
    heard.body = rest;
    heard.whole = heard.body.size() == std::strtoull(length.c_str(), nullptr, 10);
    return heard;
  }
  while (!rest.empty()) {
    const auto line = rest.find("\r\n");
    if (line == std::string_view::npos) return heard;
    std::size_t size = 0;
    std::from_chars(rest.data(), rest.data() + line, size, 16);
    rest.remove_prefix(line + 2);
    if (size == 0) {
      heard.whole = true;
      return heard;
    }
    heard.body += rest.substr(0, size);
    rest.remove_prefix(std::min(size + 2, rest.size()));
  }
  return heard;
}

std::size_t number_in(std::string_view bytes, std::size_t size) {
  std::size_t number = 0;
  for (const auto c : bytes.substr(0, size)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

/// Of each message the text of its first header, which says what it is, and its payload.
std::vector<std::string> messages_in(std::string_view body) {
  std::vector<std::string> found;
  while (body.size() >= 16 && body.size() >= number_in(body, 4)) {
    const auto message = body.substr(0, number_in(body, 4));
    const auto headers = message.substr(12, number_in(message.substr(4), 4));
    const auto value = headers.substr(2 + number_in(headers, 1)); // behind the name and the type
    found.push_back(
      std::string{value.substr(2, number_in(value, 2))} + " "
      + std::string{message.substr(12 + headers.size(), message.size() - 16 - headers.size())});
    body.remove_prefix(message.size());
  }
  return found;
}

} // namespace

std::string Heard::header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size();) {
    const auto line = at + 2;
    at = head.find("\r\n", line);
    const auto colon = head.find(": ", line);
    if (colon < at && same_ignoring_case(std::string_view{head}.substr(line, colon - line), name))
      return head.substr(colon + 2, at - colon - 2);
  }
  return {};
}

std::vector<std::string> Heard::events() const {
  std::vector<std::string> found;
  if (header("content-type") == "application/x-ndjson") {
    std::istringstream lines{body};
    for (std::string line; std::getline(lines, line);) found.push_back(line);
    return found;
  }
  if (header("content-type") == "application/vnd.amazon.eventstream") return messages_in(body);
  for (std::size_t at = body.find("data: "); at != std::string::npos;
       at = body.find("data: ", at)) {
    const auto end = body.find('\n', at);
    found.push_back(body.substr(at + 6, end - at - 6));
    at = end;
  }
  return found;
}

Line::Line(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Line::~Line() {
  ::close(socket_);
}

void Line::say(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string Line::hear() const {
  char bytes[4096];
  const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
  return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string{};
}

Heard call(std::uint16_t port, std::string_view request) {
  const Line line{port};
  line.say(request);
  std::string bytes;
  for (auto piece = line.hear(); !piece.empty(); piece = line.hear()) bytes += piece;
  return understood(bytes);
}

Stage::Stage(DemoSettings settings) {
  key_header_ = "authorization: Bearer some-key";
  if (settings.dialect == "anthropic")
    key_header_ = "x-api-key: some-key\r\nanthropic-version: 2023-06-01";
  if (settings.dialect == "gemini") key_header_ = "x-goog-api-key: some-key";
  if (settings.dialect == "azure") key_header_ = "api-key: some-key";
  const auto address = host_.add(std::move(settings), {"127.0.0.1", 0});
  if (!address) std::abort(); // no free loopback port: nothing can be tested here
  port_ = static_cast<std::uint16_t>(std::atoi(address->c_str() + address->rfind(':') + 1));
  thread_ = std::thread{[this] { host_.run(); }};
}

Stage::~Stage() {
  host_.close();
  thread_.join();
}

Heard Stage::call(std::string_view method, std::string_view path, std::string_view body) const {
  return gateway::call(
    port_,
    fmt::format(
      "{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{}\r\ncontent-length: "
      "{}\r\n\r\n{}",
      method,
      path,
      key_header_,
      body.size(),
      body));
}

void Stage::order(std::string_view json) const {
  if (post("/control", json).status != 200) std::abort(); // a test that orders nonsense
}

std::int64_t Stage::count(std::string_view name) const {
  const auto status = call("GET", "/control").body;
  const auto at = status.find(fmt::format("\"{}\":", name));
  if (at == std::string::npos) std::abort(); // a test that asks for nonsense
  return std::atoll(status.c_str() + at + name.size() + 3);
}

void Stage::wait_until(std::string_view name, std::int64_t number) const {
  while (count(name) != number) {
  }
}

} // namespace gateway
