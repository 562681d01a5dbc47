#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& gemini_dialect();
}

using namespace gateway;

namespace {

Result<OutgoingRequest> write(const EmbeddingsRequest& request) {
  Target target;
  target.upstream_model = "gemini-embedding-001";
  return gemini_dialect().write_embeddings(request, target);
}

Result<EmbeddingsAnswer> read(std::string_view body) {
  Target target;
  target.upstream_model = "gemini-embedding-001";
  return gemini_dialect().read_embeddings(body, target);
}

EmbeddingsRequest asks(std::vector<std::string> texts) {
  EmbeddingsRequest request;
  request.texts = std::move(texts);
  return request;
}

} // namespace

// source: providers/gemini.md, section 6
TEST_CASE("texts are embedded by Gemini in one batch", "[dialects][gemini]") {
  auto request = asks({"a", "b"});
  request.dimensions = 768;
  request.user = "u";
  request.other = {{"task", "1"}, {"nothing", "null"}};
  const auto outgoing = write(request);
  REQUIRE(outgoing);
  CHECK(outgoing->path == "/v1beta/models/gemini-embedding-001:batchEmbedContents");
  CHECK(
    outgoing->body.joined()
    == R"({"requests":[)"
       R"({"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},"outputDimensionality":768},)"
       R"({"model":"models/gemini-embedding-001","content":{"parts":[{"text":"b"}]},"outputDimensionality":768}]})");
  CHECK(outgoing->dropped == std::vector<std::string>{"user", "task"});
}

TEST_CASE("what Gemini can't embed is refused", "[dialects][gemini]") {
  auto tokens = asks({});
  tokens.tokens = "[1,2]";
  CHECK(write(tokens).error().kind == ErrorKind::unsupported_parameter);
  CHECK(write(asks({})).error().param == "input");
  CHECK(write(asks(std::vector<std::string>(101, "a"))).error().kind == ErrorKind::invalid_value);
  CHECK(write(asks(std::vector<std::string>(100, "a"))));
  auto flat = asks({"a"});
  flat.dimensions = 0;
  CHECK(write(flat).error().param == "dimensions");
}

TEST_CASE("Gemini's vectors become units", "[dialects][gemini]") {
  const auto answer = read(
    R"({"embeddings":[{"values":[3,4]},{"values":[0.6,0.8]},{"values":[0,0]}],
        "usageMetadata":{"promptTokenCount":5}})");
  REQUIRE(answer);
  CHECK(answer->model == "gemini-embedding-001");
  CHECK(answer->vectors == std::vector<std::vector<float>>{{0.6F, 0.8F}, {0.6F, 0.8F}, {0, 0}});
  CHECK(answer->usage.input == 5);
  CHECK(answer->usage.known);
}

TEST_CASE("what is no embedding of Gemini's is an invalid answer", "[dialects][gemini]") {
  const auto body = GENERATE(values<std::string>({
    "",
    "{}",
    R"({"embeddings":[]})",
    R"({"embeddings":[{}]})",
    R"({"embeddings":[{"values":[]}]})",
    R"({"embeddings":[{"values":[1,"x"]}]})",
    R"({"embeddings":[{"values":[1e300]}]})",
    R"({"embeddings":[{"values":[1]},{"values":null}]})",
  }));
  CAPTURE(body);
  const auto answer = read(body);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("spoilt embeddings of Gemini's do no harm", "[dialects][gemini]") {
  check_mutated(
    R"({"embeddings":[{"values":[0.25,-1e-3,3]},{"values":[1,2,3]}]})", [](std::string_view body) {
      const auto answer = read(body);
      if (answer) REQUIRE_FALSE(answer->vectors.empty());
    });
}
