#include "net/dialects/conversation.hpp"
#include "net/dialects/openai.hpp"
#include "tests/net/dialects/header_pairs.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;

namespace {

const FrontDoor chat_door{"/v1/chat/completions", openai_format()};
const FrontDoor embeddings_door{"/v1/embeddings", openai_format(), FrontDoor::Asks::embeddings};

Result<OutgoingRequest> send(
  const std::string& body,
  const Quirks& quirks,
  std::string_view model = "up/stream",
  const FrontDoor& door = chat_door) {
  EnvelopeReader reader;
  const auto envelope = door.read_envelope(reader, body);
  REQUIRE(envelope);
  Target target;
  target.base_path = "/openai/v1";
  target.upstream_model = model;
  target.quirks = &quirks;
  auto outgoing = Conversation{door, {body}, *envelope}.outgoing(openai_dialect(), target);
  if (!outgoing) return outgoing;
  // Copied, for the pieces lie in the body and the body is the caller's.
  OutgoingRequest kept;
  kept.path = outgoing->path;
  kept.headers = std::move(outgoing->headers);
  kept.dropped = outgoing->dropped;
  kept.body.own(outgoing->body.joined());
  return kept;
}

/// A chat body with `fields` between the model and the messages.
std::string chat(const std::string& fields) {
  return R"({"model":"m",)" + fields + R"("messages":[{"role":"user","content":"hi"}]})";
}

std::string sent(const std::string& fields) {
  return R"({"model":"up/stream",)" + fields + R"("messages":[{"role":"user","content":"hi"}]})";
}

struct Row {
  const char* when;
  std::string body;
  Quirks quirks;
  std::string sent;
  std::vector<std::string> dropped = {};
};

void check(const Row& row, std::string_view model = "up/stream") {
  CAPTURE(row.when);
  const auto outgoing = send(row.body, row.quirks, model);
  REQUIRE(outgoing);
  const auto body = outgoing->body.joined();
  CHECK(body == row.sent);
  CHECK(nlohmann::json::accept(body));
  CHECK(outgoing->dropped == row.dropped);
}

} // namespace

TEST_CASE("a body of the same format is passed on as it is written", "[dialects][openai][splice]") {
  check(
    {"nothing but the model differs",
     "{ \"model\" : \"m\" ,\n "
     "\"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\"}],\"x\":1e2}\n",
     {},
     "{ \"model\" : \"up/stream\" ,\n "
     "\"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\"}],\"x\":1e2}\n"});
  check(
    {"the model's name needs escapes and stands last",
     R"({"messages":[{}],"mod\u0065l":"m"})",
     {},
     R"({"messages":[{}],"mod\u0065l":"a\"b"})"},
    "a\"b");
}

TEST_CASE("routing preferences are not sent on", "[dialects][openai][splice]") {
  check(
    {"in the middle",
     chat(R"("models":["a"],"provider":{"only":["x"]},"n":1,)"),
     {},
     sent(R"("n":1,)")});
  check(
    {"at the front, without a model",
     R"({"models":["a"],"provider":{},"messages":[{}]})",
     {},
     R"({"messages":[{}],"model":"up/stream"})"});
  check(
    {"at the end",
     R"({"model":"m","messages":[{}] , "provider" : {} })",
     {},
     R"({"model":"up/stream","messages":[{}] })"});
}

TEST_CASE("usage is switched on for streams", "[dialects][openai][splice]") {
  const std::string all = R"("messages":[{"role":"user","content":"hi"}])";
  const auto with_usage = [&](const std::string& fields) {
    return R"({"model":"up/stream",)" + fields + all
      + R"(,"stream_options":{"include_usage":true}})";
  };
  const Quirks option{.stream_usage = "option"};
  const Quirks always{.stream_usage = "always"};
  const Quirks groq{.stream_usage = "x_groq"};
  check({"no options", chat(R"("stream":true,)"), {}, with_usage(R"("stream":true,)")});
  check(
    {"no options, said so", chat(R"("stream":true,)"), option, with_usage(R"("stream":true,)")});
  check({"no stream", chat(R"("stream":false,)"), {}, sent(R"("stream":false,)")});
  check(
    {"options of null",
     chat(R"("stream":true,"stream_options":null,)"),
     {},
     sent(R"("stream":true,"stream_options":{"include_usage":true},)")});
  check(
    {"empty options",
     chat(R"("stream":true,"stream_options":{},)"),
     {},
     sent(R"("stream":true,"stream_options":{"include_usage":true},)")});
  check(
    {"usage refused",
     chat(R"("stream":true,"stream_options":{"include_usage" : false},)"),
     {},
     sent(R"("stream":true,"stream_options":{"include_usage":true},)")});
  check(
    {"other options",
     chat(R"("stream":true,"stream_options":{"include_obfuscation":false,"x":[1]},)"),
     {},
     sent(
       R"("stream":true,"stream_options":{"include_obfuscation":false,"x":[1],"include_usage":true},)")});
  check(
    {"an option dropped",
     chat(R"("stream":true,"stream_options":{"include_obfuscation":false},)"),
     {.drop = {"stream_options.include_obfuscation"}},
     sent(R"("stream":true,"stream_options":{"include_usage":true},)"),
     {"stream_options.include_obfuscation"}});
  check(
    {"a vendor that tells it unasked",
     chat(R"("stream":true,"stream_options":{"include_usage":true},)"),
     always,
     sent(R"("stream":true,)")});
  check(
    {"a vendor with a field of its own",
     chat(R"("stream":true,)"),
     groq,
     sent(R"("stream":true,)")});
  check(
    {"a vendor that has no such option",
     chat(R"("stream":true,)"),
     {.drop = {"stream_options"}},
     sent(R"("stream":true,)")});
}

TEST_CASE("quirks change what must be changed", "[dialects][openai][splice]") {
  const Quirks older{.max_tokens_field = "max_tokens"};
  const Quirks newer{.max_tokens_field = "max_completion_tokens"};
  check(
    {"the bound on tokens is renamed",
     chat(R"("max_completion_tokens":5,)"),
     older,
     sent(R"("max_tokens":5,)")});
  check(
    {"the bound on tokens is renamed the other way",
     chat(R"("max_tokens" : 5,)"),
     newer,
     sent(R"("max_completion_tokens":5,)")});
  check(
    {"of two bounds the newer wins",
     chat(R"("max_tokens":5,"max_completion_tokens":6,)"),
     older,
     sent(R"("max_tokens":6,)")});
  check(
    {"a bound of null wins nothing",
     chat(R"("max_tokens":5,"max_completion_tokens":null,)"),
     newer,
     sent(R"("max_completion_tokens":5,)")});
  check({"the bound stays as it is", chat(R"("max_tokens":5,)"), {}, sent(R"("max_tokens":5,)")});
  check(
    {"developers become the system",
     R"({"model":"m","messages":[{"role":"developer","content":"x"},{"content":"developer","role" : "dev\u0065loper"},{"role":"user"}]})",
     {.developer_role = "system"},
     R"({"model":"up/stream","messages":[{"role":"system","content":"x"},{"content":"developer","role" : "system"},{"role":"user"}]})"});
  check(
    {"developers stay",
     R"({"model":"m","messages":[{"role":"developer"}]})",
     {.developer_role = "keep"},
     R"({"model":"up/stream","messages":[{"role":"developer"}]})"});
  check(
    {"fields are renamed",
     chat(R"("seed":7,"parallel_tool_calls":true,)"),
     {.rename = {{"seed", "random_seed"}, {"parallel_tool_calls", "parallel_function_calling"}}},
     sent(R"("random_seed":7,"parallel_function_calling":true,)")});
  check(
    {"a field that has both names is sent once",
     chat(R"("seed":7,"random_seed":8,)"),
     {.rename = {{"seed", "random_seed"}}},
     sent(R"("random_seed":8,)")});
  check(
    {"hints are dropped and named",
     chat(R"("logprobs":true,"user":"u","n":2,)"),
     {.drop = {"user", "logprobs", "seed"}},
     sent(R"("n":2,)"),
     {"logprobs", "user"}});
  check(
    {"names of participants are dropped",
     R"({"model":"m","messages":[{"name":"a","role":"user"},{"role":"user","name":"b"},{"role":"user"},{"name":"c"}]})",
     {.drop = {"messages[].name"}},
     R"({"model":"up/stream","messages":[{"role":"user"},{"role":"user"},{"role":"user"},{}]})",
     {"messages[].name"}});
  check(
    {"values are clamped",
     chat(R"("temperature":1.5,"top_p":0.5,)"),
     {.clamp = {{"temperature", {0.01, 1}}, {"top_p", {0, 1}}}},
     sent(R"("temperature":1,"top_p":0.5,)"),
     {"temperature"}});
  check(
    {"values are clamped from below, and renamed",
     chat(R"("temperature":0,)"),
     {.rename = {{"temperature", "heat"}}, .clamp = {{"temperature", {0.01, 1}}}},
     sent(R"("heat":0.01,)"),
     {"temperature"}});
  check(
    {"what cannot be compared is not clamped",
     chat(R"("temperature":"hot",)"),
     {.clamp = {{"temperature", {0, 1}}}},
     sent(R"("temperature":"hot",)")});
  check(
    {"fields are added where they are absent",
     R"({"model":"m","messages":[{}],"top_k":1})",
     {.extra_body = {{"top_k", "5"}, {"safe_prompt", "true"}}},
     R"({"model":"up/stream","messages":[{}],"top_k":1,"safe_prompt":true})"});
  check(
    {"fields are added to the name they are sent under",
     chat(R"("max_completion_tokens":5,)"),
     {.extra_body = {{"max_tokens", "9"}}, .max_tokens_field = "max_tokens"},
     sent(R"("max_tokens":5,)")});
  check(
    {"what is refused but says nothing is left out",
     chat(R"("logprobs":false,"n":1,"logit_bias":{},"top_logprobs":null,)"),
     {.reject = {"logprobs", "n", "logit_bias", "top_logprobs"}},
     sent("")});
  check(
    {"rejections become drops",
     chat(R"("logprobs":true,)"),
     {.reject = {"logprobs"}, .drop_unsupported = true},
     sent(""),
     {"logprobs"}});
}

TEST_CASE("what a provider cannot do is refused", "[dialects][openai][splice]") {
  const auto refused = send(chat(R"("n":2,)"), {.reject = {"n"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::unsupported_parameter);
  CHECK(refused.error().param == "n");
}

TEST_CASE("reasoning models get no sampling", "[dialects][openai][splice]") {
  struct Case {
    const char* model;
    std::string fields;
    Quirks quirks;
    std::string sent;
    std::vector<std::string> dropped;
  };
  const std::string sampling =
    R"("temperature":0.5,"top_p":0.9,"presence_penalty":1,"max_tokens":9,)";
  const std::string unchanged =
    R"("temperature":0.5,"top_p":0.9,"presence_penalty":1,"max_tokens":9,)";
  const std::string bare = R"("max_completion_tokens":9,)";
  const std::vector<std::string> all{"temperature", "top_p", "presence_penalty"};
  const std::string none = R"("reasoning_effort":"none",)";
  const auto row = GENERATE_COPY(
    Case{"gpt-4o", sampling, {}, unchanged, {}},
    Case{"gpt-4.1-mini", sampling, {}, unchanged, {}},
    Case{"gpt-oss-120b", sampling, {}, unchanged, {}},
    Case{"gpt-5-chat-latest", sampling, {}, unchanged, {}},
    Case{"openai/gpt-5", sampling, {}, unchanged, {}},
    Case{"gpt-5", sampling, {.max_tokens_field = "max_tokens"}, unchanged, {}},
    Case{"olmo-2", sampling, {}, unchanged, {}},
    Case{"o3", sampling, {}, bare, all},
    Case{"o4-mini", sampling, {}, bare, all},
    Case{"gpt-5", sampling, {}, bare, all},
    Case{"gpt-5", none + sampling, {}, none + bare, all},
    Case{"gpt-5.4-mini", sampling, {}, bare, all},
    Case{
      "gpt-5.4-mini",
      none + sampling,
      {},
      none + R"("temperature":0.5,"top_p":0.9,"max_completion_tokens":9,)",
      {"presence_penalty"}},
    Case{"gpt-6-luna", sampling, {}, bare, all},
    Case{
      "gpt-4o-search-preview",
      sampling,
      {},
      R"("top_p":0.9,"presence_penalty":1,"max_tokens":9,)",
      {"temperature"}});
  CAPTURE(row.model, row.fields);
  const auto outgoing = send(chat(row.fields), row.quirks, row.model);
  REQUIRE(outgoing);
  CHECK(
    outgoing->body.joined()
    == R"({"model":")" + std::string{row.model} + R"(",)" + row.sent
      + R"("messages":[{"role":"user","content":"hi"}]})");
  CHECK(outgoing->dropped == row.dropped);
}

TEST_CASE("large content is borrowed, never copied", "[dialects][openai][splice]") {
  const auto body = R"({"model":"m","stream":true,"messages":[{"role":"user","content":")"
    + std::string(1'000'000, 'A') + R"("}]})";
  EnvelopeReader reader;
  const auto envelope = reader.read_chat(body);
  REQUIRE(envelope);
  Target target;
  target.upstream_model = "x";
  const auto outgoing =
    Conversation{chat_door, {body}, *envelope}.outgoing(openai_dialect(), target);
  REQUIRE(outgoing);
  std::size_t owned = 0;
  for (const auto piece : outgoing->body.pieces())
    if (piece.data() < body.data() || piece.data() >= body.data() + body.size())
      owned += piece.size();
  CHECK(owned < 64);
  CHECK(outgoing->body.pieces().size() <= 5);
}

TEST_CASE("a request goes where the quirks say, with the key they say", "[dialects][openai]") {
  struct Case {
    const char* when;
    Quirks quirks;
    std::string path;
    std::vector<std::pair<std::string, std::string>> headers;
  };
  const Secret key{"sk-1"};
  const std::pair<std::string, std::string> json{"content-type", "application/json"};
  const auto row = GENERATE_COPY(
    Case{"as OpenAI has it", {}, "/v1/chat/completions", {json, {"authorization", "Bearer sk-1"}}},
    Case{
      "another path",
      {.chat_path = "/text/chat"},
      "/v1/text/chat",
      {json, {"authorization", "Bearer sk-1"}}},
    Case{
      "another header",
      {.auth = "header:x-key"},
      "/v1/chat/completions",
      {json, {"x-key", "sk-1"}}},
    Case{"no key", {.auth = "none"}, "/v1/chat/completions", {json}},
    Case{
      "more headers",
      {.extra_headers = {{"X-Title", "t"}, {"Authorization", "Api-Key k"}}},
      "/v1/chat/completions",
      {json, {"authorization", "Api-Key k"}, {"X-Title", "t"}}});
  CAPTURE(row.when);
  Target target;
  target.base_path = "/v1";
  target.upstream_model = "m";
  target.api_key = &key;
  target.quirks = &row.quirks;
  const std::string body = R"({"model":"m","messages":[{}]})";
  EnvelopeReader reader;
  const auto envelope = reader.read_chat(body);
  const auto outgoing =
    Conversation{chat_door, {body}, *envelope}.outgoing(openai_dialect(), target);
  REQUIRE(outgoing);
  CHECK(outgoing->path == row.path);
  CHECK(header_pairs(outgoing->headers) == row.headers);
}

TEST_CASE("an embeddings request is spliced as well", "[dialects][openai][splice]") {
  const auto outgoing = send(
    R"({"model":"e","input":["a",[1]],"encoding_format":"base64","provider":{},"user":"u"})",
    {.embeddings_path = "/embed", .drop = {"user"}},
    "emb",
    embeddings_door);
  REQUIRE(outgoing);
  CHECK(outgoing->path == "/openai/v1/embed");
  CHECK(
    outgoing->body.joined() == R"({"model":"emb","input":["a",[1]],"encoding_format":"base64"})");
  CHECK(outgoing->dropped == std::vector<std::string>{"user"});
}
