#include "net/demo/demo_options.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("the command line describes a provider", "[net][demo]") {
  const std::vector<const char*> words{
    "--listen",
    "127.0.0.1:9000",
    "--dialect=gemini",
    "--models",
    "a,b",
    "--key",
    "k",
    "--rpm",
    "30",
    "--tpm=5000",
    "--window",
    "6",
    "--limit-kind",
    "bucket",
    "--capacity",
    "4",
    "--latency-ms",
    "20",
    "--tokens-per-second",
    "50.5",
    "--concurrency",
    "3",
    "--counts",
    "reserved",
    "--fail",
    "429",
    "--fail-count",
    "2",
    "--seed",
    "9",
    "--context-window=1000",
    "--name",
    "gem",
    "--reply-bytes",
    "99"};
  const auto options = read_demo_options(words);
  REQUIRE(options);
  CHECK(options->listen.host == "127.0.0.1");
  CHECK(options->listen.port == 9000);
  const auto& settings = options->settings;
  CHECK(settings.name == "gem");
  CHECK(settings.dialect == "gemini");
  CHECK(settings.models == std::vector<std::string>{"a", "b"});
  CHECK(settings.key == "k");
  REQUIRE(settings.rules.size() == 2);
  CHECK(settings.rules[0].unit == DemoLimitUnit::requests);
  CHECK(settings.rules[0].kind == DemoLimitKind::bucket);
  CHECK(settings.rules[0].limit == 30);
  CHECK(settings.rules[0].capacity == 4);
  CHECK(settings.rules[0].window == 6s);
  CHECK(settings.rules[1].unit == DemoLimitUnit::tokens);
  CHECK(settings.rules[1].limit == 5000);
  CHECK(settings.rules[1].capacity == 0);
  CHECK(settings.latency == 20ms);
  CHECK(settings.tokens_per_second == 50.5);
  CHECK(settings.concurrency == 3);
  CHECK(settings.counts_reserved);
  CHECK(settings.fault.fault == DemoFault::status_429);
  CHECK(settings.fault.count == 2);
  CHECK(settings.manner.seed == 9);
  CHECK(settings.manner.reply_bytes == 99);
  CHECK(settings.context_window == 1000);
}

TEST_CASE("without a word a provider listens on a free loopback port", "[net][demo]") {
  const auto options = read_demo_options({});
  REQUIRE(options);
  CHECK(options->listen.host == "127.0.0.1");
  CHECK(options->listen.port == 0);
  CHECK(options->settings.rules.empty());
  CHECK(options->settings.fault.fault == DemoFault::none);
}

TEST_CASE("options that make no sense are refused by name", "[net][demo]") {
  struct Row {
    std::vector<const char*> words;
    const char* message;
  };
  const auto row = GENERATE(
    Row{{"--colour", "red"}, "unknown option --colour"},
    Row{{"--rpm"}, "--rpm wants a value"},
    Row{{"--rpm", "many"}, "--rpm can't be many"},
    Row{{"--rpm", "-1"}, "--rpm can't be -1"},
    Row{{"--listen", "9000"}, "--listen can't be 9000"},
    Row{{"--listen", "host:99999"}, "--listen can't be host:99999"},
    Row{{"--window", "0"}, "--window can't be 0"},
    Row{{"--window", "nan"}, "--window can't be nan"},
    Row{{"--dialect", "smoke"}, "--dialect can't be smoke"},
    Row{{"--models", ","}, "--models can't be ,"},
    Row{{"--fail", "418"}, "--fail can't be 418"},
    Row{{"--limit-kind=round"}, "--limit-kind can't be round"});
  const auto options = read_demo_options(row.words);
  REQUIRE_FALSE(options);
  CHECK(options.error().message.starts_with(row.message));
}

TEST_CASE("the help names every option and every fault", "[net][demo]") {
  const auto help = demo_options_help();
  for (const auto* name : {"--listen HOST:PORT", "--fail FAULT", "error_at_head", "--seed N"})
    CHECK(help.find(name) != std::string::npos);
}
