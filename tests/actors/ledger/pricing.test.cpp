#include "actors/ledger/pricing.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace gateway {
namespace {

Usage tokens(std::int64_t input, std::int64_t output) {
  Usage usage;
  usage.input = input;
  usage.output = output;
  return usage;
}

Usage cached(std::int64_t input, std::int64_t hits, std::int64_t output) {
  auto usage = tokens(input, output);
  usage.cached_input = hits;
  return usage;
}

Usage written(
  std::int64_t input, std::int64_t writes, std::int64_t long_writes, std::int64_t output) {
  auto usage = tokens(input, output);
  usage.cache_write = writes;
  usage.cache_write_1h = long_writes;
  return usage;
}

/// 0.1 USD per million tokens in, 0.5 out, 0.01 cached; above 272 000 tokens dearer
/// (providers/prices.md, section 1.1).
Price luna_6() {
  Price price;
  price.rates.input = 100'000'000;
  price.rates.output = 500'000'000;
  price.rates.cached_input = 10'000'000;
  PriceTier tier;
  tier.above = 272'000;
  tier.rates.input = 200'000'000;
  tier.rates.output = 750'000'000;
  tier.rates.cached_input = 20'000'000;
  price.tiers.push_back(tier);
  return price;
}

/// The rates that the two vectors of section 3.5 fix: 0.2 and 1.2 USD, above 271 999 0.4 and 1.8.
Price luna_5_6() {
  Price price;
  price.rates.input = 200'000'000;
  price.rates.output = 1'200'000'000;
  PriceTier tier;
  tier.above = 271'999;
  tier.rates.input = 400'000'000;
  tier.rates.output = 1'800'000'000;
  price.tiers.push_back(tier);
  return price;
}

/// 5 USD in, 25 out, 6.25 for a cache write, 10 for an hour's.
Price opus_5() {
  Price price;
  price.rates.input = 5'000'000'000;
  price.rates.output = 25'000'000'000;
  price.rates.cache_write = 6'250'000'000;
  price.rates.cache_write_1h = 10'000'000'000;
  return price;
}

Price flat(std::int64_t input, std::int64_t output) {
  Price price;
  price.rates.input = input;
  price.rates.output = output;
  return price;
}

} // namespace

TEST_CASE("the vectors of the price catalogue come out to the nano-dollar", "[ledger][pricing]") {
  struct Row {
    const char* when;
    Price price;
    Usage usage;
    std::int64_t nano_dollars;
  };
  const auto row = GENERATE(
    Row{"gpt-6-luna with cache hits", luna_6(), cached(1'000, 600, 200), 146'000},
    Row{"gpt-6-luna above its tier", luna_6(), cached(300'000, 100'000, 1'000), 42'750'000},
    Row{"gpt-5.6-luna at the tier's start", luna_5_6(), tokens(271'999, 1'000), 55'599'800},
    Row{"gpt-5.6-luna one token above", luna_5_6(), tokens(272'000, 1'000), 110'600'000},
    Row{"claude-opus-5 with a cache write", opus_5(), written(4'740, 4'735, 0, 255), 35'993'750},
    Row{"claude-opus-5, an hour's write", opus_5(), written(5'000, 4'000, 4'000, 100), 47'500'000},
    Row{"claude-opus-5 plainly", opus_5(), tokens(1'000, 100), 7'500'000});
  CAPTURE(row.when);
  REQUIRE(price_of(row.price, row.usage) == NanoDollars{row.nano_dollars});
}

TEST_CASE("a kind without a rate of its own is charged as its parent", "[ledger][pricing]") {
  struct Row {
    const char* when;
    Usage usage;
    std::int64_t nano_dollars;
  };
  auto thinking = tokens(0, 100);
  thinking.reasoning = 60;
  const auto row = GENERATE_COPY(
    Row{"cache hits", cached(1'000, 400, 0), 1'000'000},
    Row{"cache writes", written(1'000, 400, 100, 0), 1'000'000},
    Row{"reasoning", thinking, 200'000});
  CAPTURE(row.when);
  // 1 USD in and 2 out a million: 1 000 and 2 000 nano-dollars a token.
  REQUIRE(price_of(flat(1'000'000'000, 2'000'000'000), row.usage) == NanoDollars{row.nano_dollars});
}

TEST_CASE(
  "reasoning with a rate is charged apart from the rest of the output", "[ledger][pricing]") {
  auto price = flat(0, 2'000'000'000);
  price.rates.reasoning = 500'000'000;
  auto usage = tokens(0, 100);
  usage.reasoning = 60;
  REQUIRE(price_of(price, usage) == NanoDollars{40 * 2'000 + 60 * 500});
}

TEST_CASE(
  "an hour's cache write is charged as a short one where only that has a rate",
  "[ledger][pricing]") {
  auto price = opus_5();
  price.rates.cache_write_1h.reset();
  REQUIRE(price_of(price, written(1'000, 1'000, 400, 0)) == NanoDollars{6'250'000});
}

TEST_CASE("a sum is rounded once, half up", "[ledger][pricing]") {
  struct Row {
    const char* when;
    std::int64_t input_rate, output_rate, input, output, nano_dollars;
  };
  const auto row = GENERATE(
    Row{"just below half", 499'999, 0, 1, 0, 0},
    Row{"half", 500'000, 0, 1, 0, 1},
    Row{"two parts that are nothing alone", 300'000, 300'000, 1, 1, 1},
    Row{"two halves are one, not two", 500'000, 500'000, 1, 1, 1});
  CAPTURE(row.when);
  REQUIRE(
    price_of(flat(row.input_rate, row.output_rate), tokens(row.input, row.output))
    == NanoDollars{row.nano_dollars});
}

TEST_CASE("what was used and has no rate makes the cost unknown", "[ledger][pricing]") {
  Price input_only;
  input_only.rates.input = 1'000'000'000;
  REQUIRE(price_of(input_only, tokens(10, 0)) == NanoDollars{10'000});
  REQUIRE(price_of(input_only, tokens(10, 1)) == std::nullopt);
  REQUIRE(price_of(Price{}, tokens(1, 0)) == std::nullopt);
  REQUIRE(price_of(Price{}, tokens(0, 0)) == NanoDollars{0});
}

TEST_CASE("a price per request is added, used or not", "[ledger][pricing]") {
  auto price = flat(1'000'000'000, 0);
  price.per_request = 5'000;
  REQUIRE(price_of(price, tokens(3, 0)) == NanoDollars{8'000});
  REQUIRE(price_of(price, tokens(0, 0)) == NanoDollars{5'000});
}

TEST_CASE(
  "a tier takes what it leaves out from the base, and the highest one reached wins",
  "[ledger][pricing]") {
  auto price = flat(100'000'000, 200'000'000);
  PriceTier low;
  low.above = 10;
  low.rates.input = 300'000'000;
  PriceTier high;
  high.above = 20;
  high.rates.input = 500'000'000;
  price.tiers = {low, high};
  REQUIRE(price_of(price, tokens(10, 1)) == NanoDollars{10 * 100 + 200});
  REQUIRE(price_of(price, tokens(11, 1)) == NanoDollars{11 * 300 + 200});
  REQUIRE(price_of(price, tokens(21, 1)) == NanoDollars{21 * 500 + 200});
}

TEST_CASE("a provider's nonsense neither overflows nor pays us", "[ledger][pricing]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto price = opus_5();
  REQUIRE(price_of(price, tokens(-5, -7)) == NanoDollars{0});
  REQUIRE(price_of(price, written(10, 1'000, 2'000, 0)) == NanoDollars{10 * 10'000});
  auto with_hits = luna_6();
  REQUIRE(price_of(with_hits, cached(10, 1'000, 0)) == NanoDollars{100});
  REQUIRE(price_of(flat(most, most), tokens(most, most)) == NanoDollars{most});
}

TEST_CASE("what a call will cost is its price without a cache", "[ledger][pricing]") {
  REQUIRE(expected_cost(luna_6(), 1'000, 200) == NanoDollars{200'000});
  REQUIRE(expected_cost(Price{}, 1, 1) == std::nullopt);
}

TEST_CASE("the highest cost of a call is that of its dearest tokens", "[ledger][pricing]") {
  // Every input token may be written to the cache for an hour.
  REQUIRE(highest_cost(opus_5(), 1'000, 200) == NanoDollars{10'000'000 + 5'000'000});
  auto thinking = flat(1'000'000'000, 2'000'000'000);
  thinking.rates.reasoning = 3'000'000'000;
  thinking.per_request = 7;
  REQUIRE(highest_cost(thinking, 10, 10) == NanoDollars{10'000 + 30'000 + 7});
  REQUIRE(highest_cost(Price{}, 1, 0) == std::nullopt);
}

TEST_CASE("the highest cost knows the tiers that a call may reach", "[ledger][pricing]") {
  REQUIRE(highest_cost(luna_6(), 272'000, 0) == NanoDollars{27'200'000});
  REQUIRE(highest_cost(luna_6(), 272'001, 0) == NanoDollars{54'400'200});
  // A tier that is cheaper is not sure to be reached: what is estimated may be less.
  auto cheaper = flat(1'000'000'000, 0);
  cheaper.tiers.push_back({100, {500'000'000, {}, {}, {}, {}, {}}});
  REQUIRE(highest_cost(cheaper, 200, 0) == NanoDollars{200'000});
}

TEST_CASE("free is what costs nothing in any tier", "[ledger][pricing]") {
  REQUIRE(is_free(flat(0, 0)));
  REQUIRE_FALSE(is_free(flat(0, 1)));
  REQUIRE_FALSE(is_free(Price{})); // unknown
  auto by_request = flat(0, 0);
  by_request.per_request = 1;
  REQUIRE_FALSE(is_free(by_request));
  auto thinking = flat(0, 0);
  thinking.rates.reasoning = 1;
  REQUIRE_FALSE(is_free(thinking));
  auto tiered = flat(0, 0);
  tiered.tiers.push_back({100, {1, {}, {}, {}, {}, {}}});
  REQUIRE_FALSE(is_free(tiered));
}

TEST_CASE("a free tier's answer costs nothing and shows what it would have", "[ledger][pricing]") {
  const std::optional<Price> known = luna_6();
  const auto usage = tokens(1'000, 200);

  const auto paid = cost_of(known, false, usage);
  REQUIRE(paid.cost == NanoDollars{200'000});
  REQUIRE(paid.list_cost == NanoDollars{200'000});

  const auto free = cost_of(known, true, usage);
  REQUIRE(free.cost == NanoDollars{0});
  REQUIRE(free.list_cost == NanoDollars{200'000});

  const auto unknown = cost_of(std::nullopt, false, usage);
  REQUIRE(unknown.cost == std::nullopt);
  REQUIRE(unknown.list_cost == std::nullopt);

  const auto free_unknown = cost_of(std::nullopt, true, usage);
  REQUIRE(free_unknown.cost == NanoDollars{0});
  REQUIRE(free_unknown.list_cost == std::nullopt);
}

} // namespace gateway
