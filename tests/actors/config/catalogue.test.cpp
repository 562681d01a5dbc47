#include "actors/config/catalogue.hpp"

#include "actors/config/vendors.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

std::string id_of(const char* vendor, std::string_view model) {
  const auto* found = Catalogue::built_in().find(vendor, model);
  return found != nullptr ? found->id : "";
}

} // namespace

TEST_CASE("the check vectors' prices are in the catalogue") {
  // providers/prices.md, section 3.5: the rates behind the totals there, nano-dollars per million.
  struct Row {
    const char* vendor;
    const char* model;
    std::int64_t input;
    std::int64_t output;
    std::optional<std::int64_t> cached_input;
    std::optional<std::int64_t> cache_write;
    std::optional<std::int64_t> cache_write_1h;
  };
  constexpr std::int64_t milli = 1'000'000;
  const Row rows[]{
    {"openai", "gpt-6-luna", 100 * milli, 500 * milli, 10 * milli, 125 * milli, std::nullopt},
    {"openai", "gpt-5.6-luna", 200 * milli, 1'200 * milli, 20 * milli, 250 * milli, std::nullopt},
    {"anthropic",
     "claude-opus-5",
     5'000 * milli,
     25'000 * milli,
     500 * milli,
     6'250 * milli,
     10'000 * milli},
    {"gemini",
     "gemini-3.8-flash",
     750 * milli,
     3'750 * milli,
     75 * milli,
     std::nullopt,
     std::nullopt},
    {"deepseek",
     "deepseek-v4-flash",
     220 * milli,
     660 * milli,
     7 * milli,
     std::nullopt,
     std::nullopt},
  };
  for (const auto& row : rows) {
    INFO(row.model);
    const auto* model = Catalogue::built_in().find(row.vendor, row.model);
    REQUIRE(model != nullptr);
    REQUIRE(model->price);
    CHECK(model->price->rates.input == row.input);
    CHECK(model->price->rates.output == row.output);
    CHECK(model->price->rates.cached_input == row.cached_input);
    CHECK(model->price->rates.cache_write == row.cache_write);
    CHECK(model->price->rates.cache_write_1h == row.cache_write_1h);
  }
}

TEST_CASE("tiers begin where the vectors say") {
  const auto* luna = Catalogue::built_in().find("openai", "gpt-6-luna");
  REQUIRE(luna->price->tiers.size() == 1);
  CHECK(luna->price->tiers[0].above == 272'000);
  CHECK(luna->price->tiers[0].rates.input == 200'000'000);
  CHECK(luna->price->tiers[0].rates.cached_input == 20'000'000);
  CHECK(luna->price->tiers[0].rates.output == 750'000'000);
  const auto* older = Catalogue::built_in().find("openai", "gpt-5.6-luna");
  REQUIRE(older->price->tiers.size() == 1);
  CHECK(older->price->tiers[0].above == 271'999);
  CHECK(luna->context_window == 1'050'000); // the full window, not that of the standard price
  CHECK(luna->max_output == 128'000);
}

TEST_CASE("a model is found by its name, by a rule, or with its date written the other way") {
  CHECK(id_of("openai", "gpt-4o-mini") == "gpt-4o-mini");
  CHECK(id_of("openai", "gpt-6-luna-2026-10-01") == "gpt-6-luna");
  CHECK(id_of("openai", "gpt-6-luna-20261001") == "gpt-6-luna");
  CHECK(id_of("anthropic", "claude-opus-5-20260801") == "claude-opus-5");
  CHECK(id_of("anthropic", "claude-opus-5-2026-08-01") == "claude-opus-5");
  CHECK(id_of("anthropic", "CLAUDE-OPUS-5") == "claude-opus-5");
  CHECK(id_of("gemini", "gemini-3.8-flash-exp") == "gemini-3.8-flash");
  CHECK(id_of("openai", "no-such-model").empty());
  CHECK(id_of("nobody", "gpt-4o-mini").empty());
  CHECK(id_of("openai", "").empty());
  CHECK(id_of("openai", std::string(1'000'000, 'g')).empty());
}

TEST_CASE("what is known of a model is told") {
  const auto& catalogue = Catalogue::built_in();
  const auto* embedding = catalogue.find("openai", "text-embedding-3-small");
  REQUIRE(embedding != nullptr);
  CHECK(embedding->embedding);
  CHECK(embedding->price->rates.input == 20'000'000);
  CHECK(embedding->price->rates.output == 0);
  CHECK_FALSE(embedding->tools);
  CHECK(embedding->offered);
  const auto* llama = catalogue.find("groq", "llama-3.1-8b-instant");
  REQUIRE(llama != nullptr);
  CHECK_FALSE(llama->vision);
  CHECK(llama->tools);
  CHECK(llama->price->rates.cached_input == std::nullopt); // 0 in the source means: no such rate
  CHECK(catalogue.find("gemini", "gemini-2.5-flash")->audio);
  const auto* whisper = catalogue.find("openai", "whisper-1");
  REQUIRE(whisper != nullptr);
  CHECK_FALSE(whisper->offered);
  CHECK(whisper->price == std::nullopt);
}

TEST_CASE("a price of 0 is one only where the vendor gives the model away") {
  const auto& catalogue = Catalogue::built_in();
  std::size_t unknown = 0;
  for (const auto& model : catalogue.models("nvidia")) unknown += model.price ? 0 : 1;
  CHECK(unknown == catalogue.models("nvidia").size());
  CHECK(catalogue.find("zai", "glm-4.7-flash")->price->rates.output == 0);
  CHECK(catalogue.find("openrouter", "google/gemma-4-31b-it:free")->price->rates.input == 0);
  CHECK(catalogue.find("openrouter", "openrouter/auto")->price == std::nullopt);
}

TEST_CASE("the vendors of the catalogue are those of the vendor table") {
  std::size_t with_models = 0;
  for (const auto& vendor : all_vendors())
    with_models += Catalogue::built_in().models(vendor.id).empty() ? 0 : 1;
  CHECK(with_models == 30);
  CHECK(
    Catalogue::built_in().models("anthropic-openai").size()
    == Catalogue::built_in().models("anthropic").size());
  CHECK(
    Catalogue::built_in().sources() == "@earendil-works/pi-ai 1.5.2, @pydantic/genai-prices 0.1.8");
}

TEST_CASE("match rules are read in all their kinds, in order") {
  const auto read = Catalogue::read(R"({"sources":["x 1"],"vendors":{"v":{"models":{
    "a":{"price":{"input":1,"output":1}},"b":{},"c":{},"d":{},"e":{}},"match":[
    ["a",{"or":[{"equals":"Alpha"},{"starts_with":"al-"}]}],
    ["b",{"and":[{"contains":"mid"},{"ends_with":"END"}]}],
    ["c",{"regex":"^c-(?!x)\\d+$"}],
    ["d",{"starts_with":"c-"}],
    ["e",{"contains":"2026-01-15"}]]}}})");
  REQUIRE(read);
  const auto id = [&](std::string_view name) {
    const auto* found = read->find("v", name);
    return found != nullptr ? found->id : "";
  };
  CHECK(id("alpha") == "a");
  CHECK(id("AL-1") == "a");
  CHECK(id("x-mid-end") == "b");
  CHECK(id("x-mid") == "");
  CHECK(id("c-12") == "c");
  CHECK(id("C-12") == "d"); // a pattern heeds case, the other rules don't
  CHECK(id("z-20260115") == "e");
  CHECK(id("z-2026011") == "");
  CHECK(read->find("v", "b")->id == "b");
}

TEST_CASE("a broken catalogue names its line") {
  const char* broken[]{
    "{",
    "{\"vendors\":{\"v\":{\"models\":{\"a\":{}},\n\"match\":[[\"a\",{\"like\":\"x\"}]]}}}",
    "{\"vendors\":{\"v\":{\"models\":{\"a\":{}},\n\"match\":[[\"b\",{\"equals\":\"x\"}]]}}}",
    "{\"vendors\":{\"v\":{\"models\":{\"a\":{}},\n\"match\":[[\"a\",{\"regex\":\"(\"}]]}}}",
    "{\"vendors\":{\"v\":{\"models\":{\"a\":{\n\"price\":{\"input\":1}}}}}}",
  };
  for (const auto* text : broken) {
    INFO(text);
    const auto read = Catalogue::read(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().message.find("catalogue, line ") == 0);
  }
}
