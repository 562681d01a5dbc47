#include "tests/net/dialects/limit_texts.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("each policy of a list is a limit of its own", "[dialects][limits]") {
  struct Row {
    const char* when;
    std::vector<Header> headers;
    std::vector<std::string> reports;
  };
  const auto row = GENERATE(
    Row{
      "policies, and what remains of each",
      {{"RateLimit-Policy", R"("burst";q=10;w=1, "minute";q=100;w=60,"daily";q=1000;w=86400)"},
       {"RateLimit", R"("burst";r=9;t=1, "minute";r=50;t=30,"daily";r=0;t=40000)"}},
      {"requests/second limit=10 remaining=9 reset=1000",
       "requests/minute limit=100 remaining=50 reset=30000",
       "requests/day limit=1000 remaining=0 reset=40000000"}},
    Row{
      "what remains comes before the policies, each in a header of its own",
      {{"ratelimit", R"("daily";r=3;t=40000)"},
       {"ratelimit", R"("minute";r=50;t=30)"},
       {"ratelimit-policy", R"("minute";q=100;w=60)"},
       {"ratelimit-policy", R"("daily";q=1000;w=86400)"}},
      {"requests/minute limit=100 remaining=50 reset=30000",
       "requests/day limit=1000 remaining=3 reset=40000000"}},
    Row{
      "windows of an hour, a month, and of no usual length",
      {{"ratelimit-policy", R"("h";q=5;w=3600, "m";q=6;w=2592000, "x";q=7;w=300)"},
       {"ratelimit", R"("x";r=1;t=9)"}},
      {"requests/hour limit=5 remaining=- reset=-",
       "requests/month limit=6 remaining=- reset=-",
       "requests/300s limit=7 remaining=1 reset=9000"}},
    Row{
      "two policies of one window: the tighter one",
      {{"ratelimit-policy", R"("user";q=100;w=60, "project";q=40;w=60)"},
       {"ratelimit", R"("user";r=20;t=10, "project";r=30;t=50)"}},
      {"requests/minute limit=40 remaining=20 reset=10000"}},
    Row{
      "without policies the tightest, wherever it stands",
      {{"ratelimit", R"("burst";r=50;t=30, "daily";r=0;t=3600)"}},
      {"requests/? limit=- remaining=0 reset=3600000"}},
    Row{
      "and its reset, not that of what has room left",
      {{"ratelimit",
        R"("daily";r=900;t=40000, "burst";r=0;t=9, "other";r=0;t=7, "last";r=5;t=60)"}},
      {"requests/? limit=- remaining=0 reset=9000"}},
    Row{
      "the policy of another name is not its",
      {{"ratelimit-policy", R"("minute";q=100;w=60)"}, {"ratelimit", R"("daily";r=5;t=9)"}},
      {"requests/minute limit=100 remaining=- reset=-",
       "requests/? limit=- remaining=5 reset=9000"}},
    Row{
      "units of ours, and others, which are passed over",
      {{"ratelimit-policy",
        R"("t";q=500;w=60;qu="tokens", "b";q=9;w=60;qu="content-bytes", "c";q=2;qu="concurrent-requests", "r";q=8;w=60;qu="requests")"},
       {"ratelimit", R"("t";r=7;t=5, "b";r=0;t=60, "c";r=0;t=60)"}},
      {"tokens/minute limit=500 remaining=7 reset=5000",
       "requests/minute limit=8 remaining=- reset=-"}},
    Row{
      "names with commas, semicolons, quotes and equals signs",
      {{"ratelimit-policy", R"("a, b;q=1";q=10;w=60, "c\",=d";q=20;w=1)"},
       {"ratelimit", R"("c\",=d";r=2;t=1)"}},
      {"requests/minute limit=10 remaining=- reset=-",
       "requests/second limit=20 remaining=2 reset=1000"}},
    Row{
      "names that are tokens, and parameters of others between",
      {{"ratelimit-policy", "burst; q=10 ; w=1; pk=:abc=:; new, daily;q=1000;w=86400"},
       {"ratelimit", "daily;pk=:abc=:;r=4;t=5"}},
      {"requests/second limit=10 remaining=- reset=-",
       "requests/day limit=1000 remaining=4 reset=5000"}},
    Row{
      "Hugging Face's, with a second name",
      {{"ratelimit-policy", R"("fixed window";"api";q=500;w=300)"},
       {"ratelimit", R"("api";r=0;t=55)"}},
      {"requests/300s limit=500 remaining=0 reset=55000"}},
    Row{
      "an older draft: policies by their amounts, the fields in one list",
      {{"ratelimit-policy", "100;w=60, 1000;w=3600"},
       {"ratelimit", "limit=1000, remaining=50, reset=5"}},
      {"requests/minute limit=100 remaining=- reset=-",
       "requests/hour limit=1000 remaining=50 reset=5000"}},
    Row{
      "an older draft: one policy, whose amount is not repeated",
      {{"ratelimit-policy", "100;w=60"}, {"ratelimit", "remaining=50, reset=5"}},
      {"requests/minute limit=100 remaining=50 reset=5000"}},
    Row{
      "the oldest draft: all policies behind the nearest limit",
      {{"ratelimit-limit", "10, 10;w=1, 50;w=60, 1000;w=3600"},
       {"ratelimit-remaining", "5"},
       {"x-ratelimit-limit-tokens", "900, 900;w=60"}},
      {"requests/? limit=10 remaining=5 reset=-",
       "requests/second limit=10 remaining=- reset=-",
       "requests/minute limit=50 remaining=- reset=-",
       "requests/hour limit=1000 remaining=- reset=-",
       "tokens/? limit=900 remaining=- reset=-",
       "tokens/minute limit=900 remaining=- reset=-"}});
  CAPTURE(row.when);
  CHECK(limit_texts(row.headers) == row.reports);
}

TEST_CASE("a list that is none says nothing, and one without end little", "[dialects][limits]") {
  const std::string broken = GENERATE(
    ",,;;,",
    "=",
    ";=;",
    "\"",
    R"("a)",
    R"("a\)",
    R"("a";r=x;t=, "b";q=inf;w=nan)",
    "r;t",
    "\"\";w=5");
  CAPTURE(broken);
  CHECK(limit_texts({{"ratelimit", broken}, {"ratelimit-policy", broken}}).empty());

  std::string endless;
  for (int i = 1; i <= 5'000; ++i) endless += std::to_string(i) + ";w=" + std::to_string(i) + ",";
  CHECK(limit_texts({{"ratelimit-policy", endless}}).size() == 16);
}
