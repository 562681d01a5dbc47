#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

namespace gateway {
const Dialect& bedrock_dialect();
}

using namespace gateway;

namespace {

Result<OutgoingRequest> write(std::string_view model, const EmbeddingsRequest& request) {
  Target target;
  target.upstream_model = model;
  return bedrock_dialect().write_embeddings(request, target);
}

Result<EmbeddingsAnswer> read(std::string_view body) {
  Target target;
  target.upstream_model = "model-x";
  return bedrock_dialect().read_embeddings(body, target);
}

EmbeddingsRequest asks(std::vector<std::string> texts) {
  EmbeddingsRequest request;
  request.texts = std::move(texts);
  return request;
}

} // namespace

// source: providers/bedrock.md, section 9
TEST_CASE("each family is asked for embeddings in its words", "[dialects][bedrock]") {
  struct Row {
    const char* model;
    std::vector<std::string> texts;
    std::optional<std::int64_t> dimensions;
    const char* body;
  };
  const auto row = GENERATE(values<Row>({
    {"amazon.titan-embed-text-v2:0", {"a"}, 256, R"({"inputText":"a","dimensions":256})"},
    {"amazon.titan-embed-text-v1", {"a"}, {}, R"({"inputText":"a"})"},
    {"cohere.embed-v4:0",
     {"a", "b"},
     256,
     R"({"texts":["a","b"],"input_type":"search_document","embedding_types":["float"],)"
     R"("truncate":"NONE","output_dimension":256})"},
    {"eu.cohere.embed-multilingual-v3",
     {"a", "b"},
     {},
     R"({"texts":["a","b"],"input_type":"search_document","embedding_types":["float"],)"
     R"("truncate":"NONE"})"},
    {"amazon.nova-2-multimodal-embeddings-v1:0",
     {"a"},
     1024,
     R"({"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":)"
     R"("GENERIC_INDEX","text":{"truncationMode":"NONE","value":"a"},)"
     R"("embeddingDimension":1024}})"},
  }));
  CAPTURE(row.model);
  auto request = asks(row.texts);
  request.dimensions = row.dimensions;
  request.user = "u";
  request.base64 = true; // the client's business: vectors come as numbers
  request.other = {{"task", "1"}, {"nothing", "null"}};
  const auto outgoing = write(row.model, request);
  REQUIRE(outgoing);
  CHECK(outgoing->body.joined() == row.body);
  CHECK(outgoing->dropped == std::vector<std::string>{"user", "task"});
}

TEST_CASE("a client may say what Cohere's vectors on Bedrock are for", "[dialects][bedrock]") {
  auto request = asks({"a"});
  request.other = {{"input_type", R"("search_query")"}, {"truncate", R"("END")"}};
  const auto outgoing = write("cohere.embed-v4:0", request);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"texts":["a"],"input_type":"search_query","embedding_types":["float"],)"
       R"("truncate":"END"})");
  CHECK(outgoing->dropped.empty());
  const auto titan = write("amazon.titan-embed-text-v2:0", request);
  REQUIRE(titan);
  CHECK(titan->dropped == std::vector<std::string>{"input_type", "truncate"});
  request.other = {{"input_type", "7"}};
  const auto wrong = write("cohere.embed-v4:0", request);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().kind == ErrorKind::invalid_value);
  CHECK(wrong.error().param == "input_type");
}

TEST_CASE("embeddings that Bedrock can't make are refused by name", "[dialects][bedrock]") {
  struct Row {
    const char* when;
    const char* model;
    EmbeddingsRequest request;
    ErrorKind kind;
    const char* param;
  };
  const auto with = [](EmbeddingsRequest request, auto change) {
    change(request);
    return request;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"two texts where one is taken",
     "amazon.titan-embed-text-v2:0",
     asks({"a", "b"}),
     ErrorKind::unsupported_parameter,
     "input"},
    {"97 texts",
     "cohere.embed-v4:0",
     asks(std::vector<std::string>(97, "a")),
     ErrorKind::unsupported_parameter,
     "input"},
    {"a model of a kind that is not known",
     "anthropic.claude-sonnet-4-6",
     asks({"a"}),
     ErrorKind::unsupported_parameter,
     "model"},
    {"vectors of another length",
     "cohere.embed-english-v3",
     with(asks({"a"}), [](auto& request) { request.dimensions = 8; }),
     ErrorKind::unsupported_parameter,
     "dimensions"},
    {"tokens",
     "cohere.embed-v4:0",
     with(asks({}), [](auto& request) { request.tokens = "[1]"; }),
     ErrorKind::unsupported_parameter,
     "input"},
    {"nothing", "cohere.embed-v4:0", asks({}), ErrorKind::invalid_value, "input"},
    {"vectors of no length",
     "cohere.embed-v4:0",
     with(asks({"a"}), [](auto& request) { request.dimensions = 0; }),
     ErrorKind::invalid_value,
     "dimensions"},
  }));
  CAPTURE(row.when);
  const auto refused = write(row.model, row.request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == row.kind);
  CHECK(refused.error().param == row.param);
}

TEST_CASE("each family's vectors are read, and its tokens where it tells", "[dialects][bedrock]") {
  struct Row {
    const char* when;
    const char* body;
    std::vector<std::vector<float>> vectors;
    bool known;
    std::int64_t input;
  };
  const auto row = GENERATE(values<Row>({
    {"Titan", R"({"embedding":[0.5,1],"inputTextTokenCount":3})", {{0.5F, 1}}, true, 3},
    {"Cohere, by type", R"({"embeddings":{"float":[[1],[2]]}})", {{1}, {2}}, false, 0},
    {"Cohere, of one type", R"({"embeddings":[[1],[2]]})", {{1}, {2}}, false, 0},
    {"Nova",
     R"({"embeddings":[{"embeddingType":"TEXT","embedding":[0.25]}],"inputTokenCount":2})",
     {{0.25F}},
     true,
     2},
  }));
  CAPTURE(row.when);
  const auto answer = read(row.body);
  REQUIRE(answer);
  CHECK(answer->model == "model-x");
  CHECK(answer->vectors == row.vectors);
  CHECK(answer->usage.known == row.known);
  CHECK(answer->usage.input == row.input);
}

TEST_CASE("embeddings of Bedrock's that are none are refused", "[dialects][bedrock]") {
  const auto* body = GENERATE(
    "",
    "{}",
    R"({"embedding":[]})",
    R"({"embedding":7})",
    R"({"embedding":["a"]})",
    R"({"embedding":[1e300]})",
    R"({"embeddings":[]})",
    R"({"embeddings":[{"embedding":{}}]})",
    R"({"embeddings":{"int8":[[1]]}})",
    R"({"embeddings":{"float":[[1],[]]}})");
  CAPTURE(body);
  const auto refused = read(body);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::upstream_invalid_response);
}
