#include "actors/quota/quota.hpp"

#include "actors/quota/limit_watch.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace gateway;

namespace {

QuotaSpec quota(
  QuotaUnit unit,
  std::int64_t limit,
  Nanoseconds window,
  WindowKind kind = WindowKind::sliding,
  std::string day = "rolling") {
  QuotaSpec spec;
  spec.owner = "provider/p";
  spec.name = "n";
  spec.unit = unit;
  spec.limit = limit;
  spec.window = window;
  spec.kind = kind;
  spec.day = std::move(day);
  return spec;
}

} // namespace

TEST_CASE("a quota is the same while owner, name, unit and window are", "[quota]") {
  const auto spec = quota(QuotaUnit::requests, 5, 60s);
  std::vector<QuotaSpec> others(7, spec);
  others[0].owner = "provider/q";
  others[1].name = "m";
  others[2].unit = QuotaUnit::tokens;
  others[3].window = 61s;
  others[4].kind = WindowKind::day;
  others[4].day = "utc";
  others[5] = others[4];
  others[5].day = "Europe/Berlin";
  others[6] = others[5];
  others[6].kind = WindowKind::month;
  std::set<QuotaKey> keys{key_of(spec)};
  for (const auto& other : others) keys.insert(key_of(other));
  CHECK(keys.size() == 8);

  auto same = spec;
  same.limit = 99;
  same.count_delay = 3s;
  same.counts_reserved = true;
  same.longest_call = 1s;
  CHECK(key_of(same) == key_of(spec));
}

TEST_CASE("a key's text reads back", "[quota]") {
  const auto key = key_of(quota(QuotaUnit::requests, 5, 60s));
  CHECK(to_text(key).size() == 32);
  CHECK(quota_key_from(to_text(key)) == key);
  CHECK(to_text({0x0123456789abcdefU, 1}) == "0123456789abcdef0000000000000001");
  for (const auto* wrong :
       {"", "0123", "0123456789abcdef000000000000000g", "0123456789abcdef00000000000000011"})
    CHECK_FALSE(quota_key_from(wrong));
}

TEST_CASE("a window is as long as it can be", "[quota]") {
  struct Row {
    const char* when;
    QuotaSpec spec;
    bool calendar, is_long;
    Nanoseconds window;
  };
  const auto row = GENERATE(
    Row{"a minute", quota(QuotaUnit::requests, 1, 60s), false, false, 60s},
    Row{"ten minutes", quota(QuotaUnit::requests, 1, 10min), false, false, 10min},
    Row{"an hour", quota(QuotaUnit::requests, 1, 1h), false, true, 1h},
    Row{"places", quota(QuotaUnit::concurrency, 1, 0s, WindowKind::day, "utc"), false, false, 0s},
    Row{"a rolling day", quota(QuotaUnit::requests, 1, 0s, WindowKind::day), false, true, 24h},
    Row{"a day", quota(QuotaUnit::requests, 1, 0s, WindowKind::day, "utc"), true, true, 25h},
    Row{"a week", quota(QuotaUnit::tokens, 1, 0s, WindowKind::week, "utc"), true, true, 169h},
    Row{
      "a month",
      quota(QuotaUnit::nano_dollars, 1, 0s, WindowKind::month, "utc"),
      true,
      true,
      745h});
  CAPTURE(row.when);
  CHECK(is_calendar(row.spec) == row.calendar);
  CHECK(is_long(row.spec) == row.is_long);
  CHECK(window_of(row.spec) == row.window);
}

TEST_CASE("an owner's limits become quotas", "[quota]") {
  const std::vector<LimitConfig> limits{
    {"rpm", LimitUnit::requests, 30, 60s, WindowKind::sliding},
    {"tpd", LimitUnit::tokens, 500, 24h, WindowKind::day},
    {"concurrency", LimitUnit::concurrency, 4, 0s, WindowKind::sliding}};
  const QuotaOwner owner{"pool/x", "utc", 2s, true, 9s};
  const auto specs = quotas_of(owner, limits);
  REQUIRE(specs.size() == 3);
  CHECK(specs[0].owner == "pool/x");
  CHECK(specs[0].name == "rpm");
  CHECK(specs[0].limit == 30);
  CHECK(specs[1].unit == QuotaUnit::tokens);
  CHECK(specs[1].kind == WindowKind::day);
  CHECK(specs[1].day == "utc");
  CHECK(specs[2].unit == QuotaUnit::concurrency);
  for (const auto& spec : specs) {
    CHECK(spec.count_delay == Milliseconds{2'000});
    CHECK(spec.counts_reserved);
    CHECK(spec.longest_call == 9s);
  }
}

TEST_CASE("a header is matched to a quota only where that is certain", "[quota][watch]") {
  using Unit = LimitReport::Unit;
  using Window = LimitReport::Window;
  const auto rpm = quota(QuotaUnit::requests, 30, 60s);
  const auto model_rpm = quota(QuotaUnit::requests, 10, 60s);
  const auto rpd = quota(QuotaUnit::requests, 14'400, 24h);
  const auto pacific = quota(QuotaUnit::requests, 200, 24h, WindowKind::day, "America/Los_Angeles");
  const auto tpm = quota(QuotaUnit::tokens, 6'000, 60s);
  const auto by_ten_seconds = quota(QuotaUnit::requests, 8, 10s);
  struct Row {
    const char* when;
    std::vector<QuotaSpec> quotas;
    LimitReport report;
    std::optional<std::size_t> match;
  };
  const auto row = GENERATE_COPY(
    Row{"by unit and window", {rpd, tpm, rpm}, {Unit::requests, Window::minute, 60, 3, {}}, 2},
    Row{"a day that slides", {rpm, rpd}, {Unit::requests, Window::day, {}, 3, {}}, 1},
    Row{"a day of the calendar", {rpm, pacific}, {Unit::requests, Window::day, {}, 3, {}}, 1},
    Row{"no such window", {rpm, tpm}, {Unit::requests, Window::hour, 30, 3, {}}, {}},
    Row{
      "a window of no usual length",
      {rpm, by_ten_seconds},
      {Unit::requests, Window::other, 30, 3, {}, 10s},
      1},
    Row{"no such length", {rpm, rpd}, {Unit::requests, Window::other, 30, 3, {}, 10s}, {}},
    Row{"no such unit", {rpm, rpd}, {Unit::tokens, Window::minute, 30, 3, {}}, {}},
    Row{
      "two with that window: by the limit",
      {rpm, model_rpm},
      {Unit::requests, Window::minute, 10, 3, {}},
      1},
    Row{
      "two with that window: the provider's",
      {rpm, model_rpm},
      {Unit::requests, Window::minute, {}, 3, {}},
      0},
    Row{"no window: by the limit", {rpm, rpd}, {Unit::requests, Window::unknown, 14'400, 3, {}}, 1},
    Row{
      "no window, no such limit, two quotas",
      {rpm, rpd},
      {Unit::requests, Window::unknown, 60, 3, {}},
      {}},
    Row{
      "no window: the only short one", {rpm, tpm}, {Unit::requests, Window::unknown, 60, 3, {}}, 0},
    Row{
      "no window, and the only one is long",
      {rpd},
      {Unit::requests, Window::unknown, 30, 3, {}},
      {}},
    Row{"no quotas", {}, {Unit::requests, Window::minute, 30, 3, {}}, {}});
  CAPTURE(row.when);
  std::vector<const QuotaSpec*> specs;
  for (const auto& spec : row.quotas) specs.push_back(&spec);
  CHECK(match(row.report, specs) == row.match);
}

TEST_CASE("a quota's owner is told apart into provider and model", "[quota][pure]") {
  CHECK(quota_owner_of("provider/groq").name == "groq");
  CHECK(quota_owner_of("provider/groq").model.empty());
  CHECK(quota_owner_of("provider/groq/model/meta/llama").name == "groq");
  CHECK(quota_owner_of("provider/groq/model/meta/llama").model == "meta/llama");
  CHECK(quota_owner_of("pool/shared").name == "pool/shared");
}
