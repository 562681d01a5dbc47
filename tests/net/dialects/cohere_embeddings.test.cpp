#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& cohere_dialect();
}

using namespace gateway;

namespace {

Result<OutgoingRequest> write(const EmbeddingsRequest& request) {
  Target target;
  target.upstream_model = "embed-v4.0";
  return cohere_dialect().write_embeddings(request, target);
}

Result<EmbeddingsAnswer> read(std::string_view body) {
  Target target;
  target.upstream_model = "embed-v4.0";
  return cohere_dialect().read_embeddings(body, target);
}

EmbeddingsRequest asks(std::vector<std::string> texts) {
  EmbeddingsRequest request;
  request.texts = std::move(texts);
  return request;
}

} // namespace

// source: providers/cohere.md, section 6
TEST_CASE("texts are embedded by Cohere in one call", "[dialects][cohere]") {
  auto request = asks({"a", "b"});
  request.dimensions = 256;
  request.user = "u";
  request.base64 = true; // the client's business: vectors come as numbers
  request.other = {{"task", "1"}, {"nothing", "null"}};
  const auto outgoing = write(request);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"model":"embed-v4.0","texts":["a","b"],"input_type":"search_document",)"
       R"("embedding_types":["float"],"truncate":"NONE","output_dimension":256})");
  CHECK(outgoing->dropped == std::vector<std::string>{"user", "task"});
}

TEST_CASE("a client may say what Cohere's vectors are for", "[dialects][cohere]") {
  auto request = asks({"a"});
  request.other = {{"input_type", R"("search_query")"}, {"truncate", R"("END")"}};
  const auto outgoing = write(request);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"model":"embed-v4.0","texts":["a"],"input_type":"search_query",)"
       R"("embedding_types":["float"],"truncate":"END"})");
  CHECK(outgoing->dropped.empty());
  request.other = {{"input_type", "7"}};
  const auto wrong = write(request);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().kind == ErrorKind::invalid_value);
  CHECK(wrong.error().param == "input_type");
}

TEST_CASE("what Cohere can't embed is refused", "[dialects][cohere]") {
  auto tokens = asks({});
  tokens.tokens = "[1,2]";
  CHECK(write(tokens).error().kind == ErrorKind::unsupported_parameter);
  CHECK(write(asks({})).error().param == "input");
  CHECK(write(asks(std::vector<std::string>(97, "a"))).error().kind == ErrorKind::invalid_value);
  CHECK(write(asks(std::vector<std::string>(96, "a"))));
  auto flat = asks({"a"});
  flat.dimensions = 0;
  CHECK(write(flat).error().param == "dimensions");
}

TEST_CASE("Cohere's vectors come as they are, with what is billed", "[dialects][cohere]") {
  const auto answer = read(
    R"({"id":"e","embeddings":{"float":[[3,-0.5],[0.25,1]]},"texts":["a","b"],
        "meta":{"billed_units":{"input_tokens":5}}})");
  REQUIRE(answer);
  CHECK(answer->model == "embed-v4.0");
  CHECK(answer->vectors == std::vector<std::vector<float>>{{3, -0.5F}, {0.25F, 1}});
  CHECK(answer->usage == Usage{5, 0, 0, 0, 0, 0, true, false});
}

TEST_CASE("what is no embedding of Cohere's is an invalid answer", "[dialects][cohere]") {
  const auto body = GENERATE(values<std::string>({
    "",
    "{}",
    R"({"message":"invalid api token"})",
    R"({"embeddings":[[1]]})",
    R"({"embeddings":{"int8":[[1]]}})",
    R"({"embeddings":{"float":[]}})",
    R"({"embeddings":{"float":[[]]}})",
    R"({"embeddings":{"float":[[1],{}]}})",
    R"({"embeddings":{"float":[[1,"x"]]}})",
    R"({"embeddings":{"float":[[1e300]]}})",
  }));
  CAPTURE(body);
  const auto answer = read(body);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
}

TEST_CASE("spoilt embeddings of Cohere's do no harm", "[dialects][cohere]") {
  check_mutated(
    R"({"embeddings":{"float":[[0.25,-1e-3,3],[1,2,3]]},"meta":{"billed_units":{"input_tokens":5}}})",
    [](std::string_view body) {
      const auto answer = read(body);
      if (answer) REQUIRE_FALSE(answer->vectors.empty());
    });
}
