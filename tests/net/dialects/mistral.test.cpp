#include "net/dialects/conversation.hpp"
#include "tests/net/dialects/failure_rows.hpp"
#include "tests/net/dialects/header_pairs.hpp"
#include "tests/net/dialects/request_rows.hpp"

namespace gateway {
const Dialect& mistral_dialect();
}

using namespace gateway;

namespace {

const FrontDoor chat_door{"/v1/chat/completions", openai_format()};

} // namespace

TEST_CASE("requests are written in Mistral's words", "[dialects][mistral]") {
  check_written_rows(mistral_dialect(), "mistral/requests.json");
}

TEST_CASE("what Mistral can't take is refused, or dropped where told so", "[dialects][mistral]") {
  check_refused_rows(mistral_dialect(), "mistral/refused.json");
}

TEST_CASE("a field that Mistral does not know is told by its name", "[dialects][mistral]") {
  const auto failure = mistral_dialect().classify(
    422, {}, R"({"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"x"}]})");
  CHECK(name_in(failures, failure.kind) == "bad_request");
  CHECK(failure.param == "seed");
}

TEST_CASE("a request to Mistral has the right path and head", "[dialects][mistral]") {
  struct Row {
    const char* when;
    std::string base_path;
    std::string chat_path;
    std::string embeddings_path;
    std::string chat;
    std::string embeddings;
  };
  const auto row = GENERATE(values<Row>({
    {"as its own SDK has it", "", "", "", "/v1/chat/completions", "/v1/embeddings"},
    {"with the version", "/v1", "", "", "/v1/chat/completions", "/v1/embeddings"},
    {"a proxy's path", "/m/", "", "", "/m/v1/chat/completions", "/m/v1/embeddings"},
    {"paths of its own", "/x", "/talk", "/vectors", "/x/talk", "/x/vectors"},
  }));
  CAPTURE(row.when);
  const Secret key{"k"};
  Quirks quirks;
  quirks.chat_path = row.chat_path;
  quirks.embeddings_path = row.embeddings_path;
  Target target;
  target.base_path = row.base_path;
  target.upstream_model = "mistral-embed";
  target.api_key = &key;
  target.quirks = &quirks;
  const auto chat = mistral_dialect().write_chat(request_of(Fixture::object()), target);
  REQUIRE(chat);
  CHECK(chat->path == row.chat);
  const std::vector<std::pair<std::string, std::string>> head{
    {"content-type", "application/json"}, {"authorization", "Bearer k"}};
  CHECK(header_pairs(chat->headers) == head);
  EmbeddingsRequest request;
  request.texts = {"a"};
  const auto embeddings = mistral_dialect().write_embeddings(request, target);
  REQUIRE(embeddings);
  CHECK(embeddings->path == row.embeddings);
  CHECK(header_pairs(embeddings->headers) == head);
}

TEST_CASE("texts for Mistral's vectors go on, tokens and users do not", "[dialects][mistral]") {
  Target target;
  target.upstream_model = "mistral-embed";
  EmbeddingsRequest request;
  request.texts = {"a", "b"};
  request.dimensions = 8;
  request.user = "u";
  const auto outgoing = mistral_dialect().write_embeddings(request, target);
  REQUIRE(outgoing);
  CHECK(outgoing->body.joined() == R"({"model":"mistral-embed","input":["a","b"],"dimensions":8})");
  CHECK(outgoing->dropped == std::vector<std::string>{"user"});

  request.tokens = "[1,2]";
  const auto refused = mistral_dialect().write_embeddings(request, target);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::unsupported_parameter);
  CHECK(refused.error().param == "input");
}

TEST_CASE("quirks change what is sent to Mistral", "[dialects][mistral]") {
  Quirks quirks;
  quirks.drop = {"temperature"};
  quirks.rename = {{"seed", "lot"}};
  quirks.max_tokens_field = "max_completion_tokens";
  quirks.extra_body = {{"safe_prompt", "true"}};
  Target target;
  target.upstream_model = "m";
  target.quirks = &quirks;
  auto request = request_of(Fixture::object());
  request.temperature = 1;
  request.seed = 7;
  request.max_tokens = 9;
  const auto outgoing = mistral_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"model":"m","messages":[{"role":"user","content":"Hi"}],)"
       R"("max_completion_tokens":9,"lot":7,"safe_prompt":true})");
  CHECK(outgoing->dropped == std::vector<std::string>{"temperature"});
}

TEST_CASE("a length of Mistral's own is a length", "[dialects][mistral]") {
  const std::string body = R"({"model":"m","messages":[{}]})";
  const auto envelope = EnvelopeReader{}.read_chat(body);
  REQUIRE(envelope);
  std::optional<Failure> hidden;
  const auto answer = Conversation{chat_door, {body}, *envelope}.answer(
    mistral_dialect(),
    {},
    R"({"id":"a","choices":[{"message":{"content":"x"},"finish_reason":"model_length"}]})",
    hidden);
  REQUIRE(answer);
  CHECK(answer->finish == FinishReason::length);
  CHECK(answer->body.find(R"("finish_reason":"length")") != std::string::npos);
}

TEST_CASE("an error of Mistral's at a stream's head opens nothing", "[dialects][mistral]") {
  const std::string body = R"({"model":"m","stream":true,"messages":[{}]})";
  const auto envelope = EnvelopeReader{}.read_chat(body);
  REQUIRE(envelope);
  const auto relay = Conversation{chat_door, {body}, *envelope}.relay(mistral_dialect(), Target{});
  std::string out;
  relay->feed(
    "data: "
    "{\"object\":\"error\",\"message\":\"x\",\"type\":\"rate_limited\",\"code\":\"1300\"}\n\n",
    out);
  CHECK(out.empty());
  CHECK_FALSE(relay->opened());
  REQUIRE(relay->failure());
  CHECK(relay->failure()->kind == FailureKind::rate_limited);
}
