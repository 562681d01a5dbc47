#include "tests/actors/config/surroundings.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("windows slide or follow the calendar, as the day says") {
  const auto limits_of = [](const std::string& day) {
    const auto document = load(R"({"pools":{"p":{"day":")" + day + R"(","limits":{
      "rpm": 1, "rpd": 2, "burst": 3, "input_tpm": 4, "output_tpm": 5,
      "windows": [ {"unit":"tokens","limit":10,"window":"10s"}, {"unit":"requests","limit":11,
        "window":"5h"},
                   {"unit":"input_tokens","limit":12,"window":"7d"}, {"unit":"output_tokens",
                     "limit":13,"window":"day"},
                   {"unit":"tokens","limit":14,"window":"week"}, {"unit":"tokens","limit":15,
                     "window":"month"} ]}}}})");
    return document->pools.at("p").limits;
  };
  struct Row {
    const char* name;
    LimitUnit unit;
    std::int64_t limit;
    Nanoseconds sliding;
    Nanoseconds calendar;
    WindowKind kind; // with a calendar day
  };
  const Row rows[]{
    {"rpm", LimitUnit::requests, 1, 60s, 60s, WindowKind::sliding},
    {"input_tpm", LimitUnit::input_tokens, 4, 60s, 60s, WindowKind::sliding},
    {"output_tpm", LimitUnit::output_tokens, 5, 60s, 60s, WindowKind::sliding},
    {"rpd", LimitUnit::requests, 2, 24h, 24h, WindowKind::day},
    {"burst", LimitUnit::requests, 3, 1s, 1s, WindowKind::sliding},
    {"tokens/10s", LimitUnit::tokens, 10, 10s, 10s, WindowKind::sliding},
    {"requests/5h", LimitUnit::requests, 11, 5h, 5h, WindowKind::sliding},
    {"input_tokens/7d", LimitUnit::input_tokens, 12, 168h, 168h, WindowKind::sliding},
    {"output_tokens/day", LimitUnit::output_tokens, 13, 24h, 24h, WindowKind::day},
    {"tokens/week", LimitUnit::tokens, 14, 168h, 168h, WindowKind::week},
    {"tokens/month", LimitUnit::tokens, 15, 720h, 744h, WindowKind::month},
  };
  const auto rolling = limits_of("rolling");
  const auto utc = limits_of("utc");
  const auto zone = limits_of("America/Los_Angeles");
  REQUIRE(rolling.size() == std::size(rows));
  REQUIRE(utc.size() == std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const auto& row = rows[i];
    INFO(row.name);
    CHECK(rolling[i].name == row.name);
    CHECK(rolling[i].unit == row.unit);
    CHECK(rolling[i].limit == row.limit);
    CHECK(rolling[i].window == row.sliding);
    CHECK(rolling[i].kind == WindowKind::sliding);
    CHECK(utc[i].window == row.calendar);
    CHECK(utc[i].kind == row.kind);
    CHECK(zone[i].kind == row.kind);
  }
}

TEST_CASE("prices are exact and tiers are in order") {
  const auto document = load(R"({"providers":{"openai":{"api_key":"x","models":{
    "m": { "price": { "input": 0.1, "output": 0.000000001, "cache_write": 1e-3,
      "cache_write_1h": 2, "reasoning": 3.5,
           "per_request": 0.005, "tiers": [ {"above": 400000, "output": 4},
             {"above": 200000, "input": 1, "output": 2, "cached_input": 0.5} ] } },
    "e": { "kind": "embedding", "price": { "input": 0.02 } },
    "r": { "price": { "per_request": 1 } } }}}})");
  const auto& models = document->providers.at("openai").models;
  const auto& price = *models.at("m").price;
  CHECK(price.rates.input == 100'000'000);
  CHECK(price.rates.output == 1);
  CHECK(price.rates.cached_input == std::nullopt);
  CHECK(price.rates.cache_write == 1'000'000);
  CHECK(price.rates.cache_write_1h == 2'000'000'000);
  CHECK(price.rates.reasoning == 3'500'000'000);
  CHECK(price.per_request == 5'000'000);
  REQUIRE(price.tiers.size() == 2);
  CHECK(price.tiers[0].above == 200'000);
  CHECK(price.tiers[0].rates.cached_input == 500'000'000);
  CHECK(price.tiers[1].above == 400'000);
  CHECK(price.tiers[1].rates.output == 4'000'000'000);
  CHECK(price.tiers[1].rates.input == std::nullopt); // stays as in the base
  CHECK(models.at("e").embedding);
  CHECK(models.at("e").price->rates.output == 0);
  CHECK(models.at("r").price->rates.input == 0);
  CHECK(models.at("r").price->per_request == 1'000'000'000);
}

TEST_CASE("quirks, paid rules and the rest are read") {
  const auto document = load(R"({
    "providers": {
      "own": { "dialect": "openai", "base_url": "https://llm.example/v1", "api_key": "x",
        "cooldown": false,
        "count_delay_ms": null, "counts": "reserved", "reserve": "p99", "pools": ["p"],
        "quirks": { "chat_path": "/chat", "auth": "header:X-Key",
          "extra_headers": {"X-Title": "a b"},
          "extra_body": {"store": false, "plugins": [{"id": "web", "n": 1.50}]},
            "developer_role": "system",
          "rename": {"seed": "random_seed"}, "reject": ["n"], "clamp": {"temperature": [0, 1.5]},
          "reasoning_out": ["reasoning"], "stream_usage": "always", "drop_unsupported": true },
        "models": { "m": { "max_output": 100, "capabilities": {"vision": false, "audio": true},
          "price": {"input": 1, "output": 1} } } },
      "claude": { "vendor": "anthropic", "api_key": "x", "api_version": "2023-06-01" },
      "azure": { "base_url": "https://one.openai.azure.com", "api_version": "2024-10-21" } },
    "pools": { "p": { "limits": { "rpm": 1 }, "count_delay_ms": 0, "counts": "reserved" } },
    "routes": {
      "a": { "targets": [{"provider": "own", "model": "m"}], "paid": "never", "queue_ms": 250 },
      "b": { "targets": [{"provider": "own", "model": "m"}], "paid": {"usd_per_day": 0.25},
        "policy": "fastest" } },
    "settings": { "default_policy": "weighted", "locked": true, "voters": ["n1", "n2"],
      "cluster": {"write_off_ms": null}, "max_answer_bytes": 2048 }
  })");
  const auto& own = document->providers.at("own");
  CHECK_FALSE(own.cooldown);
  CHECK(own.count_delay == std::nullopt);
  CHECK(own.counts_reserved);
  CHECK(own.reserve_p99);
  CHECK(own.pools == std::vector<std::string>{"p"});
  CHECK(own.quirks.chat_path == "/chat");
  CHECK(own.quirks.auth == "header:X-Key");
  CHECK(own.quirks.extra_headers.at("X-Title") == "a b");
  CHECK(own.quirks.extra_body.at("store") == "false");
  CHECK(own.quirks.extra_body.at("plugins") == R"([{"id":"web","n":1.50}])");
  CHECK(own.quirks.rename.at("seed") == "random_seed");
  CHECK(own.quirks.reject == std::vector<std::string>{"n"});
  CHECK(own.quirks.clamp.at("temperature") == std::pair(0.0, 1.5));
  CHECK(own.quirks.stream_usage == "always");
  CHECK(own.quirks.drop_unsupported);
  CHECK(own.models.at("m").max_output == 100);
  CHECK_FALSE(own.models.at("m").vision);
  CHECK(own.models.at("m").audio);
  CHECK(own.models.at("m").tools);
  CHECK(document->providers.at("claude").quirks.api_version == "2023-06-01");
  CHECK(document->providers.at("azure").dialect == "azure");
  CHECK(document->providers.at("azure").quirks.api_version == "2024-10-21");
  CHECK(document->pools.at("p").count_delay == Milliseconds{0});
  CHECK(document->pools.at("p").counts_reserved);
  CHECK(document->routes.at("a").policy == "weighted");
  CHECK(document->routes.at("a").paid == PaidRule::never);
  CHECK(document->routes.at("a").queue == Milliseconds{250});
  CHECK(document->routes.at("b").policy == "fastest");
  CHECK(document->routes.at("b").paid == PaidRule::usd_per_day);
  CHECK(document->routes.at("b").paid_per_day == 250'000'000);
  CHECK(document->settings.locked);
  CHECK(document->settings.voters == std::vector<std::string>{"n1", "n2"});
  CHECK(document->settings.write_off == std::nullopt);
  CHECK(document->settings.max_answer_bytes == 2048);
}

TEST_CASE("settings.cooldown holds for providers that say nothing themselves") {
  const auto document = load(R"({"settings":{"cooldown":false},"providers":{
    "groq":{"api_key":"x"}, "openai":{"api_key":"x","cooldown":true}}})");
  CHECK_FALSE(document->providers.at("groq").cooldown);
  CHECK(document->providers.at("openai").cooldown);
}

TEST_CASE("a vendor spoken to in another dialect lends neither address nor quirks") {
  const auto document = load(R"({"providers":{"deepseek":{"dialect":"anthropic","api_key":"x",
    "base_url":"https://api.deepseek.com/anthropic"}}})");
  const auto& provider = document->providers.at("deepseek");
  CHECK(provider.dialect == "anthropic");
  CHECK(provider.quirks.max_tokens_field.empty());
  CHECK(provider.models.contains("deepseek-v4-pro"));
}
