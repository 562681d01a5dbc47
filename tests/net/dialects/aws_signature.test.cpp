#include "net/dialects/aws_signature.hpp"

#include "tests/net/dialects/header_pairs.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

// 2026-11-23T12:00:00Z, and 999 ms
constexpr WallTime noon{std::chrono::milliseconds{1'795'435'200'999}};

SigningKeys keys_of(const char* session_token) {
  return {
    Secret{"AKIDEXAMPLEGATEWAY01"},
    Secret{"wJalr+Example/Secret+Key/For+Docs0000000"},
    Secret{session_token}};
}

OutgoingRequest request_to(const char* path) {
  OutgoingRequest request;
  request.path = path;
  request.headers.set("content-type", "application/json");
  // The client's pieces and ours are one body.
  request.body.borrow(R"({"messages":[{"role":"user",)");
  request.body.own(R"("content":[{"text":"Hi"}]}]})");
  return request;
}

void sign(OutgoingRequest& request, const SigningKeys& keys) {
  sign_aws(
    request, {keys, "bedrock-runtime.us-east-1.amazonaws.com", "us-east-1", "bedrock", noon});
}

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string authorization(std::string_view names, std::string_view signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEGATEWAY01/20261123/us-east-1/bedrock/aws4_request,"
         " SignedHeaders="
    + std::string{names} + ", Signature=" + std::string{signature};
}

} // namespace

// source of all: providers/bedrock.md, section 8, vectors A to C
TEST_CASE("a request is signed as the reference signs it", "[dialects][aws]") {
  auto request = request_to("/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse");
  sign(request, keys_of(""));
  CHECK(
    header_pairs(request.headers)
    == Headers{
      {"content-type", "application/json"},
      {"x-amz-date", "20261123T120000Z"},
      {"authorization",
       authorization(
         "content-type;host;x-amz-date",
         "fce45707705522faf6063ef0d72ebdfb97ab2dfe09cd9d82944f7bf8388f2264")}});
}

TEST_CASE("a session's token is sent and signed", "[dialects][aws]") {
  auto request = request_to("/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse");
  sign(request, keys_of("FwoExampleSessionToken=="));
  CHECK(
    header_pairs(request.headers)
    == Headers{
      {"content-type", "application/json"},
      {"x-amz-date", "20261123T120000Z"},
      {"x-amz-security-token", "FwoExampleSessionToken=="},
      {"authorization",
       authorization(
         "content-type;host;x-amz-date;x-amz-security-token",
         "fbfbe539b0a52ce110ac401cf6dc1239b1da1b2e58dcda7103d2d42e6a33519b")}});
}

TEST_CASE("a path is signed with its escapes escaped", "[dialects][aws]") {
  auto request =
    request_to("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2F"
               "us.amazon.nova-lite-v1%3A0/converse-stream");
  sign(request, keys_of(""));
  CHECK(
    header_pairs(request.headers).back().second
    == authorization(
      "content-type;host;x-amz-date",
      "7410fc883b564f0d135c735da40218bcfe266d37716ac0b0342b0e524b80d1a8"));
}

TEST_CASE("every header of AWS's own is signed, without its blanks", "[dialects][aws]") {
  const auto signature = [](const char* value) {
    auto request = request_to("/model/m/converse");
    request.headers.set("X-Amz-Meta", value);
    request.headers.set("x-other", "1");
    sign(request, keys_of(""));
    return header_pairs(request.headers).back().second;
  };
  const auto plain = signature("a b");
  CHECK(plain.find("SignedHeaders=content-type;host;x-amz-date;x-amz-meta,") != plain.npos);
  CHECK(signature("  a   b ") == plain);
  CHECK(signature("a c") != plain);
}
