#include "net/dialects/conversation.hpp"
#include "tests/net/dialects/failure_rows.hpp"
#include "tests/net/dialects/header_pairs.hpp"

namespace gateway {
const Dialect& azure_dialect();
}

using namespace gateway;

namespace {

const FrontDoor chat_door{"/v1/chat/completions", openai_format()};
const FrontDoor embeddings_door{"/v1/embeddings", openai_format(), FrontDoor::Asks::embeddings};

struct Sent {
  std::string path;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

Sent send(
  const FrontDoor& door, const std::string& body, const Quirks& quirks, const Target& asked) {
  EnvelopeReader reader;
  const auto envelope = door.read_envelope(reader, body);
  REQUIRE(envelope);
  auto target = asked;
  target.quirks = &quirks;
  const auto outgoing = Conversation{door, {body}, *envelope}.outgoing(azure_dialect(), target);
  REQUIRE(outgoing);
  return {outgoing->path, outgoing->body.joined(), header_pairs(outgoing->headers)};
}

std::string path_of(
  std::string_view base_path,
  const char* api_version,
  std::string_view deployment = "my-gpt",
  const FrontDoor& door = chat_door) {
  Quirks quirks;
  quirks.api_version = api_version;
  Target target;
  target.base_path = base_path;
  target.upstream_model = deployment;
  const auto* body = door.asks == FrontDoor::Asks::chat ? R"({"model":"m","messages":[{}]})"
                                                        : R"({"model":"m","input":"x"})";
  return send(door, body, quirks, target).path;
}

} // namespace

TEST_CASE("without a version, azure's v1 API is asked", "[dialects][azure]") {
  CHECK(path_of("", "") == "/openai/v1/chat/completions");
  CHECK(path_of("", "", "my-embed", embeddings_door) == "/openai/v1/embeddings");
  CHECK(path_of("", "v1") == "/openai/v1/chat/completions?api-version=v1");
  CHECK(path_of("", "preview") == "/openai/v1/chat/completions?api-version=preview");
}

TEST_CASE("with a version by date, azure's deployments are asked", "[dialects][azure]") {
  CHECK(
    path_of("", "2024-10-21")
    == "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21");
  CHECK(
    path_of("", "2025-04-01-preview", "my-embed", embeddings_door)
    == "/openai/deployments/my-embed/embeddings?api-version=2025-04-01-preview");
  CHECK(
    path_of("", "2024-10-21", "a?b#c d")
    == "/openai/deployments/a%3Fb%23c%20d/chat/completions?api-version=2024-10-21");
}

TEST_CASE("an address of azure's may hold the API's own path", "[dialects][azure]") {
  for (const auto* base : {"/p", "/p/", "/p/openai", "/p/openai/", "/p/openai/v1"}) {
    CAPTURE(base);
    CHECK(path_of(base, "") == "/p/openai/v1/chat/completions");
    CHECK(
      path_of(base, "2024-10-21")
      == "/p/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21");
  }
  CHECK(
    path_of("/api/projects/one/openai/v1", "") == "/api/projects/one/openai/v1/chat/completions");
}

TEST_CASE("a body for azure is spliced, and its key stands in one header", "[dialects][azure]") {
  const Secret key{"a-key"};
  Target target;
  target.upstream_model = "my-gpt";
  target.api_key = &key;
  const std::string body =
    R"({ "model":"m", "messages":[{"role":"user","content":"\u00e9"}],"data_sources":[1] })";
  const auto by_default = send(chat_door, body, {}, target);
  CHECK(
    by_default.body
    == R"({ "model":"my-gpt", "messages":[{"role":"user","content":"\u00e9"}],"data_sources":[1] })");
  const std::pair<std::string, std::string> type{"content-type", "application/json"};
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(by_default.headers == Pairs{type, {"api-key", "a-key"}});

  Quirks quirks;
  quirks.auth = "bearer";
  quirks.chat_path = "/elsewhere";
  const auto by_quirks = send(chat_door, body, quirks, target);
  CHECK(by_quirks.headers == Pairs{type, {"authorization", "Bearer a-key"}});
  CHECK(by_quirks.path == "/elsewhere");
}

TEST_CASE("what a filter says before the answer opens no stream", "[dialects][azure]") {
  const std::string body = R"({"model":"m","stream":true,"messages":[{}],
    "stream_options":{"include_usage":true}})";
  const auto envelope = EnvelopeReader{}.read_chat(body);
  REQUIRE(envelope);
  const std::string about_prompt =
    "data: {\"choices\":[],\"id\":\"\",\"model\":\"\",\"prompt_filter_results\":[]}\n\n";
  const std::string word = "data: {\"id\":\"a1\",\"created\":7,\"model\":\"gpt\",\"choices\":"
                           "[{\"index\":0,\"delta\":{\"content\":\"x\"},"
                           "\"finish_reason\":\"stop\"}]}\n\n";
  const auto with_tags = GENERATE(false, true); // with tags it is translated
  CAPTURE(with_tags);
  Quirks quirks;
  if (with_tags) quirks.reasoning_out = {"think_tags"};
  Target target;
  target.quirks = &quirks;
  const auto relay = Conversation{chat_door, {body}, *envelope}.relay(azure_dialect(), target);
  std::string out;
  relay->feed(about_prompt, out);
  CHECK_FALSE(relay->opened());
  CHECK(out.empty());
  relay->feed(word, out);
  CHECK(relay->opened());
  relay->finish(out);
  CHECK(relay->complete());
  const auto ending = relay->ending(Usage{});
  CHECK(ending.find(R"("model":"gpt","choices":[],"usage":)") != std::string::npos);
  CHECK(ending.find(R"("id":"a1")") != std::string::npos);
}

TEST_CASE("an answer that a filter ended says so", "[dialects][azure]") {
  const std::string body = R"({"model":"m","messages":[{}]})";
  const auto envelope = EnvelopeReader{}.read_chat(body);
  REQUIRE(envelope);
  std::optional<Failure> hidden;
  const std::string cut = R"({"id":"a","choices":[{"index":0,"finish_reason":"content_filter",
    "message":{"role":"assistant"},"content_filter_results":{"hate":{"filtered":true}}}]})";
  const auto answer =
    Conversation{chat_door, {body}, *envelope}.answer(azure_dialect(), {}, cut, hidden);
  REQUIRE(answer);
  CHECK_FALSE(hidden);
  CHECK(answer->finish == FinishReason::content_filter);
  CHECK(answer->body == cut);
}
