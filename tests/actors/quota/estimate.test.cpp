#include "actors/quota/estimate.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <random>

using namespace gateway;

namespace {

RequestSize text(std::int64_t bytes, std::optional<std::int64_t> max_tokens = {}) {
  RequestSize size;
  size.text_bytes = bytes;
  size.max_tokens = max_tokens;
  return size;
}

} // namespace

TEST_CASE("before anything is learned the bounds are taken", "[quota][estimate]") {
  const TokenEstimator estimator;
  struct Row {
    const char* when;
    RequestSize size;
    bool p99;
    std::int64_t max_output;
    std::int64_t input, output, input_expected, output_expected;
  };
  RequestSize pictures = text(1'000, 50);
  pictures.images = 2;
  RequestSize several = text(1'000, 50);
  several.choices = 3;
  const auto row = GENERATE_COPY(
    Row{"text", text(1'000, 500), false, 0, 400, 500, 250, 256},
    Row{"no max_tokens", text(1'000), false, 0, 400, 1'024, 250, 256},
    Row{
      "no max_tokens, a model that can't say so much", text(1'000), false, 800, 400, 800, 250, 256},
    Row{"max_tokens beyond the model", text(1'000, 100'000), false, 4'096, 400, 4'096, 250, 256},
    Row{"p99 that is not learned", text(1'000, 9'000), true, 0, 400, 9'000, 250, 256},
    Row{"embeddings", text(1'000, 0), false, 0, 400, 0, 250, 0},
    Row{"pictures", pictures, false, 0, 3'600, 50, 3'450, 50},
    Row{"three choices", several, false, 0, 400, 150, 250, 150},
    Row{"nothing", text(0, 0), false, 0, 0, 0, 0, 0},
    Row{"sizes below 0", text(-9, -9), false, -9, 0, 0, 0, 0});
  CAPTURE(row.when);
  const auto estimate = estimator.estimate(row.size, row.p99, row.max_output);
  CHECK(estimate.input == row.input);
  CHECK(estimate.output_reserve == row.output);
  CHECK(estimate.input_expected == row.input_expected);
  CHECK(estimate.output_expected == row.output_expected);
}

TEST_CASE("sizes beyond all numbers stay numbers", "[quota][estimate]") {
  const TokenEstimator estimator;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  RequestSize size{most, most, most, most, most, most};
  const auto estimate = estimator.estimate(size, false, 0);
  CHECK(estimate.input == 1'000'000'000'000'000);
  CHECK(estimate.output_reserve == 1'000'000'000'000'000);
}

TEST_CASE("what a model's requests cost is learned", "[quota][estimate]") {
  TokenEstimator estimator;
  std::minstd_rand random{5};
  std::uniform_int_distribution<std::int64_t> bytes{500, 5'000};
  std::uniform_int_distribution<std::int64_t> output{50, 250};
  std::uniform_real_distribution<> per_token{3.6, 4.4};
  for (int i = 0; i < 19; ++i) estimator.learn(text(4'000), 1'000, 100);
  CHECK(estimator.estimate(text(4'000, 10), false, 0).input == 1'600); // too few to believe
  for (int i = 0; i < 2'000; ++i) {
    const auto size = text(bytes(random));
    const auto tokens = static_cast<double>(size.text_bytes) / per_token(random);
    estimator.learn(size, static_cast<std::int64_t>(tokens), output(random));
  }
  int short_of = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto size = text(bytes(random));
    const auto tokens = static_cast<double>(size.text_bytes) / per_token(random);
    const auto estimate = estimator.estimate(size, false, 0);
    if (static_cast<double>(estimate.input) < tokens) ++short_of;
    CHECK(static_cast<double>(estimate.input) < tokens * 1.4);
  }
  CHECK(short_of <= 10);
  const auto learned = estimator.estimate(text(4'000), false, 0);
  CHECK(learned.output_reserve >= 248);
  CHECK(learned.output_reserve <= 270);
  CHECK(learned.output_expected == Approx(150).margin(10));
  CHECK(learned.input_expected == Approx(1'003).margin(20));
  // The client's own bound holds unless the document wants the percentile.
  CHECK(estimator.estimate(text(4'000, 9'000), false, 0).output_reserve == 9'000);
  CHECK(estimator.estimate(text(4'000, 9'000), true, 0).output_reserve == learned.output_reserve);
  CHECK(estimator.estimate(text(4'000, 20), true, 0).output_reserve == 20);
}

TEST_CASE("pictures are learned by what the text does not explain", "[quota][estimate]") {
  TokenEstimator estimator;
  for (int i = 0; i < 30; ++i) estimator.learn(text(4'000), 1'000, 10);
  auto picture = text(400, 10);
  picture.images = 2;
  for (int i = 0; i < 30; ++i) estimator.learn(picture, 100 + 2 * 258, 10);
  const auto estimate = estimator.estimate(picture, false, 0);
  CHECK(estimate.input >= 616);
  CHECK(estimate.input <= 680);
}

TEST_CASE("an answer without usage teaches nothing", "[quota][estimate]") {
  TokenEstimator estimator;
  for (int i = 0; i < 100; ++i) estimator.learn(text(1'000), 0, 0);
  CHECK(estimator.estimate(text(1'000), false, 0).input == 400);
  CHECK(estimator.estimate(text(1'000), false, 0).output_reserve == 1'024);
}

TEST_CASE("a sketch's quantiles are rounded up by a bucket at most", "[quota][sketch]") {
  DecayingSketch sketch{1'000'000.0};
  CHECK(sketch.quantile(0.5) == 0.0);
  CHECK(sketch.mean() == 0.0);
  for (int value = 1; value <= 1'000; ++value) sketch.add(value);
  CHECK(sketch.samples() == 1'000);
  for (const auto share : {0.01, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    CAPTURE(share);
    CHECK(sketch.quantile(share) >= share * 1'000);
    CHECK(sketch.quantile(share) <= share * 1'000 * 1.15);
  }
  CHECK(sketch.mean() == Approx(500.5).epsilon(0.01));
}

TEST_CASE("a sketch forgets and survives any number of samples", "[quota][sketch]") {
  DecayingSketch sketch{10.0};
  for (int i = 0; i < 5'000; ++i) sketch.add(1'000.0);
  for (int i = 0; i < 100; ++i) sketch.add(10.0);
  CHECK(sketch.quantile(0.99) <= 10.7);
  CHECK(sketch.mean() == Approx(11.0).margin(1.0));
  for (const auto odd : {0.0, -5.0, 1e300}) sketch.add(odd);
  CHECK(sketch.quantile(1.0) <= 4'600'000'000.0);
}
