#include "tests/net/dialects/limit_texts.hpp"

#include <catch2/catch.hpp>

using namespace gateway;
using namespace std::chrono_literals;

namespace {

using Wait = std::optional<std::chrono::milliseconds>;
constexpr auto now = limits_now;

} // namespace

TEST_CASE("limits are read from every vendor's headers", "[dialects][limits]") {
  struct Row {
    const char* vendor;
    std::vector<Header> headers;
    const char* style;
    std::vector<std::string> reports;
  };
  const auto row = GENERATE(
    Row{
      "openai",
      {{"x-ratelimit-limit-requests", "5000"},
       {"x-ratelimit-limit-tokens", "160000"},
       {"x-ratelimit-remaining-requests", "4999"},
       {"x-ratelimit-remaining-tokens", "159976"},
       {"x-ratelimit-reset-requests", "12ms"},
       {"x-ratelimit-reset-tokens", "6m0s"},
       {"x-ratelimit-limit-project-tokens", "10"},
       {"x-ratelimit-remaining-project-tokens", "1"},
       {"x-ratelimit-limit-tokens_usage_based", "2"}},
      "",
      {"requests/? limit=5000 remaining=4999 reset=12",
       "tokens/? limit=160000 remaining=159976 reset=360000"}},
    Row{
      "groq counts requests by the day",
      {{"x-ratelimit-limit-requests", "14400"},
       {"x-ratelimit-limit-tokens", "18000"},
       {"x-ratelimit-remaining-requests", "14370"},
       {"x-ratelimit-remaining-tokens", "17997"},
       {"x-ratelimit-reset-requests", "2m59.56s"},
       {"x-ratelimit-reset-tokens", "7.66s"}},
      "groq",
      {"requests/day limit=14400 remaining=14370 reset=179560",
       "tokens/minute limit=18000 remaining=17997 reset=7660"}},
    Row{
      "anthropic",
      {{"anthropic-ratelimit-requests-limit", "1000"},
       {"anthropic-ratelimit-requests-remaining", "999"},
       {"anthropic-ratelimit-requests-reset", "2026-11-23T12:00:30Z"},
       {"anthropic-ratelimit-input-tokens-limit", "80000"},
       {"anthropic-ratelimit-input-tokens-remaining", "79000"},
       {"anthropic-ratelimit-input-tokens-reset", "2026-11-23T12:01:00Z"},
       {"anthropic-ratelimit-output-tokens-remaining", "15000"},
       {"anthropic-ratelimit-tokens-limit", "96000"},
       {"anthropic-ratelimit-unified-status", "allowed"},
       {"anthropic-ratelimit-unified-reset", "1795438800"},
       {"anthropic-priority-input-tokens-remaining", "0"},
       {"anthropic-fast-input-tokens-remaining", "0"}},
      "",
      {"requests/? limit=1000 remaining=999 reset=30000",
       "input/? limit=80000 remaining=79000 reset=60000",
       "output/? limit=- remaining=15000 reset=-",
       "tokens/? limit=96000 remaining=- reset=-"}},
    Row{
      "azure",
      {{"x-ratelimit-limit-requests", "60"},
       {"x-ratelimit-limit-tokens", "10000"},
       {"x-ratelimit-remaining-requests", "59"},
       {"x-ratelimit-remaining-tokens", "9000"},
       {"x-ratelimit-reset-tokens", "6"}},
      "",
      {"requests/? limit=60 remaining=59 reset=-",
       "tokens/? limit=10000 remaining=9000 reset=6000"}},
    Row{
      "cerebras",
      {{"x-ratelimit-limit-requests-day", "14400"},
       {"x-ratelimit-limit-tokens-minute", "60000"},
       {"x-ratelimit-remaining-requests-day", "14399"},
       {"x-ratelimit-remaining-tokens-minute", "58000"},
       {"x-ratelimit-reset-requests-day", "33011.382867097855"},
       {"x-ratelimit-reset-tokens-minute", "11.38"}},
      "",
      {"requests/day limit=14400 remaining=14399 reset=33011383",
       "tokens/minute limit=60000 remaining=58000 reset=11380"}},
    Row{
      "mistral",
      {{"x-ratelimit-limit-tokens-minute", "500000"},
       {"x-ratelimit-remaining-tokens-minute", "499000"},
       {"x-ratelimit-limit-req-minute", "60"},
       {"x-ratelimit-remaining-req-minute", "59"},
       {"x-ratelimit-tokens-query-cost", "321"}},
      "",
      {"tokens/minute limit=500000 remaining=499000 reset=-",
       "requests/minute limit=60 remaining=59 reset=-"}},
    Row{
      "mistral of old",
      {{"ratelimitbysize-limit", "500000"},
       {"ratelimitbysize-remaining", "499679"},
       {"ratelimitbysize-reset", "38"},
       {"x-ratelimitbysize-limit-month", "1000000000"},
       {"x-ratelimitbysize-remaining-month", "999999679"}},
      "",
      {"tokens/? limit=500000 remaining=499679 reset=38000",
       "tokens/month limit=1000000000 remaining=999999679 reset=-"}},
    Row{
      "sambanova",
      {{"x-ratelimit-limit-requests", "20"},
       {"x-ratelimit-remaining-requests", "19"},
       {"x-ratelimit-reset-requests", "1795435260"},
       {"x-ratelimit-limit-requests-day", "200"},
       {"x-ratelimit-remaining-requests-day", "150"},
       {"x-ratelimit-reset-requests-day", "1795478400"}},
      "",
      {"requests/? limit=20 remaining=19 reset=60000",
       "requests/day limit=200 remaining=150 reset=43200000"}},
    Row{
      "together",
      {{"x-ratelimit-limit", "60"},
       {"x-ratelimit-remaining", "59"},
       {"x-ratelimit-reset", "1"},
       {"x-tokenlimit-limit", "60000"},
       {"x-tokenlimit-remaining", "59000"}},
      "",
      {"requests/? limit=60 remaining=59 reset=1000",
       "tokens/? limit=60000 remaining=59000 reset=-"}},
    Row{
      "fireworks",
      {{"x-ratelimit-limit-requests", "6000"},
       {"x-ratelimit-limit-tokens-prompt", "60000"},
       {"x-ratelimit-remaining-tokens-prompt", "59000"},
       {"x-ratelimit-limit-tokens-generated", "600"},
       {"x-ratelimit-over-limit", "no"}},
      "fireworks",
      {"requests/? limit=6000 remaining=- reset=-",
       "input/second limit=60000 remaining=59000 reset=-",
       "output/second limit=600 remaining=- reset=-"}},
    Row{
      "openrouter",
      {{"X-RateLimit-Limit", "20"},
       {"X-RateLimit-Remaining", "0"},
       {"X-RateLimit-Reset", "1795435260000"}},
      "",
      {"requests/? limit=20 remaining=0 reset=60000"}},
    Row{
      "the IETF draft",
      {{"RateLimit", "\"default\";r=5;t=30"}, {"RateLimit-Policy", "\"default\";q=100;w=60"}},
      "",
      {"requests/minute limit=100 remaining=5 reset=30000"}},
    Row{
      "an older IETF draft in one header",
      {{"ratelimit", "limit=100, remaining=50, reset=5"}},
      "",
      {"requests/? limit=100 remaining=50 reset=5000"}},
    Row{
      "an older IETF draft in three headers",
      {{"ratelimit-limit", "100, 100;w=60"},
       {"ratelimit-remaining", "50"},
       {"ratelimit-reset", "5"}},
      "",
      {"requests/? limit=100 remaining=50 reset=5000",
       "requests/minute limit=100 remaining=- reset=-"}},
    Row{
      "cohere",
      {{"x-trial-endpoint-call-limit", "20"},
       {"x-trial-endpoint-call-remaining", "19"},
       {"x-endpoint-monthly-call-limit", "1000"}},
      "",
      {"requests/minute limit=20 remaining=19 reset=-",
       "requests/month limit=1000 remaining=- reset=-"}},
    Row{
      "azure",
      {{"x-ratelimit-remaining-requests", "9"},
       {"x-ratelimit-remaining-tokens", "900"},
       {"azure-openai-deployment-utilization", "12.5%"}},
      "",
      {"requests/? limit=- remaining=9 reset=-", "tokens/? limit=- remaining=900 reset=-"}},
    Row{"nobody", {{"content-type", "application/json"}, {"x-request-id", "5"}}, "", {}});
  CAPTURE(row.vendor);
  CHECK(limit_texts(row.headers, row.style) == row.reports);
}

TEST_CASE("who is over its limit has nothing left, of whatever unit", "[dialects][limits]") {
  const std::vector<Header> told{
    {"X-Ratelimit-Limit-Requests", "6000"},
    {"X-Ratelimit-Remaining-Requests", "5990"},
    {"X-Ratelimit-Remaining-Tokens-Prompt", "59000"},
    {"X-Ratelimit-Over-Limit", "yes"}};
  // Fireworks counts by the second.
  CHECK(
    limit_texts(told, "fireworks")
    == std::vector<std::string>{
      "requests/? limit=6000 remaining=0 reset=1000",
      "input/second limit=- remaining=59000 reset=-",
      "tokens/? limit=- remaining=0 reset=1000",
      "input/? limit=- remaining=0 reset=1000",
      "output/? limit=- remaining=0 reset=1000"});
  // Of others it is not known how they count.
  CHECK(
    limit_texts({{"x-ratelimit-over-limit", " Yes "}, {"x-ratelimit-reset", "7"}})
    == std::vector<std::string>{
      "requests/? limit=- remaining=0 reset=7000",
      "tokens/? limit=- remaining=0 reset=-",
      "input/? limit=- remaining=0 reset=-",
      "output/? limit=- remaining=0 reset=-"});
  CHECK(limit_texts({{"x-ratelimit-over-limit", "no"}}, "fireworks").empty());
}

TEST_CASE("values that are none are passed over", "[dialects][limits]") {
  CHECK(
    limit_texts({{"x-ratelimit-limit-requests", "many"}, {"x-ratelimit-reset-requests", "soon"}})
      .empty());
  CHECK(limit_texts({{"x-ratelimit-limit-requests", "inf"}, {"x-ratelimit-limit-tokens", "nan"}})
          .empty());
  CHECK(limit_texts({{"x-ratelimit-", "5"}, {"x-ratelimit-limit-bananas", "5"}}).empty());
  CHECK(limit_texts({{"ratelimit", ";;,,=;r="}}).empty());
  CHECK(
    limit_texts({{"x-ratelimit-remaining-requests", "-3"}})
    == std::vector<std::string>{"requests/? limit=- remaining=0 reset=-"});
}

TEST_CASE("of two that mean the same the tighter one counts", "[dialects][limits]") {
  CHECK(
    limit_texts(
      {{"x-ratelimit-remaining", "9"},
       {"ratelimit-remaining", "4"},
       {"x-ratelimit-reset", "5"},
       {"ratelimit-reset", "60"}})
    == std::vector<std::string>{"requests/? limit=- remaining=4 reset=60000"});
}

TEST_CASE("absolute times are those of the provider's clock", "[dialects][limits]") {
  CHECK(
    limit_texts(
      {{"date", "Mon, 23 Nov 2026 11:59:00 GMT"},
       {"anthropic-ratelimit-requests-reset", "2026-11-23T12:00:30Z"}})
    == std::vector<std::string>{"requests/? limit=- remaining=- reset=90000"});
}

TEST_CASE("retry-after is read in all its forms", "[dialects][limits]") {
  struct Row {
    const char* when;
    std::vector<Header> headers;
    Wait wait;
  };
  const auto row = GENERATE(
    Row{"seconds", {{"Retry-After", "60"}}, 60s},
    Row{"a fraction", {{"retry-after", "0.5"}}, 500ms},
    Row{"milliseconds", {{"retry-after-ms", "1500"}}, 1500ms},
    Row{"both", {{"retry-after", "9"}, {"retry-after-ms", "1500"}}, 1500ms},
    Row{"broken milliseconds", {{"retry-after", "9"}, {"retry-after-ms", "soon"}}, 9s},
    Row{"a date", {{"retry-after", "Mon, 23 Nov 2026 12:00:30 GMT"}}, 30s},
    Row{
      "a date by another clock",
      {{"retry-after", "Mon, 23 Nov 2026 12:00:30 GMT"}, {"date", "Mon, 23 Nov 2026 12:00:20 GMT"}},
      10s},
    Row{"a duration", {{"retry-after", "2m"}}, 120s},
    Row{"a date that is over", {{"retry-after", "Mon, 23 Nov 2026 11:00:30 GMT"}}, 0ms},
    Row{"below zero", {{"retry-after", "-1"}}, 0ms},
    Row{"below zero in milliseconds", {{"retry-after-ms", "-1"}}, 0ms},
    Row{"a year", {{"retry-after", "31536000"}}, 24h},
    Row{"a year in milliseconds", {{"retry-after-ms", "31536000000"}}, 24h},
    Row{"a word", {{"retry-after", "tomorrow"}}, std::nullopt},
    Row{"nothing", {}, std::nullopt});
  CAPTURE(row.when);
  CHECK(read_retry_after(row.headers, now) == row.wait);
}
