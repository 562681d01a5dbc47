#include "net/demo/provider.hpp"

#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

struct Dialect {
  const char* name;
  const char* path;
  const char* stream_path;
  const char* body;
  const char* stream_body;
};

/// `echo: a b c` in every dialect, whole and streamed.
constexpr Dialect openai{
  "openai",
  "/v1/chat/completions",
  "/v1/chat/completions",
  R"({"model":"demo-small","messages":[{"role":"user","content":"echo: a b c"}]})",
  R"({"model":"demo-small","stream":true,"messages":[{"role":"user","content":"echo: a b c"}]})"};
constexpr Dialect azure{
  "azure",
  "/openai/v1/chat/completions",
  "/openai/deployments/demo-small/chat/completions?api-version=2024-10-21",
  openai.body,
  openai.stream_body};
constexpr Dialect mistral{"mistral", openai.path, openai.path, openai.body, openai.stream_body};
constexpr Dialect anthropic{
  "anthropic",
  "/v1/messages",
  "/v1/messages",
  R"({"model":"demo-small","max_tokens":9,"messages":[{"role":"user","content":"echo: a b c"}]})",
  R"({"model":"demo-small","max_tokens":9,"stream":true,
      "messages":[{"role":"user","content":"echo: a b c"}]})"};
constexpr Dialect gemini{
  "gemini",
  "/v1beta/models/demo-small:generateContent",
  "/v1beta/models/demo-small:streamGenerateContent?alt=sse",
  R"({"contents":[{"parts":[{"text":"echo: a b c"}]}]})",
  R"({"contents":[{"parts":[{"text":"echo: a b c"}]}]})"};
constexpr Dialect cohere{
  "cohere",
  "/v2/chat",
  "/v2/chat",
  R"({"model":"demo-small","messages":[{"role":"user","content":"echo: a b c"}]})",
  R"({"model":"demo-small","stream":true,"messages":[{"role":"user","content":"echo: a b c"}]})"};

constexpr Dialect ollama{
  "ollama",
  "/api/chat",
  "/api/chat",
  R"({"model":"demo-small","stream":false,"messages":[{"role":"user","content":"echo: a b c"}]})",
  R"({"model":"demo-small","messages":[{"role":"user","content":"echo: a b c"}]})"};

constexpr Dialect bedrock{
  "bedrock",
  "/model/demo-small/converse",
  "/model/demo-small/converse-stream",
  R"({"messages":[{"role":"user","content":[{"text":"echo: a b c"}]}]})",
  R"({"messages":[{"role":"user","content":[{"text":"echo: a b c"}]}]})"};

Dialect every_dialect() {
  return GENERATE(openai, azure, mistral, anthropic, gemini, cohere, ollama, bedrock);
}

/// A wrong key is a 400 with Gemini, and a 403 with AWS.
int status_in(const Dialect& dialect, int status) {
  if (status == 401 && dialect.name == std::string_view{"gemini"}) return 400;
  if (status == 401 && dialect.name == std::string_view{"bedrock"}) return 403;
  return status;
}

/// Whether a body is an error in the dialect's form: Mistral, Cohere and AWS have no object around
/// the text, and Ollama nothing inside of it.
bool is_error(const Dialect& dialect, const std::string& body) {
  const auto parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object()) return false;
  const std::string_view name = dialect.name;
  if (name == "mistral" || name == "cohere" || name == "bedrock")
    return parsed.value("message", json{}).is_string();
  const auto error = parsed.value("error", json{});
  return error.is_string() || (error.is_object() && error.value("message", json{}).is_string());
}

DemoSettings settings_for(const Dialect& dialect) {
  DemoSettings settings;
  settings.dialect = dialect.name;
  return settings;
}

} // namespace

TEST_CASE("a status on command comes in the dialect's words", "[net][demo]") {
  const auto dialect = every_dialect();
  const auto status = GENERATE(400, 401, 403, 404, 429, 500, 503, 529);
  CAPTURE(dialect.name, status);
  const Stage stage{settings_for(dialect)};
  stage.order(R"({"fail":")" + std::to_string(status) + R"(","count":1})");
  const auto heard = stage.post(dialect.path, dialect.body);
  CHECK(heard.status == status_in(dialect, status));
  CHECK(is_error(dialect, heard.body));
  CHECK(stage.count("failed") == 1);
  CHECK(stage.post(dialect.path, dialect.body).status == 200);
  CHECK(stage.count("answered") == 1);
}

TEST_CASE("a retry-after on command says what it was told", "[net][demo]") {
  const Stage stage{settings_for(openai)};
  stage.order(R"({"fail":"429","wait_ms":1500})");
  const auto heard = stage.post(openai.path, openai.body);
  CHECK(heard.header("retry-after") == "2");
  CHECK(heard.header("retry-after-ms") == "1500");
}

TEST_CASE("a connection is closed or reset on command", "[net][demo]") {
  const auto* fault = GENERATE("refuse", "reset");
  const auto dialect = every_dialect();
  const Stage stage{settings_for(dialect)};
  stage.order(std::string{R"({"fail":")"} + fault + R"("})");
  CHECK(stage.post(dialect.path, dialect.body).status == 0);
  CHECK(stage.post(dialect.stream_path, dialect.stream_body).status == 0);
  CHECK(stage.count("failed") == 2);
  CHECK(stage.count("allowed") == 2);
}

TEST_CASE("a stream goes wrong on command", "[net][demo]") {
  struct Row {
    const char* order;
    bool whole;       // the framing of the body ended well
    const char* last; // what its last event holds
    bool finished;    // a finish reason was said
  };
  const auto dialect = every_dialect();
  const auto row = GENERATE(
    Row{R"({"fail":"cut","after":2})", false, "", false},
    Row{R"({"fail":"error_in_stream","after":2})", true, "\"error\"", false},
    Row{R"({"fail":"error_at_head"})", true, "\"error\"", false},
    Row{R"({"fail":"invalid_json","after":2})", true, "\"choi", false},
    Row{R"({"fail":"no_finish"})", true, "", false});
  CAPTURE(dialect.name, row.order);
  const Stage stage{settings_for(dialect)};
  stage.order(row.order);
  const auto heard = stage.post(dialect.stream_path, dialect.stream_body);
  CHECK(heard.status == 200);
  CHECK(heard.whole == row.whole);
  const auto events = heard.events();
  REQUIRE_FALSE(events.empty());
  // AWS has a message of another type for it.
  const bool is_exception =
    dialect.name == std::string_view{"bedrock"} && row.last == std::string_view{"\"error\""};
  const auto* last = is_exception ? "Exception " : row.last;
  CHECK(events.back().find(last) != std::string::npos);
  const bool finished = heard.body.find("\"finish_reason\":\"stop\"") != std::string::npos
    || heard.body.find("end_turn") != std::string::npos
    || heard.body.find("COMPLETE") != std::string::npos
    || heard.body.find("\"STOP\"") != std::string::npos
    || heard.body.find("\"done\":true") != std::string::npos;
  CHECK(finished == row.finished);
  CHECK(stage.count("failed") == 1);
}

TEST_CASE("as many events come well as the order says", "[net][demo]") {
  const Stage stage{settings_for(openai)};
  stage.order(R"({"fail":"cut","after":2})");
  CHECK(stage.post(openai.path, openai.stream_body).events().size() == 2);
  stage.order(R"({"fail":"error_in_stream","after":4})");
  CHECK(stage.post(openai.path, openai.stream_body).events().size() == 5);
  stage.order(R"({"fail":"error_at_head"})");
  CHECK(stage.post(openai.path, openai.stream_body).events().size() == 1);
  stage.order(R"({"fail":"no_done"})");
  const auto events = stage.post(openai.path, openai.stream_body).events();
  CHECK(events.back().find("\"finish_reason\":\"stop\"") != std::string::npos);
}

TEST_CASE("a whole answer goes wrong on command", "[net][demo]") {
  const auto dialect = every_dialect();
  CAPTURE(dialect.name);
  const Stage stage{settings_for(dialect)};
  stage.order(R"({"fail":"cut"})");
  CHECK_FALSE(stage.post(dialect.path, dialect.body).whole);
  stage.order(R"({"fail":"invalid_json"})");
  const auto broken = stage.post(dialect.path, dialect.body);
  CHECK(broken.whole);
  CHECK(json::parse(broken.body, nullptr, false).is_discarded());
  stage.order(R"({"fail":"garbage"})");
  const auto garbage = stage.post(dialect.path, dialect.body);
  CHECK(garbage.status == 200);
  CHECK(garbage.header("content-type") == "text/html");
  stage.order(R"({"fail":"error_at_head"})");
  const auto error = stage.post(dialect.path, dialect.body);
  CHECK(error.status == 200);
  CHECK(is_error(dialect, error.body));
  CHECK(stage.count("failed") == 4);
  stage.order(R"({"fail":"no_usage"})");
  for (const auto& heard :
       {stage.post(dialect.path, dialect.body),
        stage.post(dialect.stream_path, dialect.stream_body)}) {
    CHECK(heard.status == 200);
    CHECK(heard.body.find("okens") == std::string::npos);
    CHECK(heard.body.find("TokenCount") == std::string::npos);
    CHECK(heard.body.find("eval_count") == std::string::npos);
  }
  CHECK(stage.count("answered") == 2);
}

TEST_CASE("an answer takes its latency and its tokens' time", "[net][demo]") {
  auto settings = settings_for(openai);
  settings.latency = 60ms;
  settings.tokens_per_second = 50;
  const Stage stage{settings};
  const auto began = BootClock::now();
  // Three tokens: the second and the third 20 ms after the one before; whole ones after all three.
  CHECK(stage.post(openai.path, openai.stream_body).whole);
  const auto streamed = BootClock::now();
  CHECK(streamed - began >= 100ms);
  CHECK(stage.post(openai.path, openai.body).whole);
  CHECK(BootClock::now() - streamed >= 120ms);
}

TEST_CASE("a slow answer is late by what was ordered", "[net][demo]") {
  const Stage stage{settings_for(openai)};
  stage.order(R"({"fail":"slow","wait_ms":80})");
  const auto began = BootClock::now();
  CHECK(stage.post(openai.path, openai.stream_body).whole);
  CHECK(BootClock::now() - began >= 80ms);
  CHECK(stage.count("answered") == 1);
}

TEST_CASE("a client that leaves is counted", "[net][demo]") {
  auto settings = settings_for(openai);
  settings.tokens_per_second = 1;
  const Stage stage{settings};
  const auto body = GENERATE(openai.stream_body, openai.body);
  {
    const Line line{stage.port()};
    line.say(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-length: "
      + std::to_string(std::string_view{body}.size()) + "\r\n\r\n" + body);
    stage.wait_until("in_flight", 1);
    CHECK(stage.count("now") == 1);
  }
  stage.wait_until("in_flight", 0);
  CHECK(stage.count("cancelled") == 1);
  CHECK(stage.count("answered") == 0);
  CHECK(stage.count("now") == 0);
}

TEST_CASE("a request that hangs ends with its client", "[net][demo]") {
  const auto* fault = GENERATE("hang", "stall");
  const Stage stage{settings_for(openai)};
  stage.order(std::string{R"({"fail":")"} + fault + R"("})");
  {
    const Line line{stage.port()};
    line.say(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-length: "
      + std::to_string(std::string_view{openai.stream_body}.size()) + "\r\n\r\n"
      + openai.stream_body);
    stage.wait_until("in_flight", 1);
  }
  stage.wait_until("failed", 1);
  CHECK(stage.count("in_flight") == 0);
}

TEST_CASE("a provider ends while answers are under way", "[net][demo]") {
  auto settings = settings_for(openai);
  settings.tokens_per_second = 0.01;
  std::optional<Stage> stage;
  stage.emplace(settings);
  const Line line{stage->port()};
  line.say(
    "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-length: "
    + std::to_string(std::string_view{openai.stream_body}.size()) + "\r\n\r\n"
    + openai.stream_body);
  stage->wait_until("in_flight", 1);
  stage.reset();
  while (!line.hear().empty()) {
  }
  SUCCEED("the connection ended with the provider");
}

TEST_CASE("too many at a time are refused", "[net][demo]") {
  auto settings = settings_for(openai);
  settings.concurrency = 1;
  const Stage stage{settings};
  stage.order(R"({"fail":"hang","count":1})");
  const Line line{stage.port()};
  line.say(
    "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-length: "
    + std::to_string(std::string_view{openai.body}.size()) + "\r\n\r\n" + openai.body);
  stage.wait_until("in_flight", 1);
  CHECK(stage.post(openai.path, openai.body).status == 429);
  CHECK(stage.count("over") == 1);
}

TEST_CASE("tokens are charged as they will be used, or as they may be", "[net][demo]") {
  auto settings = settings_for(anthropic);
  DemoRule tokens;
  tokens.unit = DemoLimitUnit::tokens;
  tokens.limit = 100;
  settings.rules = {tokens};
  settings.counts_reserved = GENERATE(false, true);
  const Stage stage{settings};
  // Four tokens in, three out, nine asked for.
  CHECK(stage.post(anthropic.path, anthropic.body).status == 200);
  CHECK(stage.count("used") == (settings.counts_reserved ? 13 : 7));
}

TEST_CASE("the last request is shown as it arrived", "[net][demo]") {
  const Stage stage{settings_for(openai)};
  stage.post("/v1/chat/completions?a=b", openai.body);
  const auto seen = json::parse(stage.call("GET", "/control/last").body, nullptr, false);
  CHECK(seen["method"] == "POST");
  CHECK(seen["path"] == "/v1/chat/completions");
  CHECK(seen["query"] == "a=b");
  CHECK(seen["headers"]["authorization"] == "Bearer some-key");
  CHECK(seen["body"] == openai.body);
}

TEST_CASE("an order that makes no sense changes nothing", "[net][demo]") {
  const Stage stage{settings_for(openai)};
  CHECK(stage.post("/control", R"({"fail":"418"})").status == 400);
  CHECK(stage.call("DELETE", "/control").status == 404);
  CHECK(stage.post(openai.path, openai.body).status == 200);
}
