#include "persistence/request_filter.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;

/// Whether the conditions take the record, by way of the index.
bool takes(const std::vector<const char*>& conditions, const RequestRecord& record) {
  RequestFilter filter;
  for (const auto* condition : conditions) REQUIRE(filter.add(condition));
  IndexBlock block{0};
  block.add(record, at(1), "", 0);
  const auto accepted = filter.accepted(block.texts());
  const auto& row = block.rows().at(0);
  const bool taken = accepted[row.texts] != 0 && filter.accepts(row);
  // A block is never passed over that has something.
  if (taken) REQUIRE(filter.may_accept(block.head()));
  return taken;
}

} // namespace

TEST_CASE("a filter takes what its condition says", "[persistence][log]") {
  struct Row {
    const char* condition;
    bool taken;
  };
  // provider cerebras, model llama-3.3-70b, key web-app, status 200 by failover, two attempts, 1842
  // tokens in and 412 out, first token after 143 ms, the end after 1376.482 ms, free.
  const auto row = GENERATE(
    Row{"provider:eq:cerebras", true},
    Row{"provider:eq:cerebra", false},
    Row{"provider:ne:cerebras", false},
    Row{"provider:ne:groq", true},
    Row{"provider:in:groq,cerebras", true},
    Row{"provider:in:groq,openai", false},
    Row{"model:eq:llama-3.3-70b", true},
    Row{"key:eq:web-app", true},
    Row{"route:eq:chat-fast", true},
    Row{"team:eq:product", true},
    Row{"node:eq:gw-waw-1", true},
    Row{"error_code:eq:", true},
    Row{"error_code:ne:", false},
    Row{"status:eq:failover", true},
    Row{"status:ne:failover", false},
    Row{"status:in:failed,failover", true},
    Row{"status:in:failed,cut", false},
    Row{"status:eq:200", true},
    Row{"status:ge:400", false},
    Row{"status:lt:400", true},
    Row{"status:in:200,429", true},
    Row{"attempts:gt:1", true},
    Row{"attempts:gt:2", false},
    Row{"tokens_in:eq:1842", true},
    Row{"tokens_in:ne:1842", false},
    Row{"tokens_out:le:412", true},
    Row{"tokens_out:lt:412", false},
    Row{"ttft_ms:ge:143", true},
    Row{"ttft_ms:gt:143", false},
    Row{"latency_ms:eq:1376.482", true},
    Row{"latency_ms:gt:1376.48", true},
    Row{"latency_ms:gt:1376.5", false},
    Row{"cost_n:eq:0", true},
    Row{"cost_n:gt:0", false},
    Row{"stream:eq:true", true},
    Row{"stream:eq:false", false},
    Row{"stream:ne:false", true});
  CAPTURE(row.condition);
  REQUIRE(takes({row.condition}, sample_record(1, at(1))) == row.taken);
}

TEST_CASE("all conditions must hold", "[persistence][log]") {
  const auto record = sample_record(1, at(1));
  REQUIRE(takes({"latency_ms:gt:1000", "latency_ms:lt:2000", "provider:eq:cerebras"}, record));
  REQUIRE_FALSE(takes({"latency_ms:gt:1000", "latency_ms:lt:1200"}, record));
  REQUIRE_FALSE(takes({"status:eq:failover", "status:eq:failed"}, record));
  REQUIRE(takes({}, record));
}

TEST_CASE("what is not known is only ever something else", "[persistence][log]") {
  auto record = sample_record(1, at(1));
  record.cost.reset();
  record.first_token_us.reset();
  for (const auto* condition :
       {"cost_n:eq:0", "cost_n:ge:0", "cost_n:lt:1", "ttft_ms:lt:1000", "ttft_ms:ge:0"}) {
    CAPTURE(condition);
    REQUIRE_FALSE(takes({condition}, record));
  }
  REQUIRE(takes({"cost_n:ne:0", "ttft_ms:ne:0"}, record));
}

TEST_CASE("a value may have colons in it", "[persistence][log]") {
  auto record = sample_record(1, at(1));
  record.model = "qwen3:8b";
  REQUIRE(takes({"model:eq:qwen3:8b"}, record));
}

TEST_CASE("a filter that cannot be understood is refused, and says why", "[persistence][log]") {
  const auto odd = GENERATE(
    "",
    "status",
    "status:eq",
    "client:eq:10.0.0.1",
    "provider:is:groq",
    "provider:gt:groq",
    "status:eq:good",
    "status:gt:failed",
    "status:in:failed,429",
    "status:in:failed,failed",
    "latency_ms:gt:fast",
    "latency_ms:gt:",
    "latency_ms:gt:1.2345",
    "latency_ms:gt:1.",
    "latency_ms:gt:-1",
    "tokens_in:gt:1.5",
    "tokens_in:gt:99999999999999999999",
    "stream:eq:yes",
    "stream:in:true,false",
    "stream:gt:false");
  CAPTURE(odd);
  RequestFilter filter;
  const auto added = filter.add(odd);
  REQUIRE_FALSE(added);
  REQUIRE(added.error().kind == ErrorKind::invalid_value);
  REQUIRE(added.error().param == "f");
  REQUIRE(added.error().message.size() > 10);
}

TEST_CASE("filters and their values have a bound", "[persistence][log]") {
  RequestFilter filter;
  for (std::size_t i = 0; i < filter_conditions_max; ++i) REQUIRE(filter.add("attempts:gt:0"));
  REQUIRE_FALSE(filter.add("attempts:gt:0"));
  std::string many = "key:in:k";
  for (std::size_t i = 1; i < filter_values_max; ++i) many += ",k";
  REQUIRE(RequestFilter{}.add(many));
  REQUIRE_FALSE(RequestFilter{}.add(many + ",k"));
}

TEST_CASE("a block is passed over where none of it ended so", "[persistence][log]") {
  IndexBlock block{0};
  block.add(sample_record(1, at(1)), at(1), "", 0);
  const auto may = [&](const char* condition) {
    RequestFilter filter;
    REQUIRE(filter.add(condition));
    return filter.may_accept(block.head());
  };
  REQUIRE(may("status:eq:failover"));
  REQUIRE(may("status:ge:500")); // only rows know
  REQUIRE_FALSE(may("status:eq:failed"));
  REQUIRE_FALSE(may("status:ne:failover"));
}

} // namespace gateway
