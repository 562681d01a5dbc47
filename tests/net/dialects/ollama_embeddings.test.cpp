#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& ollama_dialect();
}

using namespace gateway;

namespace {

Result<OutgoingRequest> write(const EmbeddingsRequest& request, const Quirks& quirks = {}) {
  Target target;
  target.upstream_model = "nomic-embed-text";
  target.quirks = &quirks;
  return ollama_dialect().write_embeddings(request, target);
}

Result<EmbeddingsAnswer> read(std::string_view body) {
  return ollama_dialect().read_embeddings(body, Target{});
}

EmbeddingsRequest asks(std::vector<std::string> texts) {
  EmbeddingsRequest request;
  request.texts = std::move(texts);
  return request;
}

} // namespace

// source: providers/ollama.md, section 6
TEST_CASE("texts are embedded by Ollama whole or not at all", "[dialects][ollama]") {
  auto request = asks({"a", "b"});
  request.dimensions = 256;
  request.user = "u";
  request.other = {{"task", "1"}, {"nothing", "null"}};
  const auto outgoing = write(request);
  REQUIRE(outgoing);
  CHECK(outgoing->path == "/api/embed");
  CHECK(
    outgoing->body.joined()
    == R"({"model":"nomic-embed-text","input":["a","b"],"dimensions":256,"truncate":false})");
  CHECK(outgoing->dropped == std::vector<std::string>{"user", "task"});
}

TEST_CASE("a client may say of embeddings what only Ollama has", "[dialects][ollama]") {
  Quirks quirks;
  quirks.embeddings_path = "/vectors";
  quirks.drop = {"dimensions"};
  quirks.extra_body = {{"options", R"({"num_ctx":1,"num_thread":2})"}, {"keep_alive", "0"}};
  auto request = asks({"a"});
  request.dimensions = 256;
  request.other = {
    {"truncate", "true"}, {"keep_alive", R"("5m")"}, {"options", R"({"num_ctx":3})"}};
  const auto outgoing = write(request, quirks);
  REQUIRE(outgoing);
  CHECK(outgoing->path == "/vectors");
  CHECK(
    outgoing->body.joined()
    == R"({"model":"nomic-embed-text","input":["a"],"keep_alive":"5m","truncate":true,)"
       R"("options":{"num_ctx":3,"num_thread":2}})");
  CHECK(outgoing->dropped == std::vector<std::string>{"dimensions"});
}

TEST_CASE("what Ollama can't embed is refused", "[dialects][ollama]") {
  auto tokens = asks({});
  tokens.tokens = "[1,2]";
  CHECK(write(tokens).error().kind == ErrorKind::unsupported_parameter);
  CHECK(write(asks({})).error().param == "input");
  auto flat = asks({"a"});
  flat.dimensions = 0;
  CHECK(write(flat).error().param == "dimensions");
}

TEST_CASE("Ollama's vectors are read as they are", "[dialects][ollama]") {
  const auto answer =
    read(R"({"model":"nomic-embed-text","embeddings":[[0.6,0.8],[1,0]],"prompt_eval_count":5})");
  REQUIRE(answer);
  CHECK(answer->model == "nomic-embed-text");
  CHECK(answer->vectors == std::vector<std::vector<float>>{{0.6F, 0.8F}, {1, 0}});
  CHECK(answer->usage == Usage{5, 0, 0, 0, 0, 0, true, false});
  CHECK_FALSE(read(R"({"embeddings":[[1]]})")->usage.known);
}

TEST_CASE("what is no embedding of Ollama's is an invalid answer", "[dialects][ollama]") {
  const auto body = GENERATE(values<std::string>({
    "",
    "{}",
    R"({"embeddings":[]})",
    R"({"embeddings":[[]]})",
    R"({"embeddings":[1]})",
    R"({"embeddings":[[1,"x"]]})",
    R"({"embeddings":[[1e300]]})",
    R"({"embeddings":[[1],null]})",
    R"({"embedding":[1]})",
    R"({"error":"x"})",
  }));
  CAPTURE(body);
  const auto answer = read(body);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("spoilt embeddings of Ollama's do no harm", "[dialects][ollama]") {
  check_mutated(R"({"embeddings":[[0.25,-1e-3,3],[1,2,3]]})", [](std::string_view body) {
    const auto answer = read(body);
    if (answer) REQUIRE_FALSE(answer->vectors.empty());
  });
}
