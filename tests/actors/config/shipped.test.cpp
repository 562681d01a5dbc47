#include "actors/config/built_in.hpp"
#include "actors/config/json_reader.hpp"
#include "actors/config/vendors.hpp"
#include "tests/actors/config/surroundings.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("the shipped document loads without a word, all of it waiting for keys") {
  const auto reading = read_document(built_in_gateway(), 1, KnownSurroundings{});
  INFO(in_words(reading));
  CHECK(reading.problems.empty());
  REQUIRE(reading.document);
  CHECK(reading.document->providers.size() >= 20);
  for (const auto& [name, provider] : reading.document->providers) {
    INFO(name);
    CHECK(provider.enabled);
    CHECK_FALSE(provider.usable());
    CHECK(provider.disabled_reason == provider.key_env + " is not set");
    CHECK_FALSE(provider.models.empty());
  }
  for (const auto* route : {"smart", "fast", "best", "free"})
    CHECK(reading.document->routes.contains(route));
}

TEST_CASE("the variables of the contract enable the providers they are named after") {
  KnownSurroundings known;
  for (const auto* name :
       {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY"})
    known.variables[name] = "a-key";
  const auto document = read_document(built_in_gateway(), 1, known).document;
  REQUIRE(document);
  for (const auto* name : {"openai", "anthropic", "gemini", "groq", "mistral"})
    CHECK(document->providers.at(name).usable());
  CHECK(document->providers.at("cerebras").disabled_reason == "CEREBRAS_API_KEY is not set");
}

TEST_CASE("the free tiers of the shipped document are those published") {
  const auto document = read_document(built_in_gateway(), 1, KnownSurroundings{}).document;
  REQUIRE(document);
  const auto limits = [&](const char* provider, const char* model) {
    const auto& config = document->providers.at(provider);
    CHECK(config.free_tier);
    std::string words;
    for (const auto& limit : *model ? config.models.at(model).limits : config.limits)
      words += limit.name + "=" + std::to_string(limit.limit) + " ";
    return words;
  };
  CHECK(limits("groq", "llama-3.3-70b") == "rpm=30 tpm=12000 rpd=1000 tpd=100000 ");
  CHECK(limits("groq", "llama-3.1-8b") == "rpm=30 tpm=6000 rpd=14400 tpd=500000 ");
  CHECK(limits("groq", "groq-compound") == "rpm=30 tpm=70000 rpd=250 ");
  CHECK(limits("cerebras", "gpt-oss-120b") == "rpm=5 tpm=30000 tpd=1000000 tokens/1h=1000000 ");
  CHECK(limits("sambanova", "") == "rpm=20 rpd=20 tpd=200000 ");
  CHECK(limits("openrouter-free", "") == "rpm=20 rpd=50 ");
  CHECK(document->providers.at("openrouter-free").day == "utc");
  CHECK(limits("gemini-free", "gemini-2.5-flash") == "rpd=20 ");
  CHECK(document->providers.at("gemini-free").day == "America/Los_Angeles");
  CHECK(limits("cohere", "") == "requests/month=1000 ");
  CHECK(document->providers.at("cohere").limits[0].kind == WindowKind::month);
  CHECK(document->providers.at("cerebras").counts_reserved);
}

TEST_CASE("every vendor of the table is a whole provider, given a key and what it can't know") {
  REQUIRE(all_vendors().size() >= 40);
  for (const auto& vendor : all_vendors()) {
    INFO(vendor.id);
    std::string keys =
      "\"api_key\":\"x\",\"models\":{\"m\":{\"price\":{\"input\":0,\"output\":0}}}";
    if (!vendor.address_known()) keys += ",\"base_url\":\"https://filled-in.example/v1\"";
    const auto reading = read_document(
      "{\"providers\":{\"" + vendor.id + "\":{" + keys + "}}}", 1, KnownSurroundings{});
    INFO(in_words(reading));
    if (!vendor.retired.empty()) {
      REQUIRE(reading.problems.size() == 1);
      CHECK(reading.problems[0].code == "retired_vendor");
      continue;
    }
    CHECK(reading.problems.empty());
    REQUIRE(reading.document);
    const auto& provider = reading.document->providers.at(vendor.id);
    CHECK(provider.usable());
    CHECK_FALSE(provider.endpoint.origin.host.empty());
    CHECK((vendor.key_env.empty() || provider.endpoint.origin.tls)); // a key never in the clear
    CHECK(provider.dialect == vendor.dialect);
  }
}

TEST_CASE("the vendors' quirks are what a document may say") {
  Problems problems;
  const auto table = read_json(built_in_vendors(), problems);
  REQUIRE(table);
  for (const auto& [vendor, at, value] : table->members) {
    const auto* quirks = value.find("quirks");
    if (quirks == nullptr) continue;
    INFO(vendor);
    const auto reading = read_document(
      R"({"providers":{"own":{"dialect":"openai","base_url":"https://a.example",
          "models":{"m":{"price":{"input":0,"output":0}}},"quirks":)"
        + to_json_text(*quirks) + "}}}",
      1,
      KnownSurroundings{});
    INFO(in_words(reading));
    CHECK(reading.problems.empty());
  }
}

TEST_CASE("a broken vendor table names its line") {
  const auto read = read_vendors("{\n\"a\": {}}");
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "vendor table, line 2: \"base_url\" is missing");
  CHECK_FALSE(read_vendors("{"));
}

TEST_CASE("the policies of the schema are those of the router") {
  std::string names;
#define GATEWAY_POLICY(name) names += (names.empty() ? "" : ", ") + std::string(#name);
#include "actors/router/policies.def"
#undef GATEWAY_POLICY
  const auto reading =
    read_document(R"({"settings":{"default_policy":"?"}})", 1, KnownSurroundings{});
  REQUIRE(reading.problems.size() == 1);
  CHECK(reading.problems[0].message == "must be one of " + names);
}
