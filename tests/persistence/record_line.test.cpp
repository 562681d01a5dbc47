#include "persistence/record_line.hpp"

#include "persistence/checksum.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;

std::string line_of(const RequestRecord& record) {
  std::string line;
  append_record_line(line, record);
  return line;
}

/// A line as check_line takes it: without its newline.
std::string_view bare(const std::string& line) {
  return std::string_view(line).substr(0, line.size() - 1);
}

RequestRecord read_back(const RequestRecord& record) {
  const auto line = line_of(record);
  REQUIRE(check_line(bare(line)));
  RecordReader reader;
  auto read = reader.read(bare(line));
  REQUIRE(read);
  return *read;
}

} // namespace

TEST_CASE("the checksum is zlib's", "[persistence][line]") {
  REQUIRE(crc32_of("") == 0x00000000U);
  REQUIRE(crc32_of("123456789") == 0xcbf43926U);
  REQUIRE(crc32_of("The quick brown fox jumps over the lazy dog") == 0x414fa339U);
}

TEST_CASE(
  "a record is one line of JSON with its length and checksum in front", "[persistence][line]") {
  RequestRecord record;
  record.id = "req_1";
  record.request_id = "req_1";
  record.started = at(9);
  record.node = "gw";
  record.status = 200;
  record.latency_us = 1'500;
  // Length and checksum were taken with Python: len(rest), zlib.crc32(rest).
  REQUIRE(
    line_of(record)
    == R"({"n":   166,"c":"49beaaf2","id":"req_1","t":1795424400000,"node":"gw","status":200,)"
       R"("outcome":"first_try","attempts":0,"tokens_in":0,"tokens_out":0,"latency_ms":1.500,)"
       R"("overhead_ms":0,"config":0})"
       "\n");
}

TEST_CASE("every field of a record survives its line", "[persistence][line]") {
  auto record = sample_record(7, at(10, 30));
  record.first_error = "rate_limited";
  const auto read = read_back(record);
  REQUIRE(read.id == "req_00000000000000000007");
  REQUIRE(read.request_id == "client-7");
  REQUIRE(read.started == record.started);
  REQUIRE(read.node == "gw-waw-1");
  REQUIRE(read.key == "web-app");
  REQUIRE(read.team == "product");
  REQUIRE(read.route == "chat-fast");
  REQUIRE(read.asked_model == "chat-fast");
  REQUIRE(read.provider == "cerebras");
  REQUIRE(read.model == "llama-3.3-70b");
  REQUIRE(read.first_provider == "groq");
  REQUIRE(read.first_error == "rate_limited");
  REQUIRE(read.endpoint == "/v1/chat/completions");
  REQUIRE(read.client == "10.4.18.22");
  REQUIRE(read.status == 200);
  REQUIRE(read.outcome == Outcome::failover);
  REQUIRE(read.error_code.empty());
  REQUIRE(read.attempts == 2);
  REQUIRE(read.stream);
  REQUIRE(read.finish == "stop");
  REQUIRE(read.tokens_in == 1'842);
  REQUIRE(read.tokens_cached == 1'024);
  REQUIRE(read.tokens_cache_write == 7);
  REQUIRE(read.tokens_out == 412);
  REQUIRE(read.tokens_reasoning == 12);
  REQUIRE(read.tokens_estimated);
  REQUIRE(read.cost == NanoDollars{0});
  REQUIRE(read.list_cost == NanoDollars{2'060'000});
  REQUIRE(read.latency_us == 1'376'482);
  REQUIRE(read.first_token_us == 143'000);
  REQUIRE(read.overhead_us == 860);
  REQUIRE(read.config_version == 182);
}

TEST_CASE("what a record leaves out is left out when it is read", "[persistence][line]") {
  RequestRecord record;
  record.id = "req_x";
  record.outcome = Outcome::refused;
  record.error_code = "invalid_api_key";
  const auto read = read_back(record);
  REQUIRE(read.request_id == "req_x");
  REQUIRE(read.provider.empty());
  REQUIRE(read.error_code == "invalid_api_key");
  REQUIRE(read.outcome == Outcome::refused);
  REQUIRE(read.cost == std::nullopt);
  REQUIRE(read.list_cost == std::nullopt);
  REQUIRE(read.first_token_us == std::nullopt);
  REQUIRE_FALSE(read.stream);
  REQUIRE_FALSE(read.tokens_estimated);
}

TEST_CASE("what repeats is written once and read back", "[persistence][line]") {
  auto record = sample_record(1, at(12));
  record.request_id = record.id;
  record.first_provider = record.provider;
  record.cost = NanoDollars{2'060'000};
  const auto line = line_of(record);
  for (const auto* left_out : {"request_id", "asked_model", "first_provider", "list_cost_n"})
    REQUIRE(line.find(left_out) == std::string::npos);
  const auto read = read_back(record);
  REQUIRE(read.request_id == record.id);
  REQUIRE(read.asked_model == "chat-fast");
  REQUIRE(read.first_provider == "cerebras");
  REQUIRE(read.list_cost == NanoDollars{2'060'000});

  record.list_cost.reset();
  REQUIRE(read_back(record).cost == NanoDollars{2'060'000});
  REQUIRE(read_back(record).list_cost == std::nullopt);
  record.cost.reset();
  record.list_cost = NanoDollars{5};
  REQUIRE(read_back(record).cost == std::nullopt);
  REQUIRE(read_back(record).list_cost == NanoDollars{5});
}

TEST_CASE("a usual row has at most 600 bytes", "[persistence][line]") {
  auto record = sample_record(1, at(12));
  record.route.clear();
  record.asked_model = "openrouter/meta-llama/llama-3.3-70b-instruct";
  record.request_id = "0191c2f4-6a3c-7d2e-9f10-4b6a7c8d9e0f";
  record.first_provider = record.provider;
  record.outcome = Outcome::first_try;
  record.tokens_estimated = false;
  record.tokens_cache_write = 0;
  record.tokens_reasoning = 0;
  REQUIRE(line_of(record).size() <= 600);
}

TEST_CASE("a stranger's text neither breaks nor fills a line", "[persistence][line]") {
  struct Row {
    const char* when;
    std::string text, kept;
  };
  const std::string e_acute = "\xc3\xa9";
  const auto row = GENERATE_COPY(
    Row{"quotes and breaks", "a\"b\\c\nd\te\x01", "a\"b\\c\nd\te\x01"},
    Row{"UTF-8", "modèle 日本 🦙", "modèle 日本 🦙"},
    Row{"a lone continuation byte", "a\x80z", "a?z"},
    Row{"an overlong slash", "a\xc0\xafz", "a??z"},
    Row{"a surrogate", "a\xed\xa0\x80z", "a???z"},
    Row{"beyond the last character", "a\xf4\x90\x80\x80z", "a????z"},
    Row{"a character cut off", "a\xe6\x97", "a??"},
    Row{"too long", std::string(1'000, 'x'), std::string(256, 'x')},
    Row{
      "a character on the bound", std::string(255, 'x') + e_acute + "tail", std::string(255, 'x')},
    Row{"a zero byte", std::string("a\0b", 3), std::string("a\0b", 3)});
  CAPTURE(row.when);
  auto record = sample_record(1, at(12));
  record.asked_model = row.text;
  const auto line = line_of(record);
  REQUIRE(line.find('\n') == line.size() - 1);
  REQUIRE(read_back(record).asked_model == row.kept);
}

TEST_CASE("a line with any byte cut off or changed is not taken", "[persistence][line]") {
  const auto line = line_of(sample_record(42, at(12)));
  const auto whole = bare(line);
  REQUIRE(check_line(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    REQUIRE_FALSE(check_line(whole.substr(0, length)));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed(whole);
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CAPTURE(i);
    REQUIRE_FALSE(check_line(changed));
  }
}

TEST_CASE("a whole line is found behind a torn one at every cut", "[persistence][line]") {
  const auto torn = line_of(sample_record(1, at(12)));
  const auto whole = line_of(sample_record(2, at(12)));
  for (std::size_t cut = 0; cut + 1 < torn.size(); ++cut) {
    const auto glued = torn.substr(0, cut) + std::string(bare(whole));
    CAPTURE(cut);
    REQUIRE(find_whole_line(glued) == cut);
  }
  REQUIRE_FALSE(find_whole_line(torn.substr(0, 300)));
  REQUIRE_FALSE(find_whole_line(R"({"n":{"n":{"n":{"n":)"));
}

TEST_CASE("a framed line that is no record of ours is not read as one", "[persistence][line]") {
  const auto fields = GENERATE(
    as<std::string>{},
    R"("t":1)",
    R"("id":"","t":1)",
    R"("id":7)",
    R"("id":"x","t":"now")",
    R"("id":"x","t":-1)",
    R"("id":"x","t":253402300800000)",
    R"("id":"x","status":1000)",
    R"("id":"x","outcome":"won")",
    R"("id":"x","latency_ms":-1)",
    R"("id":"x","latency_ms":1e300)",
    R"("id":"x","cost_n":12)",
    R"("id":"x","cost_n":"12x")",
    R"("id":"x","tokens_in":1.5)",
    R"("id":"x",)",
    R"("id":"x"}{"id":"y")");
  std::string line;
  REQUIRE(append_framed_line(line, fields));
  CAPTURE(line);
  RecordReader reader;
  REQUIRE_FALSE(reader.read(bare(line)));
}

TEST_CASE("fields of a later version are passed over", "[persistence][line]") {
  std::string line;
  append_framed_line(line, R"("v":{"a":[1,{"id":"no"}]},"id":"x","later":[true],"status":204)");
  RecordReader reader;
  const auto record = reader.read(bare(line));
  REQUIRE(record);
  REQUIRE(record->id == "x");
  REQUIRE(record->status == 204);
}

TEST_CASE("a line longer than the bound is not written", "[persistence][line]") {
  std::string out = "before";
  REQUIRE_FALSE(append_framed_line(out, std::string(line_bytes_max, 'x')));
  REQUIRE(out == "before");
}

TEST_CASE("a continuation line names the file and where its copy begins", "[persistence][line]") {
  std::string line;
  append_continuation_line(line, {{day_of(at(0)), 2}, 4'711});
  RecordReader reader;
  const auto read = reader.read_continuation(bare(line));
  REQUIRE(read);
  REQUIRE(file_name(read->from) == "2026-11-23.2.jsonl");
  REQUIRE(read->offset == 4'711);
  REQUIRE_FALSE(reader.read(bare(line)));
  const auto record = line_of(sample_record(1, at(1)));
  REQUIRE_FALSE(reader.read_continuation(bare(record)));
}

TEST_CASE("random bytes are never taken for a line", "[persistence][line]") {
  std::mt19937 random{20261123};
  std::uniform_int_distribution<int> byte{0, 255};
  for (int round = 0; round < 2'000; ++round) {
    std::string noise(R"({"n":   100,"c":"00000000",)");
    for (int i = 0; i < 100; ++i) noise += static_cast<char>(byte(random));
    REQUIRE_FALSE(check_line(noise));
  }
}

} // namespace gateway
