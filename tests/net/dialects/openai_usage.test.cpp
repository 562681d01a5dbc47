#include "net/dialects/openai.hpp"
#include "net/unified/json_cursor.hpp"
#include "tests/net/dialects/event_text.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("usage is counted as OpenAI counts, whoever tells it", "[dialects][openai][usage]") {
  struct Row {
    const char* when;
    const char* json;
    const char* usage;
  };
  const auto row = GENERATE(
    Row{
      "OpenAI",
      R"({"prompt_tokens":30,"completion_tokens":12,"total_tokens":42,"prompt_tokens_details":{"cached_tokens":8,"cache_write_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":5,"text_tokens":7}})",
      "in=30 cached=8 written=4 out=12 reasoning=5"},
    Row{
      "DeepSeek",
      R"({"prompt_tokens":9,"completion_tokens":7,"total_tokens":16,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5})",
      "in=9 cached=4 written=0 out=7 reasoning=0"},
    Row{
      "Moonshot",
      R"({"prompt_tokens":9,"completion_tokens":7,"cached_tokens":3})",
      "in=9 cached=3 written=0 out=7 reasoning=0"},
    Row{
      "xAI of old: reasoning beside the completion",
      R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}})",
      "in=10 cached=0 written=0 out=25 reasoning=20"},
    Row{
      "embeddings",
      R"({"prompt_tokens":3,"total_tokens":3})",
      "in=3 cached=0 written=0 out=0 reasoning=0"},
    Row{"a total only", R"({"total_tokens":7})", "in=7 cached=0 written=0 out=0 reasoning=0"},
    Row{
      "details of null",
      R"({"prompt_tokens":3,"completion_tokens":1,"prompt_tokens_details":null,"completion_tokens_details":null})",
      "in=3 cached=0 written=0 out=1 reasoning=0"},
    Row{
      "numbers with a point",
      R"({"prompt_tokens":3.0,"completion_tokens":1e1})",
      "in=3 cached=0 written=0 out=10 reasoning=0"},
    Row{
      "parts larger than the whole",
      R"({"prompt_tokens":3,"completion_tokens":1,"total_tokens":4,"prompt_tokens_details":{"cached_tokens":9},"completion_tokens_details":{"reasoning_tokens":9}})",
      "in=3 cached=3 written=0 out=1 reasoning=1"},
    Row{
      "below zero",
      R"({"prompt_tokens":-3,"completion_tokens":2})",
      "in=0 cached=0 written=0 out=2 reasoning=0"},
    Row{
      "beyond all measure",
      R"({"prompt_tokens":9223372036854775807,"completion_tokens":1e300})",
      "in=1000000000000 cached=0 written=0 out=1000000000000 reasoning=0"},
    Row{"numbers as texts", R"({"prompt_tokens":"3","completion_tokens":null})", "unknown"},
    Row{"nothing", "{}", "unknown"},
    Row{"null", "null", "unknown"},
    Row{"a list", "[1]", "unknown"});
  CAPTURE(row.when);
  JsonTokens tokens;
  auto cursor = tokens.read(row.json);
  CHECK(usage_text(read_openai_usage(cursor)) == row.usage);
  CHECK(cursor.at_end());
}

TEST_CASE("usage is written as OpenAI writes it", "[dialects][openai][usage]") {
  Usage usage;
  usage.input = 30;
  usage.cached_input = 8;
  usage.cache_write = 4;
  usage.output = 12;
  usage.reasoning = 5;
  std::string out;
  append_openai_usage(out, usage);
  CHECK(
    out
    == R"({"prompt_tokens":30,"completion_tokens":12,"total_tokens":42,"prompt_tokens_details":{"cached_tokens":8,"cache_write_tokens":4},"completion_tokens_details":{"reasoning_tokens":5}})");
}

TEST_CASE("every vendor's finish reason is one that clients know", "[dialects][openai]") {
  struct Row {
    const char* said;
    FinishReason meant;
  };
  const auto row = GENERATE(
    Row{"stop", FinishReason::stop},
    Row{"length", FinishReason::length},
    Row{"tool_calls", FinishReason::tool_calls},
    Row{"function_call", FinishReason::tool_calls},
    Row{"content_filter", FinishReason::content_filter},
    Row{"model_length", FinishReason::length},
    Row{"sensitive", FinishReason::content_filter},
    Row{"eos", FinishReason::stop},
    Row{"abort", FinishReason::stop},
    Row{"", FinishReason::none},
    Row{"error", FinishReason::none},
    Row{"network_error", FinishReason::none});
  CAPTURE(row.said);
  CHECK(read_openai_finish(row.said) == row.meant);
}
