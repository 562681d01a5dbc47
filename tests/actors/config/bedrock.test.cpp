#include "actors/config/bedrock_address.hpp"
#include "actors/config/edit.hpp"
#include "actors/config/effective.hpp"
#include "tests/actors/config/mistake.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// A provider that speaks bedrock, and more keys.
std::string speaks_bedrock(const std::string& keys) {
  return R"({"providers":{"aws":{"dialect":"bedrock","models":{"m":{"price":{"input":1,"output":1}}},)"
    + std::string{"\n"} + keys + "}}}";
}

const std::string signing =
  R"("api_key":{"access_key_id":"AKIA0123456789ABCDEF","secret_access_key":"made-up-secret-0123456789"})";

const std::string access_key = "/providers/aws/api_key/access_key_id";
const std::string secret_key = "/providers/aws/api_key/secret_access_key";

EditBase base_of(const std::string& text) {
  const auto reading = read_effective(text, "", 1);
  INFO(in_words(reading));
  REQUIRE(reading.document);
  return {text, "", reading.document};
}

std::string put(const std::string& path, const std::string& value) {
  return R"({"op":"add","path":")" + path + R"(","value":)" + value + "}";
}

NextVersion edited(const std::string& steps) {
  const auto text = speaks_bedrock(R"("region":"us-east-1",)" + signing);
  return edit_document(base_of(text), "[" + steps + "]");
}

std::vector<std::string> errors_of(const NextVersion& made) {
  std::vector<std::string> errors;
  for (const auto& problem : made.problems)
    if (problem.severity == Problem::Severity::error)
      errors.push_back(problem.pointer + " " + problem.code);
  return errors;
}

using Errors = std::vector<std::string>;

} // namespace

// source: providers/bedrock.md, section 1
TEST_CASE("parts of the world have domains of their own", "[config][bedrock]") {
  CHECK(bedrock_address("us-east-1") == "https://bedrock-runtime.us-east-1.amazonaws.com");
  CHECK(bedrock_address("us-gov-west-1") == "https://bedrock-runtime.us-gov-west-1.amazonaws.com");
  CHECK(bedrock_address("cn-north-1") == "https://bedrock-runtime.cn-north-1.amazonaws.com.cn");
  CHECK(bedrock_address("us-iso-east-1") == "https://bedrock-runtime.us-iso-east-1.c2s.ic.gov");
  CHECK(
    bedrock_address("us-isob-east-1") == "https://bedrock-runtime.us-isob-east-1.sc2s.sgov.gov");
  CHECK(bedrock_address("eusc-de-east-1") == "https://bedrock-runtime.eusc-de-east-1.amazonaws.eu");
}

TEST_CASE("a region says where Bedrock is, unless the document does", "[config][bedrock]") {
  const auto region = load(speaks_bedrock(R"("region":"cn-north-1")"))->providers.at("aws");
  CHECK(region.endpoint.origin.host == "bedrock-runtime.cn-north-1.amazonaws.com.cn");
  CHECK(region.endpoint.origin.tls);
  CHECK(region.usable());
  const auto proxy =
    load(speaks_bedrock(R"("region":"cn-north-1","base_url":"http://127.0.0.1:1/aws")"));
  CHECK(proxy->providers.at("aws").endpoint.origin.host == "127.0.0.1");
  CHECK(proxy->providers.at("aws").region == "cn-north-1");
}

TEST_CASE("the vendor's name, a region and a key are a whole provider", "[config][bedrock]") {
  auto known = with_keys;
  known.variables["AWS_BEARER_TOKEN_BEDROCK"] = "bearer";
  const auto document = load(
    R"({"providers":{"bedrock":{"region":"eu-west-1","api_key":"env:AWS_BEARER_TOKEN_BEDROCK",
      "models":{"m":{"price":{"input":1,"output":1}}}}}})",
    known);
  const auto& provider = document->providers.at("bedrock");
  CHECK(provider.dialect == "bedrock");
  CHECK(provider.region == "eu-west-1");
  CHECK(provider.endpoint.origin.host == "bedrock-runtime.eu-west-1.amazonaws.com");
  CHECK(provider.api_key.reveal() == "bearer");
  CHECK(provider.signing_keys.empty());
}

TEST_CASE("keys that sign come from wherever a key does", "[config][bedrock]") {
  auto known = with_keys;
  known.variables["AWS_ACCESS_KEY_ID"] = "AKIA1";
  known.files["/run/secrets/aws"] = "from-a-file\n";
  const auto document = load(
    speaks_bedrock(R"("region":"us-east-1","api_key":{"access_key_id":"env:AWS_ACCESS_KEY_ID",
      "secret_access_key":"file:/run/secrets/aws","session_token":"literal"})"),
    known);
  const auto& provider = document->providers.at("aws");
  CHECK(provider.usable());
  CHECK(provider.api_key.empty());
  CHECK(provider.signing_keys.access_key_id.reveal() == "AKIA1");
  CHECK(provider.signing_keys.secret_access_key.reveal() == "from-a-file");
  CHECK(provider.signing_keys.session_token.reveal() == "literal");
}

TEST_CASE("a provider waits for each of its signing keys by name", "[config][bedrock]") {
  struct Row {
    const char* id;
    const char* key;
    const char* token;
    const char* reason;
  };
  const auto row = GENERATE(
    Row{"env:MISSING_ID", "x", "x", "MISSING_ID is not set"},
    Row{"x", "env:MISSING_KEY", "x", "MISSING_KEY is not set"},
    Row{"x", "x", "env:MISSING_TOKEN", "MISSING_TOKEN is not set"},
    Row{"x", "file:/nowhere", "x", "the file of its secret_access_key can't be read"},
    Row{"x", "x", "file:/two-lines", "its session_token has characters that no header can carry"},
    Row{"env:MISSING_ID", "env:MISSING_KEY", "x", "MISSING_ID is not set"});
  auto known = with_keys;
  known.files["/two-lines"] = "a\nb";
  const auto document = load(
    speaks_bedrock(
      R"("region":"us-east-1","api_key":{"access_key_id":")" + std::string{row.id}
      + R"(","secret_access_key":")" + row.key + R"(","session_token":")" + row.token + "\"}"),
    known);
  const auto& provider = document->providers.at("aws");
  CHECK(provider.disabled_reason == row.reason);
  CHECK_FALSE(provider.usable());
}

TEST_CASE("what Bedrock lacks is named where it belongs", "[config][bedrock]") {
  const Mistake rows[]{
    {speaks_bedrock(R"("api_key":"x")"),
     "/providers/aws/region 1:21 missing_region",
     "\"us-east-1\""},
    {speaks_bedrock(signing), "/providers/aws/region 1:21 missing_region", "\"us-east-1\""},
    {speaks_bedrock(R"("base_url":"https://proxy.example",)" + signing),
     "/providers/aws/region 1:21 missing_region",
     "signed for it"},
    {speaks_bedrock(R"("region":"us-east-1/x")"),
     "/providers/aws/region 2:10 pattern",
     "an AWS region"},
    {speaks_bedrock(R"("region":"US East")"),
     "/providers/aws/region 2:10 pattern",
     "an AWS region"},
    {speaks_bedrock(R"("region":"us.evil")"),
     "/providers/aws/region 2:10 pattern",
     "an AWS region"},
    {speaks_bedrock(
       R"("region":"us-east-1","api_key":{"access_key_id":"two words","secret_access_key":"x"})"),
     "/providers/aws/api_key/access_key_id 2:49 api_key",
     "no header can carry"},
  };
  for (const auto& row : rows) check_mistake(row, Problem::Severity::error);
}

TEST_CASE("of what signs only a session's token travels, which is warned of", "[config][bedrock]") {
  const auto plain = [](const std::string& token) {
    return speaks_bedrock(
      R"("region":"us-east-1","base_url":"http://proxy.example","api_key":{"access_key_id":"a",)"
      R"("secret_access_key":"b")"
      + token + "}");
  };
  CHECK(read_document(plain(""), 1, KnownSurroundings{}).problems.empty());
  check_mistake(
    {plain(R"(,"session_token":"c")"), "/providers/aws/base_url 2:33 plain_http", "unencrypted"},
    Problem::Severity::warning);
}

TEST_CASE("signing keys are shown to nobody", "[config][bedrock]") {
  const auto seen = redacted_text(speaks_bedrock(R"("region":"us-east-1",)" + signing), {});
  CHECK(seen.find("AKIA0123456789AB") == std::string::npos);
  CHECK(seen.find("made-up-secret") == std::string::npos);
  CHECK(seen.find(R"("secret_access_key":{"$secret":"set","hint":"6789")") != std::string::npos);
}

TEST_CASE("signing keys are replaced one by one, or all by a bearer's", "[config][bedrock]") {
  const auto one = edited(put(secret_key, R"({"$secret":{"value":"another"}})"));
  REQUIRE(one.document);
  const auto& keys = one.document->providers.at("aws").signing_keys;
  CHECK(keys.access_key_id.reveal() == "AKIA0123456789ABCDEF");
  CHECK(keys.secret_access_key.reveal() == "another");
  REQUIRE(one.changes.size() == 1);
  CHECK(one.changes[0].kind == "secret");
  CHECK(one.changes[0].after == R"({"$secret":"replaced"})");

  const auto bearer = edited(put("/providers/aws/api_key", R"({"$secret":{"value":"bearer"}})"));
  REQUIRE(bearer.document);
  CHECK(bearer.document->providers.at("aws").api_key.reveal() == "bearer");
  CHECK(bearer.document->providers.at("aws").signing_keys.empty());
}

TEST_CASE("signing keys come from the vendor's variables, and no others", "[config][bedrock]") {
  CHECK(errors_of(edited(put(secret_key, R"("env:AWS_SECRET_ACCESS_KEY")"))).empty());
  CHECK(
    errors_of(edited(put(secret_key, R"("env:HOME")"))) == Errors{secret_key + " secret_variable"});
  CHECK(
    errors_of(edited(put(secret_key, R"("file:/etc/shadow")")))
    == Errors{secret_key + " secret_path"});
}

TEST_CASE("another region is another place, and wants the keys anew", "[config][bedrock]") {
  const Errors both{access_key + " secret_origin", secret_key + " secret_origin"};
  const auto moved = put("/providers/aws/region", R"("eu-west-1")");
  CHECK(errors_of(edited(moved)) == both);
  CHECK(errors_of(edited(put("/providers/aws/base_url", R"("https://evil.example")"))) == both);
  const auto half = put(secret_key, R"({"$secret":{"value":"another"}})");
  CHECK(errors_of(edited(moved + "," + half)) == Errors{access_key + " secret_origin"});
  const auto all = put(
    "/providers/aws/api_key",
    R"({"access_key_id":{"$secret":{"value":"AKIA2"}},"secret_access_key":{"$secret":{"value":"b"}}})");
  const auto anew = edited(moved + "," + all);
  REQUIRE(anew.document);
  CHECK(anew.document->providers.at("aws").signing_keys.access_key_id.reveal() == "AKIA2");
}
