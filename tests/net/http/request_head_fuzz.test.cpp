#include "net/http/request_head.hpp"
#include "tests/net/http/parsed_head.hpp"

#include <catch2/catch.hpp>

#include <iterator>
#include <random>
#include <string>
#include <string_view>

namespace gateway::testing {
namespace {

/// What an independent, slow reading of the strict rules says about a head that was taken.
void require_plain(std::string_view text, const Parsed& parsed) {
  REQUIRE(text.ends_with("\r\n\r\n"));
  std::size_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      REQUIRE(text[i - 1] == '\r');
      ++lines;
      REQUIRE((i + 1 == text.size() || (text[i + 1] != ' ' && text[i + 1] != '\t')));
    } else if (c == '\r') {
      REQUIRE(text[i + 1] == '\n');
    } else {
      REQUIRE((c >= 0x20 || c == '\t'));
      REQUIRE(c != 0x7f);
    }
  }
  REQUIRE(parsed.head.headers.size() == lines - 2);
  const auto count = [&](std::string_view name) {
    std::size_t found = 0;
    for (const auto& header : parsed.head.headers) found += same_ignoring_case(header.name, name);
    return found;
  };
  REQUIRE(count("content-length") + count("transfer-encoding") <= 1);
  REQUIRE(count("host") <= 1);
  REQUIRE((count("host") == 1 || parsed.head.minor_version == 0));
  REQUIRE_FALSE(parsed.head.path.empty());
}

TEST_CASE("mutated heads are refused or taken by the strict rules", "[net][http][fuzz]") {
  const std::string seeds[] = {
    "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 12\r\n"
    "Authorization: Bearer x\r\nConnection: keep-alive\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    "GET http://a/x HTTP/1.0\r\nHost: a\r\nConnection: close\r\n\r\n"};
  const std::string_view pieces[] = {
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    "\r\n ",
    "Content-Length: 3\r\n",
    "Host: b\r\n",
    "Transfer-Encoding: chunked\r\n",
    std::string_view{"\0", 1},
    "\x7f",
    "\xff",
    "chunked",
    ",",
    "HTTP/1.1",
    "\r\n\r\n"};
  constexpr unsigned seed = 20240607;
  constexpr int rounds = 60'000;
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto below = [&](std::size_t bound) { return random() % bound; };
  std::size_t taken = 0;
  for (int round = 0; round < rounds; ++round) {
    auto text = seeds[below(std::size(seeds))];
    for (auto changes = 1 + below(3); changes > 0 && !text.empty(); --changes) {
      const auto at = below(text.size());
      switch (below(5)) {
      case 0: text[at] = static_cast<char>(below(256)); break;
      case 1: text.erase(at, 1 + below(4)); break;
      case 2: text.insert(at, pieces[below(std::size(pieces))]); break;
      case 3: text.insert(at, text.substr(below(text.size()), below(40))); break;
      default: text.resize(at);
      }
    }
    // A heap block of exactly that size: the sanitizer sees the first byte read beyond it.
    const std::string exact{text.data(), text.size()};
    const auto parsed = parse(exact);
    if (parsed.fault != nullptr || !parsed.found) continue;
    ++taken;
    require_plain(std::string_view{exact}.substr(0, exact.find("\r\n\r\n") + 4), parsed);
  }
  CHECK(taken > rounds / 20); // the mutations leave enough that is well-formed
}

TEST_CASE("text that is no whole head is refused without being read beyond", "[net][http][fuzz]") {
  const auto text = get_with("Content-Length: 3\r\nConnection: close\r\n");
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    RequestHead head;
    BodyFraming framing;
    const std::string cut = text.substr(0, bytes);
    CHECK(parse_request_head(cut, HttpLimits{}, head, framing) != nullptr);
  }
}

} // namespace
} // namespace gateway::testing
