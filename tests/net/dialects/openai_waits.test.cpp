#include "net/dialects/openai.hpp"

#include <catch2/catch.hpp>

using namespace gateway;
using namespace std::chrono_literals;

namespace {

using Kind = FailureKind;

/// A refusal of OpenAI's shape.
std::string said(const std::string& message, const std::string& code = "") {
  return R"({"error":{"message":")" + message + R"(","code":")" + code + R"("}})";
}

} // namespace

TEST_CASE("how long to wait is told in many places", "[dialects][openai][failure]") {
  struct Row {
    const char* when;
    int status;
    std::vector<Header> headers;
    std::string body;
    Kind kind;
    std::optional<std::chrono::milliseconds> wait;
    bool until_day_ends;
  };
  const std::string openrouter =
    R"({"error":{"code":429,"message":"x","metadata":{"headers":{"X-RateLimit-Reset":"1000000000001"}}}})";
  const auto row = GENERATE_COPY(
    Row{"a header", 429, {{"retry-after", "7"}}, "", Kind::rate_limited, 7s, false},
    Row{"a message", 429, {}, said("try again in 7.66s"), Kind::rate_limited, 7660ms, false},
    Row{
      "a header beats a message",
      429,
      {{"retry-after-ms", "50"}},
      said("try again in 7.66s"),
      Kind::rate_limited,
      50ms,
      false},
    Row{"a time that has passed", 429, {}, openrouter, Kind::rate_limited, 0ms, false},
    Row{"nothing", 429, {}, "", Kind::rate_limited, std::nullopt, false},
    Row{
      "a day that rolls",
      429,
      {},
      said("tokens per day (TPD). Please try again in 7m12s."),
      Kind::quota_exhausted,
      432s,
      false},
    Row{
      "a day without a word",
      429,
      {},
      said("requests per day"),
      Kind::quota_exhausted,
      std::nullopt,
      true},
    Row{"credit", 402, {}, "", Kind::quota_exhausted, std::nullopt, false},
    Row{
      "credit for what is under way",
      402,
      {{"retry-after", "3"}},
      "",
      Kind::rate_limited,
      3s,
      false},
    Row{"overload", 503, {{"retry-after", "2"}}, "", Kind::overloaded, 2s, false},
    Row{
      "a fault of the request's",
      400,
      {{"retry-after", "2"}},
      "",
      Kind::bad_request,
      std::nullopt,
      false},
    Row{
      "a day's quota that pretends to be back soon",
      429,
      {},
      R"([{"error":{"message":"Please retry in 58s.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"RequestsPerDay"}]}]}}])",
      Kind::quota_exhausted,
      58s,
      true},
    Row{
      "a quota of zero, which no wait of seconds helps",
      429,
      {},
      R"([{"error":{"message":"Please retry in 58s.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"RequestsPerMinute","quotaValue":"0"}]}]}}])",
      Kind::quota_exhausted,
      std::nullopt,
      false},
    Row{
      "Gemini's RetryInfo, without a word in the message",
      429,
      {},
      R"([{"error":{"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"58.821668433s"}]}}])",
      Kind::rate_limited,
      58'822ms,
      false},
    Row{
      "OpenRouter's reset by its own clock",
      429,
      {{"date", "Sun, 09 Sep 2001 01:46:30 GMT"}},
      openrouter,
      Kind::rate_limited,
      10'001ms,
      false});
  CAPTURE(row.when);
  const auto failure = classify_openai(row.status, row.headers, row.body);
  CHECK(failure_text(failure.kind) == failure_text(row.kind));
  CHECK(failure.retry_after == row.wait);
  CHECK(failure.until_day_ends == row.until_day_ends);
}

TEST_CASE("a reset without its zone lengthens a wait, never shortens it", "[openai][failure]") {
  struct Row {
    const char* when;
    std::string code;
    std::string message;
    std::vector<Header> headers;
    std::optional<std::chrono::milliseconds> wait;
  };
  const std::string hours =
    "Usage limit reached for 5 hour. Your limit will reset at 2026-11-23 22:30:00";
  const auto row = GENERATE_COPY(
    Row{"a plan's hours", "1308", hours, {}, 150min},
    Row{
      "in Chinese",
      "1310",
      R"(\u60a8\u7684\u9650\u989d\u5c06\u5728 2026-11-23 22:30:00 \u91cd\u7f6e\u3002)",
      {},
      150min},
    Row{"a header tells less", "1308", hours, {{"retry-after", "60"}}, 150min},
    Row{"a header tells more", "1308", hours, {{"retry-after", "10000"}}, 10'000s},
    Row{"the message has another wait", "1308", hours + ". Try again in 3 hours.", {}, 3h},
    Row{"sooner than without it", "1308", "It will reset at 2026-11-23 20:59:59", {}, std::nullopt},
    Row{"it is over", "1308", "It will reset at 2026-11-23 12:00:01", {}, std::nullopt},
    Row{"of a rate", "1302", "It will reset at 2026-11-23 20:00:09", {}, 9s},
    Row{"of what no wait helps", "1261", hours, {}, std::nullopt});
  CAPTURE(row.when);
  auto headers = row.headers;
  headers.push_back({"date", "Mon, 23 Nov 2026 12:00:00 GMT"});
  const auto failure = classify_openai(429, headers, said(row.message, row.code));
  CHECK(failure.retry_after == row.wait);
  CHECK_FALSE(failure.until_day_ends);
}

TEST_CASE("a refusal by headers alone waits until what is spent is back", "[openai][failure]") {
  struct Row {
    const char* when;
    int status;
    std::vector<Header> headers;
    std::string body;
    std::optional<std::chrono::milliseconds> wait;
  };
  const Header none{"x-ratelimit-remaining", "0"};
  const Header reset{"x-ratelimit-reset", "7"};
  const auto row = GENERATE_COPY(
    Row{"Together", 429, {none, reset, {"x-tokenlimit-remaining", "5"}}, "", 7s},
    Row{"OpenRouter", 429, {none, {"X-RateLimit-Reset", "1795435260000"}}, "", 60s},
    Row{
      "SambaNova: the day, not the minute",
      429,
      {{"x-ratelimit-remaining-requests", "19"},
       {"x-ratelimit-reset-requests", "1795435201"},
       {"x-ratelimit-remaining-requests-day", "0"},
       {"x-ratelimit-reset-requests-day", "1795478400"}},
      "",
      12h},
    Row{
      "Cerebras: both",
      429,
      {{"x-ratelimit-remaining-requests-minute", "0"},
       {"x-ratelimit-reset-requests-minute", "11.38"},
       {"x-ratelimit-remaining-tokens-minute", "0"},
       {"x-ratelimit-reset-tokens-minute", "9"}},
      "",
      11'380ms},
    Row{"a policy of a list", 429, {{"ratelimit", R"("a";r=3;t=60, "b";r=0;t=9)"}}, "", 9s},
    Row{"something remains", 429, {{"x-ratelimit-remaining", "1"}, reset}, "", std::nullopt},
    Row{"no reset", 429, {none}, "", std::nullopt},
    Row{"a shorter wait is told", 429, {none, reset, {"retry-after", "2"}}, "", 2s},
    Row{"and in words", 429, {none, reset}, said("Please try again in 1.2s."), 1200ms},
    Row{"it is no refusal for a rate", 503, {none, reset}, "", std::nullopt},
    Row{
      "a spent day that is back within the hour, they say",
      429,
      {none, reset},
      said("requests per day"),
      std::nullopt});
  CAPTURE(row.when);
  auto headers = row.headers;
  headers.push_back({"date", "Mon, 23 Nov 2026 12:00:00 GMT"});
  CHECK(classify_openai(row.status, headers, row.body).retry_after == row.wait);
}
