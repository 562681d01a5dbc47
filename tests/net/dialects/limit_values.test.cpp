#include "net/dialects/limit_values.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace gateway;
using namespace std::chrono_literals;
using Wait = std::optional<std::chrono::milliseconds>;

namespace {

// 2026-11-23T12:00:00Z
constexpr std::int64_t now = 1'795'435'200'000;

} // namespace

TEST_CASE("a duration is read in every unit", "[dialects][limits]") {
  struct Row {
    const char* text;
    Wait wait;
  };
  const auto row = GENERATE(
    Row{"6m0s", 360s},
    Row{"1s", 1s},
    Row{"12ms", 12ms},
    Row{"7.66s", 7660ms},
    Row{"2m59.56s", 179'560ms},
    Row{"1h3m0s", 3780s},
    Row{"17h20m0s", 62'400s},
    Row{"450\u00b5s", 1ms},
    Row{"450\u03bcs", 1ms},
    Row{"450us", 1ms},
    Row{"1000001ns", 2ms},
    Row{"58.821668433s", 58'822ms},
    Row{"1d2h", 24h}, // capped
    Row{"23h59m59s", 86'399s},
    Row{"0s", 0ms},
    Row{"-3s", 0ms},
    Row{" 1s ", 1s},
    Row{"99999999999999999999h", 24h},
    Row{"", std::nullopt},
    Row{"s", std::nullopt},
    Row{"5", std::nullopt},
    Row{"5x", std::nullopt},
    Row{"5s later", std::nullopt},
    Row{"infs", std::nullopt},
    Row{"nans", std::nullopt});
  CAPTURE(row.text);
  CHECK(duration_of(row.text) == row.wait);
}

TEST_CASE("a reset is read in every format", "[dialects][limits]") {
  struct Row {
    const char* when;
    const char* text;
    Wait wait;
  };
  const auto row = GENERATE(
    Row{"Go-style duration", "2m59.56s", 179'560ms},
    Row{"decimal seconds", "33011.382867097855", 33'011'383ms},
    Row{"more decimal seconds", "11.38", 11'380ms},
    Row{"integer seconds", "60", 60s},
    Row{"unix seconds", "1795438800", 3600s},
    Row{"unix milliseconds", "1795438800000", 3600s},
    Row{"unix seconds of yesterday", "1795348800", 0ms},
    Row{"unix seconds of next week", "1796040000", 24h},
    Row{"RFC 3339", "2026-11-23T12:00:30Z", 30s},
    Row{"RFC 3339 with a fraction", "2026-11-23T12:00:30.25Z", 30'250ms},
    Row{"RFC 3339 with an offset", "2026-11-23T13:00:30+01:00", 30s},
    Row{"RFC 3339 west of Greenwich", "2026-11-23T07:30:30-04:30", 30s},
    Row{"protobuf duration", "27s", 27s},
    Row{"HTTP date", "Mon, 23 Nov 2026 12:00:30 GMT", 30s},
    Row{"HTTP date that is over", "Mon, 23 Nov 2026 11:00:30 GMT", 0ms},
    Row{"zero", "0", 0ms},
    Row{"below zero", "-4", 0ms},
    Row{"no number that any clock knows", "99999999999999999999", 24h},
    Row{"nothing", "", std::nullopt},
    Row{"a word", "soon", std::nullopt},
    Row{"infinity", "inf", std::nullopt},
    Row{"no day of any month", "2026-02-30T12:00:30Z", std::nullopt},
    Row{"no hour of any day", "2026-11-23T24:00:30Z", std::nullopt},
    Row{"an unfinished time", "2026-11-23T12:00", std::nullopt},
    Row{"an HTTP date of another zone", "Mon, 23 Nov 2026 12:00:30 CET", std::nullopt},
    Row{"an HTTP date of another month", "Mon, 23 Bar 2026 12:00:30 GMT", std::nullopt});
  CAPTURE(row.when);
  CHECK(read_reset(row.text, now) == row.wait);
}

TEST_CASE("the wait stands in the message of many an error", "[dialects][limits]") {
  struct Row {
    const char* message;
    Wait wait;
  };
  const auto row = GENERATE(
    Row{"You are too fast. Please retry in 58.8s.", 58'800ms},
    Row{"Rate limit reached (TPM). Please try again in 7.66s. Visit us", 7660ms},
    Row{"Please try again in 1h3m0s.", 3780s},
    Row{"Please try again in 250ms.", 250ms},
    Row{"Please retry after 7 seconds.", 7s},
    Row{"please RETRY AFTER 2 minutes", 120s},
    Row{"Try again in 3 hours", 3h},
    Row{"Try again in 1 day.", 24h},
    Row{"retry after 500 milliseconds", 500ms},
    Row{"Please try again in 20s, or upgrade", 20s},
    Row{"Please try again later.", std::nullopt},
    Row{"retry after", std::nullopt},
    Row{"retry after lunch", std::nullopt},
    Row{"try again in 7", std::nullopt},
    Row{"", std::nullopt});
  CAPTURE(row.message);
  CHECK(read_wait_in_message(row.message) == row.wait);
}

TEST_CASE("when a window is over stands in the message, by Beijing's clock", "[dialects][limits]") {
  struct Row {
    const char* message;
    Wait wait;
  };
  const auto row = GENERATE(
    Row{"Usage limit reached for 5 hour. Your limit will reset at 2026-11-23 22:30:00", 150min},
    Row{"[1310][Your limit will reset at 2026-11-23 22:30:00][20261123200000ab]", 150min},
    Row{"Insufficient balance for extra usage. RESETS AT 2026-11-23 22:30:00.", 150min},
    Row{"\u60a8\u7684\u9650\u989d\u5c06\u5728 2026-11-23 22:30:00 \u91cd\u7f6e\u3002", 150min},
    Row{"It will reset at 2026-11-23T22:30:00.5", 9'000'500ms},
    Row{"It will reset at 2026-11-23T22:30:00Z", 630min}, // its own zone counts
    Row{"it will reset at 2026-11-23t22:30:00z", 630min},
    Row{"It will reset at 2026-11-23 22:30:00+01:00.", 570min},
    Row{"It will reset at 2026-11-23 19:30:00", 0ms},
    Row{"It will reset at 2026-12-01 00:00:00", 24h},
    Row{"It will reset at 2026-11-31 00:00:00", std::nullopt},
    Row{"It will reset at 22:30:00", std::nullopt},
    Row{"It will reset at 2026-11-23", std::nullopt},
    Row{"It will reset at midnight", std::nullopt},
    Row{"It will reset at ", std::nullopt},
    Row{"It was ordered at 2026-11-23 22:30:00", std::nullopt},
    Row{"", std::nullopt});
  CAPTURE(row.message);
  CHECK(read_reset_in_message(row.message, now) == row.wait);
}

TEST_CASE("dates are read to the second", "[dialects][limits]") {
  CHECK(read_http_date("Mon, 23 Nov 2026 12:00:00 GMT") == now);
  CHECK(read_http_date("Thu, 01 Jan 1970 00:00:01 GMT") == 1000);
  CHECK(read_rfc3339("2026-11-23T12:00:00Z") == now);
  CHECK(read_rfc3339("2024-02-29T00:00:00.001Z") == 1'709'164'800'001);
}
