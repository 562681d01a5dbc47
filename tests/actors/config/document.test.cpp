#include "tests/actors/config/surroundings.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// The contract's example, with what it refers to.
constexpr auto example = R"({
  "providers": {
    "groq": {
      "dialect": "openai", "base_url": "https://api.groq.com/openai/v1",
      "api_key": "env:GROQ_API_KEY", "enabled": true, "free_tier": true,
      "limits": { "rpm": 30, "tpm": 6000, "rpd": 14400, "tpd": 500000, "concurrency": 16 },
      "day": "rolling",
      "timeouts": { "connect_ms": 3001, "first_byte_ms": 30002, "idle_ms": 30003,
        "total_ms": 600004 },
      "quirks": { "max_tokens_field": "max_tokens", "drop": ["logprobs"] },
      "models": {
        "llama-3.3-70b": {
          "upstream_name": "llama-3.3-70b-versatile", "limits": { "rpm": 30 },
            "pools": ["groq-org"],
          "price": { "input": 0.59, "output": 0.79, "cached_input": 0.1 }, "context_window": 131072
        }
      }
    },
    "openai": { "api_key": "env:OPENAI_API_KEY" }
  },
  "pools": { "groq-org": { "limits": { "rpd": 14400 } } },
  "routes": {
    "smart": {
      "policy": "cheapest",
      "targets": [ { "provider": "groq", "model": "llama-3.3-70b" }, { "provider": "openai",
        "model": "gpt-4o-mini", "weight": 2 } ],
      "paid": "allowed", "queue_ms": 0
    }
  },
  "keys": { "web-app": {
    "hash": "sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
    "team": "product", "limits": { "rpm": 600 }, "budget": { "usd": 50, "period": "month" },
      "routes": ["smart"] } },
  "teams": { "product": { "budget": { "usd": 400.5, "period": "week",
    "day": "America/Los_Angeles" } } },
  "admins": { "ops": { "hash": "sha256:486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7", "role": "operator" } },
  "settings": { "max_body_bytes": 20971520, "max_attempts": 4, "default_policy": "cheapest",
    "log": { "days": 30, "max_gb": 20 } }
})";

} // namespace

TEST_CASE("the contract's example is read in full") {
  const auto document = load(example);
  CHECK(document->version == 7);
  CHECK(document->text == example);

  const auto& groq = document->providers.at("groq");
  CHECK(groq.usable());
  CHECK(groq.vendor == "groq");
  CHECK(groq.endpoint.origin.host == "api.groq.com");
  CHECK(groq.endpoint.origin.tls);
  CHECK(groq.endpoint.path == "/openai/v1");
  CHECK(groq.api_key.reveal() == "gsk_0123456789abcdef");
  CHECK(groq.key_env == "GROQ_API_KEY");
  CHECK(groq.free_tier);
  CHECK(groq.timeouts.connect == Milliseconds{3001});
  CHECK(groq.timeouts.first_byte == Milliseconds{30002});
  CHECK(groq.timeouts.idle == Milliseconds{30003});
  CHECK(groq.timeouts.total == Milliseconds{600004});
  CHECK(groq.quirks.max_tokens_field == "max_tokens");
  CHECK(groq.quirks.drop == std::vector<std::string>{"logprobs"});
  CHECK(groq.quirks.ratelimit_style == "groq"); // the vendor's, not named in the document
  REQUIRE(groq.limits.size() == 5);
  CHECK(groq.limits[3].name == "tpd");
  CHECK(groq.limits[3].unit == LimitUnit::tokens);
  CHECK(groq.limits[3].limit == 500'000);
  CHECK(groq.limits[3].window == 24h);
  CHECK(groq.limits[3].kind == WindowKind::sliding);
  CHECK(groq.limits[4].unit == LimitUnit::concurrency);
  CHECK(groq.limits[4].window == Nanoseconds{0});

  REQUIRE(groq.models.size() == 1);
  const auto& llama = groq.models.at("llama-3.3-70b");
  CHECK(llama.upstream_name == "llama-3.3-70b-versatile");
  CHECK(llama.pools == std::vector<std::string>{"groq-org"});
  CHECK(llama.price->rates.input == 590'000'000);
  CHECK(llama.price->rates.output == 790'000'000);
  CHECK(llama.price->rates.cached_input == 100'000'000);
  CHECK(llama.price->rates.cache_write == std::nullopt);
  CHECK(llama.context_window == 131072);
  CHECK(llama.max_output == 32768); // the catalogue's
  CHECK_FALSE(llama.vision);        // the catalogue's

  const auto& route = document->routes.at("smart");
  CHECK(route.policy == "cheapest");
  REQUIRE(route.targets.size() == 2);
  CHECK(route.targets[0].weight == 1);
  CHECK(route.targets[1].weight == 2);
  CHECK(route.paid == PaidRule::allowed);

  const auto& key = document->keys.at("web-app");
  CHECK(key.hash == "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  CHECK(key.team == "product");
  CHECK(key.routes == std::set<std::string>{"smart"});
  CHECK(key.budget->amount == 50'000'000'000);
  CHECK(key.budget->period == WindowKind::month);
  CHECK(key.budget->day == "utc");
  CHECK(document->teams.at("product").budget->amount == 400'500'000'000);
  CHECK(document->teams.at("product").budget->period == WindowKind::week);
  CHECK(document->teams.at("product").budget->day == "America/Los_Angeles");
  CHECK(document->admins.at("ops").role == AdminRole::operator_);
}

TEST_CASE("an empty document is valid and has the defaults") {
  const auto document = load("{}");
  const auto& settings = document->settings;
  CHECK(document->providers.empty());
  CHECK(settings.max_body_bytes == 20'971'520);
  CHECK(settings.max_answer_bytes == 33'554'432);
  CHECK(settings.max_attempts == 4);
  CHECK(settings.default_policy == "cheapest");
  CHECK(settings.log_days == 30);
  CHECK(settings.log_max_gb == 20);
  CHECK(settings.cooldown);
  CHECK_FALSE(settings.locked);
  CHECK(settings.voters.empty());
  CHECK(settings.write_off == Milliseconds{600'000});
}

TEST_CASE("a vendor's name and a key are a whole provider") {
  const auto document = load(R"({"providers":{"groq":{"api_key":"env:GROQ_API_KEY"}}})");
  const auto& groq = document->providers.at("groq");
  CHECK(groq.usable());
  CHECK(groq.dialect == "openai");
  CHECK(groq.base_url == "https://api.groq.com/openai/v1");
  CHECK_FALSE(groq.free_tier);
  CHECK(groq.cooldown);
  CHECK(groq.day == "rolling");
  CHECK(groq.count_delay == Milliseconds{1000});
  const auto& model = groq.models.at("llama-3.3-70b-versatile");
  CHECK(model.upstream_name == "llama-3.3-70b-versatile");
  CHECK(model.price->rates.input == 590'000'000);
  CHECK(model.context_window == 131072);
  CHECK_FALSE(groq.models.contains("whisper-large-v3")); // not for chat
}

TEST_CASE("a second account names its vendor") {
  const auto document =
    load(R"({"providers":{"groq-2":{"vendor":"groq","api_key":"sk-literal"}}})");
  const auto& second = document->providers.at("groq-2");
  CHECK(second.usable());
  CHECK(second.vendor == "groq");
  CHECK(second.endpoint.origin.host == "api.groq.com");
  CHECK(second.api_key.reveal() == "sk-literal");
  CHECK(second.key_env.empty());
}

TEST_CASE("a key comes from the environment, from a file or from the document") {
  struct Row {
    const char* source;
    const char* key;
    const char* reason;
  };
  const Row rows[]{
    {"env:GROQ_API_KEY", "gsk_0123456789abcdef", ""},
    {"env:MISSING_KEY", "", "MISSING_KEY is not set"},
    {"file:/run/secrets/key", "from-a-file", ""},
    {"file:/nowhere", "", "the file of its api_key can't be read"},
    {"literal", "literal", ""},
    {"env:EMPTY", "", "EMPTY is not set"},
    {"env:TWO_LINES", "", "TWO_LINES has characters that no header can carry"},
    {"file:/two-lines", "", "its api_key has characters that no header can carry"},
  };
  auto known = with_keys;
  known.variables["EMPTY"] = "";
  known.variables["TWO_LINES"] = "a\r\nx-evil: 1";
  known.files["/two-lines"] = "a\nb";
  for (const auto& row : rows) {
    INFO(row.source);
    const auto document =
      load(R"({"providers":{"groq":{"api_key":")" + std::string(row.source) + R"("}}})", known);
    const auto& groq = document->providers.at("groq");
    CHECK(groq.api_key.reveal() == row.key);
    CHECK(groq.disabled_reason == row.reason);
    CHECK(groq.usable() == (*row.reason == '\0'));
  }
}

TEST_CASE("a provider without a key is usable where none is needed") {
  const auto document = load(R"({"providers":{
    "groq": {},
    "ollama": { "models": { "qwen3": { "price": { "input": 0, "output": 0 } } } },
    "own": { "dialect": "openai", "base_url": "http://10.0.0.7:8000/v1", "models": { "m": {} } },
    "off": { "vendor": "groq", "api_key": "x", "enabled": false }
  }})");
  CHECK(document->providers.at("groq").disabled_reason == "no api_key is given");
  CHECK(document->providers.at("ollama").usable());
  CHECK(document->providers.at("ollama").dialect == "ollama");
  CHECK(document->providers.at("ollama").models.at("qwen3").price->rates.output == 0);
  CHECK(document->providers.at("own").usable());
  CHECK(document->providers.at("own").endpoint.origin.port == 8000);
  CHECK(document->providers.at("own").models.at("m").price == std::nullopt);
  CHECK_FALSE(document->providers.at("off").usable());
  CHECK(document->providers.at("off").disabled_reason.empty());
}
