#include "tests/net/dialects/header_pairs.hpp"
#include "tests/net/dialects/request_rows.hpp"

namespace gateway {
const Dialect& cohere_dialect();
}

using namespace gateway;

TEST_CASE("messages are written as Cohere's", "[dialects][cohere]") {
  check_written_rows(cohere_dialect(), "cohere/messages.json");
}

TEST_CASE("tools and formats are written as Cohere's", "[dialects][cohere]") {
  check_written_rows(cohere_dialect(), "cohere/tools.json");
}

TEST_CASE("parameters are written as Cohere's", "[dialects][cohere]") {
  check_written_rows(cohere_dialect(), "cohere/parameters.json");
}

TEST_CASE("what Cohere can't take is refused, or dropped where told so", "[dialects][cohere]") {
  check_refused_rows(cohere_dialect(), "cohere/refused.json");
}

TEST_CASE("a schema that Cohere can't take leaves JSON where told to drop", "[dialects][cohere]") {
  Quirks lenient;
  lenient.drop_unsupported = true;
  const auto outgoing = write_row(
    cohere_dialect(),
    Fixture::parse(R"({"model":"m","request":{"response_format":
      {"kind":"json_schema","schema":{"type":"object"}}}})"),
    lenient);
  REQUIRE(outgoing);
  const auto body = Fixture::parse(outgoing->body.joined());
  CHECK(body.at("response_format").dump() == R"({"type":"json_object"})");
}

TEST_CASE("a request to Cohere has the right path and head", "[dialects][cohere]") {
  struct Row {
    const char* when;
    std::string base_path;
    std::string chat_path;
    std::string embeddings_path;
    std::string chat;
    std::string embeddings;
  };
  const auto row = GENERATE(values<Row>({
    {"no version", "", "", "", "/v2/chat", "/v2/embed"},
    {"as some SDKs have it", "/v2", "", "", "/v2/chat", "/v2/embed"},
    {"a proxy's path", "/cohere/", "", "", "/cohere/v2/chat", "/cohere/v2/embed"},
    {"paths of its own", "/x", "/talk", "/vectors", "/x/talk", "/x/vectors"},
  }));
  CAPTURE(row.when);
  const Secret key{"k"};
  Quirks quirks;
  quirks.chat_path = row.chat_path;
  quirks.embeddings_path = row.embeddings_path;
  Target target;
  target.base_path = row.base_path;
  target.upstream_model = "command-r7b-12-2024";
  target.api_key = &key;
  target.quirks = &quirks;
  const auto chat = cohere_dialect().write_chat(request_of(Fixture::object()), target);
  REQUIRE(chat);
  CHECK(chat->path == row.chat);
  const std::vector<std::pair<std::string, std::string>> head{
    {"content-type", "application/json"}, {"authorization", "Bearer k"}};
  CHECK(header_pairs(chat->headers) == head);
  EmbeddingsRequest request;
  request.texts = {"a"};
  const auto embeddings = cohere_dialect().write_embeddings(request, target);
  REQUIRE(embeddings);
  CHECK(embeddings->path == row.embeddings);
  CHECK(header_pairs(embeddings->headers) == head);
}

TEST_CASE("quirks change what is sent to Cohere", "[dialects][cohere]") {
  const Secret key{"k"};
  Quirks quirks;
  quirks.drop = {"temperature"};
  quirks.auth = "header:x-key";
  quirks.clamp = {{"top_p", {0.1, 0.5}}};
  quirks.extra_body = {{"safety_mode", R"("OFF")"}};
  Target target;
  target.upstream_model = "command-r7b-12-2024";
  target.quirks = &quirks;
  target.api_key = &key;
  target.max_output = 100;
  auto request = request_of(Fixture::object());
  request.temperature = 1;
  request.top_p = 0.75;
  request.max_tokens = 101;
  const auto outgoing = cohere_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"model":"command-r7b-12-2024","messages":[{"role":"user","content":"Hi"}],)"
       R"("max_tokens":100,"p":0.5,"safety_mode":"OFF"})");
  CHECK(outgoing->dropped == std::vector<std::string>{"max_tokens", "temperature", "top_p"});
  CHECK(
    header_pairs(outgoing->headers)
    == std::vector<std::pair<std::string, std::string>>{
      {"content-type", "application/json"}, {"x-key", "k"}});
}
