#include "actors/api/session_cookie.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

RequestHead head_with(std::vector<Header> headers) {
  RequestHead head;
  head.headers = std::move(headers);
  return head;
}

} // namespace

TEST_CASE("the cookie is called by the port that the browser sees", "[api][session]") {
  struct Row {
    const char* host;
    bool by_https;
    const char* name;
  };
  const auto row = GENERATE(
    Row{"127.0.0.1:8080", false, "llm-gateway-8080"},
    Row{"[::1]:9000", false, "llm-gateway-9000"},
    Row{"[::1]", false, "llm-gateway-80"},
    Row{"localhost", false, "llm-gateway-80"},
    Row{"gw.example.com", true, "llm-gateway-443"},
    Row{"gw.example.com:8443", true, "llm-gateway-8443"},
    Row{"localhost:", false, "llm-gateway-80"},
    Row{"localhost:80a", false, "llm-gateway-80"},
    Row{"localhost:123456", false, "llm-gateway-80"},
    Row{"", false, "llm-gateway-80"});
  CAPTURE(row.host);
  CHECK(session_cookie_name(head_with({{"host", row.host}}), row.by_https) == row.name);
}

TEST_CASE("a session is found among other cookies, by its whole name", "[api][session]") {
  const std::string_view name = "llm-gateway-8080";
  struct Row {
    const char* cookie;
    const char* value; // null: none
  };
  const auto row = GENERATE(
    Row{"llm-gateway-8080=abc", "abc"},
    Row{"a=b; llm-gateway-8080=abc; c=d", "abc"},
    Row{"a=b;llm-gateway-8080=abc", "abc"},
    Row{"llm-gateway-8080=a=b", "a=b"},
    Row{"llm-gateway-8080=", ""},
    Row{"llm-gateway-80801=abc", nullptr},
    Row{"xllm-gateway-8080=abc", nullptr},
    Row{"llm-gateway-8080", nullptr},
    Row{";;;", nullptr},
    Row{"", nullptr});
  CAPTURE(row.cookie);
  const auto found = session_in(head_with({{"accept", "x"}, {"Cookie", row.cookie}}), name);
  REQUIRE(found.has_value() == (row.value != nullptr));
  if (found) CHECK(*found == row.value);
}

TEST_CASE("a session's cookie is out of reach for scripts and other sites", "[api][session]") {
  CHECK(
    session_cookie("n", "t", std::chrono::hours{12}, false)
    == "n=t; Path=/admin; Max-Age=43200; HttpOnly; SameSite=Strict");
  CHECK(
    session_cookie("n", "", std::chrono::seconds{0}, true)
    == "n=; Path=/admin; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
}
