#include "net/upstream/origin.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a base URL is taken apart into origin and path", "[net][upstream][pure]") {
  struct Row {
    const char* url;
    bool tls;
    const char* host;
    unsigned port;
    const char* host_header;
    const char* path;
  };
  const auto row = GENERATE(
    Row{"https://api.openai.com/v1", true, "api.openai.com", 443, "api.openai.com", "/v1"},
    Row{"https://api.openai.com/v1/", true, "api.openai.com", 443, "api.openai.com", "/v1"},
    Row{"https://api.anthropic.com", true, "api.anthropic.com", 443, "api.anthropic.com", ""},
    Row{"http://127.0.0.1:8081", false, "127.0.0.1", 8081, "127.0.0.1:8081", ""},
    Row{"http://localhost:80/", false, "localhost", 80, "localhost", ""},
    Row{"https://host:443/a/b", true, "host", 443, "host", "/a/b"},
    Row{"https://host:80", true, "host", 80, "host:80", ""},
    Row{"HTTPS://API.Example.COM/Path", true, "api.example.com", 443, "api.example.com", "/Path"},
    Row{"http://[::1]:9000/v1", false, "::1", 9000, "[::1]:9000", "/v1"},
    Row{"https://[2001:db8::2]", true, "2001:db8::2", 443, "[2001:db8::2]", ""},
    Row{"http://demo_provider:1/", false, "demo_provider", 1, "demo_provider:1", ""},
    Row{
      "https://x.y-z.internal:65535/p%20q//",
      true,
      "x.y-z.internal",
      65535,
      "x.y-z.internal:65535",
      "/p%20q"},
    Row{
      "https://a.googleapis.com/v1beta/openai",
      true,
      "a.googleapis.com",
      443,
      "a.googleapis.com",
      "/v1beta/openai"});
  CAPTURE(row.url);
  const auto parsed = parse_base_url(row.url);
  REQUIRE(parsed);
  CHECK(parsed->origin.tls == row.tls);
  CHECK(parsed->origin.host == row.host);
  CHECK(parsed->origin.port == row.port);
  CHECK(parsed->origin.host_header == row.host_header);
  CHECK(parsed->path == row.path);
}

TEST_CASE("a base URL that could be read in two ways is refused", "[net][upstream][pure]") {
  struct Row {
    std::string url;
    const char* why;
  };
  const auto row = GENERATE(
    Row{"", "the URL must begin with https:// or http://"},
    Row{"api.openai.com/v1", "the URL must begin with https:// or http://"},
    Row{"ftp://host", "the URL must begin with https:// or http://"},
    Row{"https:/host", "the URL must begin with https:// or http://"},
    Row{"https://", "the URL has no host"},
    Row{"https:///v1", "the URL has no host"},
    Row{"https://:443", "the URL has no host"},
    Row{"https://user@host", "the URL may hold no user name or password"},
    Row{"https://user:password@host/v1", "the URL may hold no user name or password"},
    Row{"https://host?key=1", "the URL may have no query and no fragment"},
    Row{"https://host/v1?", "the URL may have no query and no fragment"},
    Row{"https://host/v1#part", "the URL may have no query and no fragment"},
    Row{"https://host/a b", "the URL has a space, a backslash or a control character"},
    Row{"https://host\\@other", "the URL has a space, a backslash or a control character"},
    Row{"https://host/\r\nx: y", "the URL has a space, a backslash or a control character"},
    Row{"https://h\xc3\xb6st", "the URL has a space, a backslash or a control character"},
    Row{"https://host:", "the port is not a number from 1 to 65535"},
    Row{"https://host:0", "the port is not a number from 1 to 65535"},
    Row{"https://host:65536", "the port is not a number from 1 to 65535"},
    Row{"https://host:80a", "the port is not a number from 1 to 65535"},
    Row{"https://host:-1", "the port is not a number from 1 to 65535"},
    Row{"https://::1", "the URL has no host"},
    Row{"https://[::1", "the bracket of the IPv6 address is not closed"},
    Row{"https://[host]", "what stands in brackets is not an IPv6 address"},
    Row{"https://[fe80::1%eth0]", "what stands in brackets is not an IPv6 address"},
    Row{"https://[::1]x", "only a port may follow the IPv6 address"},
    Row{"https://a..b", "the host is neither a name nor an address"},
    Row{"https://.a", "the host is neither a name nor an address"},
    Row{"https://a.", "the host is neither a name nor an address"},
    Row{"https://-a.b", "the host is neither a name nor an address"},
    Row{"https://a,b", "the host is neither a name nor an address"},
    Row{"https://" + std::string(64, 'a'), "the host is neither a name nor an address"},
    Row{"https://" + std::string(254, 'a'), "the host name is too long"},
    Row{"https://127.1", "the host is not an IPv4 address of four numbers"},
    Row{"https://2130706433", "the host is not an IPv4 address of four numbers"},
    Row{"https://0x7f.0x0.0x0.0x1", "the host is not an IPv4 address of four numbers"},
    Row{"https://256.0.0.1", "the host is not an IPv4 address of four numbers"},
    Row{"https://host/" + std::string(2048, 'a'), "the URL is too long"});
  CAPTURE(row.url);
  const auto parsed = parse_base_url(row.url);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == ErrorKind::invalid_value);
  CHECK(parsed.error().message == row.why);
}

TEST_CASE("what is said about a refused base URL holds nothing of it", "[net][upstream][pure]") {
  const auto parsed = parse_base_url("https://user:hunter2@host/v1");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message.find("hunter2") == std::string::npos);
}
