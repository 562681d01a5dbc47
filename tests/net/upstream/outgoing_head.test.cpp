#include "net/upstream/outgoing_head.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace gateway;

namespace {

using Headers = std::vector<Header>;

const Origin origin{.tls = false, .host = "::1", .port = 81, .host_header = "[::1]:81"};

std::string written(const UpstreamCall::Request& request) {
  LentBuffer buffer(16);
  const auto bytes = write_outgoing_head(request, origin, buffer);
  if (!bytes) return bytes.error().message;
  return std::string(buffer.data(), *bytes);
}

} // namespace

TEST_CASE("a request's head is written from values", "[net][upstream][pure]") {
  const Headers headers{{"authorization", "Bearer k"}, {"content-type", "application/json"}};
  const std::vector<std::string_view> body{"{\"model\":\"", "m", "\"}"};
  UpstreamCall::Request request;
  request.path = "/v1/chat/completions?a=b";
  request.headers = headers;
  request.body = body;
  CHECK(
    written(request)
    == "POST /v1/chat/completions?a=b HTTP/1.1\r\n"
       "host: [::1]:81\r\n"
       "authorization: Bearer k\r\n"
       "content-type: application/json\r\n"
       "content-length: 13\r\n\r\n");
}

TEST_CASE("a length is told wherever a body could be expected", "[net][upstream][pure]") {
  UpstreamCall::Request request;
  request.path = "/v1/models";
  CHECK(
    written(request) == "POST /v1/models HTTP/1.1\r\nhost: [::1]:81\r\ncontent-length: 0\r\n\r\n");
  request.method = "GET";
  CHECK(written(request) == "GET /v1/models HTTP/1.1\r\nhost: [::1]:81\r\n\r\n");
}

TEST_CASE(
  "headers that belong to the connection are not taken from outside", "[net][upstream][pure]") {
  const Headers headers{
    {"Host", "other"},
    {"Content-Length", "7"},
    {"transfer-encoding", "chunked"},
    {"connection", "close"},
    {"expect", "100-continue"},
    {"te", "trailers"},
    {"upgrade", "h2c"},
    {"x-kept", "1"}};
  UpstreamCall::Request request;
  request.method = "GET";
  request.path = "/";
  request.headers = headers;
  CHECK(written(request) == "GET / HTTP/1.1\r\nhost: [::1]:81\r\nx-kept: 1\r\n\r\n");
}

TEST_CASE("what would begin another header or request is refused", "[net][upstream][pure]") {
  struct Row {
    const char* when;
    std::string method;
    std::string path;
    std::vector<std::pair<std::string, std::string>> headers; // some are made for this row
    const char* why;
  };
  const auto row = GENERATE(
    Row{
      "a line break in a value",
      "POST",
      "/",
      {{"authorization", "k\r\nx: y"}},
      "header authorization for the provider has a control character"},
    Row{
      "a line feed at the end of a value",
      "POST",
      "/",
      {{"authorization", "k\n"}},
      "header authorization for the provider has a control character"},
    Row{
      "a NUL in a value",
      "POST",
      "/",
      {{"a", std::string("\0", 1)}},
      "header a for the provider has a control character"},
    Row{
      "a line break in a name",
      "POST",
      "/",
      {{"a\r\nb", "c"}},
      "a header for the provider has no token as its name"},
    Row{
      "a colon in a name",
      "POST",
      "/",
      {{"a: b", "c"}},
      "a header for the provider has no token as its name"},
    Row{
      "an empty name",
      "POST",
      "/",
      {{"", "c"}},
      "a header for the provider has no token as its name"},
    Row{
      "a space in the path",
      "POST",
      "/a b",
      {},
      "the path of the provider's URL has a forbidden character"},
    Row{
      "a line break in the path",
      "POST",
      "/ HTTP/1.1\r\na: b",
      {},
      "the path of the provider's URL has a forbidden character"},
    Row{
      "a path that is none",
      "POST",
      "v1",
      {},
      "the path of the provider's URL has a forbidden character"},
    Row{
      "an empty path", "POST", "", {}, "the path of the provider's URL has a forbidden character"},
    Row{"a method that is none", "PO ST", "/", {}, "the method is no token"},
    Row{
      "a head that is too long",
      "POST",
      "/",
      {{"a", std::string(70'000, 'b')}},
      "the head of the request to the provider is too long"});
  CAPTURE(row.when);
  UpstreamCall::Request request;
  request.method = row.method;
  request.path = row.path;
  Headers headers;
  for (const auto& [name, value] : row.headers) headers.push_back({name, value});
  request.headers = headers;
  CHECK(written(request) == row.why);
}
