#include "tests/net/dialects/header_pairs.hpp"
#include "tests/net/dialects/request_rows.hpp"

namespace gateway {
const Dialect& bedrock_dialect();
}

using namespace gateway;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr const char* profile =
  "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0";

} // namespace

TEST_CASE("messages are written as Bedrock's", "[dialects][bedrock]") {
  check_written_rows(bedrock_dialect(), "bedrock/messages.json");
}

TEST_CASE("tools and formats are written as Bedrock's", "[dialects][bedrock]") {
  check_written_rows(bedrock_dialect(), "bedrock/tools.json");
}

TEST_CASE("parameters are written as Bedrock's", "[dialects][bedrock]") {
  check_written_rows(bedrock_dialect(), "bedrock/parameters.json");
}

TEST_CASE("what Bedrock can't take is refused, or dropped where told so", "[dialects][bedrock]") {
  check_refused_rows(bedrock_dialect(), "bedrock/refused.json");
}

TEST_CASE("what Bedrock lacks and may drop leaves the best there is", "[dialects][bedrock]") {
  Quirks lenient;
  lenient.drop_unsupported = true;
  const auto row = Fixture::parse(R"({"model":"meta.llama3-3-70b-instruct-v1:0","request":{
    "tools":[{"name":"f"}],"tool_choice":{"kind":"required"},
    "response_format":{"kind":"json_schema","schema":{"type":"object"}}}})");
  const auto outgoing = write_row(bedrock_dialect(), row, lenient);
  REQUIRE(outgoing);
  const auto body = Fixture::parse(outgoing->body.joined());
  CHECK(body.at("toolConfig").at("toolChoice").dump() == R"({"auto":{}})");
  CHECK(
    body.at("system").at(0).at("text")
    == "Reply with one JSON object only, of this JSON Schema: {\"type\":\"object\"}");
}

TEST_CASE("a request to Bedrock has the right path and head", "[dialects][bedrock]") {
  const Secret key{"k"};
  const Quirks quirks;
  Target target;
  target.base_path = "/proxy";
  target.upstream_model = profile;
  target.api_key = &key;
  target.quirks = &quirks;
  const Headers head{{"content-type", "application/json"}, {"authorization", "Bearer k"}};
  auto request = request_of(Fixture::object());
  const std::string model =
    "/proxy/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2F"
    "us.amazon.nova-lite-v1%3A0/";
  const auto whole = bedrock_dialect().write_chat(request, target);
  REQUIRE(whole);
  CHECK(whole->path == model + "converse");
  CHECK(header_pairs(whole->headers) == head);
  request.stream = true;
  const auto streamed = bedrock_dialect().write_chat(request, target);
  REQUIRE(streamed);
  CHECK(streamed->path == model + "converse-stream");
  target.upstream_model = "cohere.embed-v4:0";
  EmbeddingsRequest embeds;
  embeds.texts = {"a"};
  const auto embeddings = bedrock_dialect().write_embeddings(embeds, target);
  REQUIRE(embeddings);
  CHECK(embeddings->path == "/proxy/model/cohere.embed-v4%3A0/invoke");
  CHECK(header_pairs(embeddings->headers) == head);
}

// source: providers/bedrock.md, section 8, vector A
TEST_CASE("a request to Bedrock is signed when it is complete", "[dialects][bedrock]") {
  const Secret no_key;
  const SigningKeys keys{
    Secret{"AKIDEXAMPLEGATEWAY01"}, Secret{"wJalr+Example/Secret+Key/For+Docs0000000"}, Secret{}};
  Quirks quirks;
  Target target;
  target.host = "bedrock-runtime.us-east-1.amazonaws.com";
  target.region = "us-east-1";
  target.upstream_model = "anthropic.claude-haiku-4-5-20251001-v1:0";
  target.api_key = &no_key;
  target.signing_keys = &keys;
  target.quirks = &quirks;
  target.now = WallTime{std::chrono::milliseconds{1'795'435'200'000}};
  const auto signature = [&] {
    const auto outgoing = bedrock_dialect().write_chat(request_of(Fixture::object()), target);
    REQUIRE(outgoing);
    return header_pairs(outgoing->headers).back().second;
  };
  const std::string begin =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEGATEWAY01/20261123/us-east-1/bedrock/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, Signature=";
  const auto plain = signature();
  CHECK(plain == begin + "fce45707705522faf6063ef0d72ebdfb97ab2dfe09cd9d82944f7bf8388f2264");
  quirks.extra_body = {{"requestMetadata", R"({"a":"b"})"}};
  CHECK(signature() != plain);
  quirks.extra_body.clear();
  quirks.extra_headers = {{"x-amz-meta", "1"}};
  CHECK(signature().find("host;x-amz-date;x-amz-meta,") != std::string::npos);
  quirks.extra_headers.clear();
  quirks.auth = "none"; // a proxy signs
  CHECK(signature() == "application/json");
}

TEST_CASE("quirks change what is sent to Bedrock", "[dialects][bedrock]") {
  Quirks quirks;
  quirks.drop = {"temperature"};
  quirks.clamp = {{"top_p", {0.1, 0.5}}};
  quirks.extra_body = {{"performanceConfig", R"({"latency":"optimized"})"}};
  Target target;
  target.upstream_model = "meta.llama3-3-70b-instruct-v1:0";
  target.quirks = &quirks;
  target.max_output = 100;
  auto request = request_of(Fixture::object());
  request.temperature = 1;
  request.top_p = 0.75;
  request.max_tokens = 101;
  const auto outgoing = bedrock_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"messages":[{"role":"user","content":[{"text":"Hi"}]}],)"
       R"("inferenceConfig":{"maxTokens":100,"topP":0.5},)"
       R"("performanceConfig":{"latency":"optimized"}})");
  CHECK(outgoing->dropped == std::vector<std::string>{"max_tokens", "temperature", "top_p"});
}
