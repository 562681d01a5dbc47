#include "net/demo/voices/bedrock_events.hpp"
#include "net/demo/voices/bedrock_signature.hpp"
#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

DemoSettings bedrock() {
  DemoSettings settings;
  settings.dialect = "bedrock";
  settings.models = {"demo-small", "a:b/c", "titan-embed", "nova-embed", "cohere-embed"};
  return settings;
}

constexpr const char* converse = "/model/demo-small/converse";
constexpr const char* converse_stream = "/model/demo-small/converse-stream";

/// A chat request: a user's words, and what else it says.
std::string asks(const char* words, json more = json::object()) {
  if (!more.contains("messages"))
    more["messages"] =
      json::array({{{"role", "user"}, {"content", json::array({{{"text", words}}})}}});
  return more.dump();
}

const json tools = json::parse(R"([{"toolSpec":{"name":"lookup","inputSchema":{"json":
  {"type":"object","properties":{"q":{"type":"string"}},"required":["q"]}}}}])");

// 2026-11-23T12:00:00Z
constexpr WallTime noon{std::chrono::milliseconds{1'795'435'200'000}};

/// A request that is signed at noon; the signatures were made by another program.
struct Signed {
  std::string key_id = "AKIADEMO";
  std::string names = "content-type;host;x-amz-date";
  std::string signature = "f674bc0868c4e50d6e2f0047a3514c5d404287910a3a439704a78d1497349461";
  std::string token = {};
  std::string date = "20261123T120000Z";
  std::string service = "bedrock";
  std::string path = "/model/a%3A0/converse";
  std::string body = R"({"a":1})";
  std::string more = {}; // another header of AWS's own

  bool is_good(WallTime now) const {
    const auto authorization = "AWS4-HMAC-SHA256 Credential=" + key_id + "/20261123/eu-central-1/"
      + service + "/aws4_request, SignedHeaders=" + names + ", Signature=" + signature;
    RequestHead head;
    head.method = "POST";
    head.path = path;
    head.headers = {
      {"host", "127.0.0.1:8080"},
      {"content-type", "application/json"},
      {"x-amz-date", date},
      {"authorization", authorization}};
    if (!token.empty()) head.headers.push_back({"x-amz-security-token", token});
    if (!more.empty()) head.headers.push_back({"x-amz-more", more});
    return bool(check_aws_signature(head, body, now));
  }
};

Signed temporary() {
  Signed request;
  request.key_id = "ASIADEMO";
  request.names = "content-type;host;x-amz-date;x-amz-security-token";
  request.signature = "f535a58e6710e4a9fb8afd7b6d7bf68f2e5433d0c9e473c29d5edab3268257ee";
  request.token = "session-of-ASIADEMO";
  return request;
}

} // namespace

TEST_CASE("bedrock: a request with the right signature is let in", "[net][demo]") {
  CHECK(Signed{}.is_good(noon));
  CHECK(Signed{}.is_good(noon + 4min));
  CHECK(temporary().is_good(noon));
}

TEST_CASE("bedrock: a request whose signature is not its own is turned away", "[net][demo]") {
  CHECK_FALSE(Signed{}.is_good(noon + 6min));
  CHECK_FALSE(Signed{}.is_good(noon - 6min));
  struct Row {
    const char* when;
    void (*spoil)(Signed& request);
  };
  const auto row = GENERATE(
    Row{"another body", [](Signed& one) { one.body = R"({"a":2})"; }},
    Row{"another path", [](Signed& one) { one.path = "/model/b%3A0/converse"; }},
    Row{"a path that is not encoded", [](Signed& one) { one.path = "/model/a:0/converse"; }},
    Row{"another key", [](Signed& one) { one.key_id = "AKIAOTHER"; }},
    Row{"another service", [](Signed& one) { one.service = "s3"; }},
    Row{"no date", [](Signed& one) { one.date.clear(); }},
    Row{"a date of another day", [](Signed& one) { one.date = "20261122T120000Z"; }},
    Row{"no signature", [](Signed& one) { one.signature.clear(); }},
    Row{"no host", [](Signed& one) { one.names = "content-type;x-amz-date"; }},
    Row{"names out of order", [](Signed& one) { one.names = "host;content-type;x-amz-date"; }},
    Row{"a header that is not signed", [](Signed& one) { one.more = "1"; }},
    Row{"a token that is nobody's", [](Signed& one) { one.token = "x"; }});
  CAPTURE(row.when);
  Signed request;
  row.spoil(request);
  CHECK_FALSE(request.is_good(noon));
}

TEST_CASE("bedrock: a temporary key needs its session's token", "[net][demo]") {
  auto request = temporary();
  request.token = "session-of-ASIAOTHER";
  CHECK_FALSE(request.is_good(noon));
  request.token.clear();
  CHECK_FALSE(request.is_good(noon));
}

TEST_CASE("bedrock: a chat is answered whole", "[net][demo]") {
  const Stage stage{bedrock()};
  const auto heard = stage.post(converse, asks("echo: hi there"));
  CHECK(heard.status == 200);
  CHECK_FALSE(heard.header("x-amzn-requestid").empty());
  const auto body = parsed(heard.body);
  CHECK(body["output"]["message"]["content"] == json::parse(R"([{"text":"hi there"}])"));
  CHECK(body["stopReason"] == "end_turn");
  CHECK(body["usage"]["inputTokens"] == 3);
  CHECK(body["usage"]["outputTokens"] == 2);
  CHECK_FALSE(body.contains("model"));
}

TEST_CASE("bedrock: a model's name is one segment of the path", "[net][demo]") {
  const Stage stage{bedrock()};
  CHECK(stage.post("/model/a%3Ab%2Fc/converse", asks("a")).status == 200);
  CHECK(stage.post("/model/a:b%2Fc/converse", asks("a")).status == 404);
  CHECK(stage.post("/model/a%3Ab/c/converse", asks("a")).status == 404);
  CHECK(stage.post("/model/a%3", asks("a")).status == 404);
  CHECK(stage.post("/model/other/converse", asks("a")).status == 404);
}

TEST_CASE("bedrock: a message has its lengths and its checksums", "[net][demo]") {
  // source: providers/bedrock.md, section 7, vector 1
  const auto message = demo_aws_message("event", "messageStop", R"({"stopReason":"end_turn"})");
  REQUIRE(message.size() == 122);
  CHECK(message.substr(0, 12) == std::string("\0\0\0\x7a\0\0\0\x51\xca\x2c\x46\x65", 12));
  CHECK(message.substr(118) == "\x5f\xbf\x09\xfc");
}

TEST_CASE("bedrock: a stream is binary, and ends with its usage", "[net][demo]") {
  const Stage stage{bedrock()};
  const auto heard =
    stage.post(converse_stream, asks("count to 9", {{"inferenceConfig", {{"maxTokens", 2}}}}));
  CHECK(heard.header("content-type") == "application/vnd.amazon.eventstream");
  CHECK(
    heard.events()
    == std::vector<std::string>{
      R"(messageStart {"role":"assistant","p":"abcd"})",
      R"(contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"1"}})",
      R"(contentBlockDelta {"contentBlockIndex":0,"delta":{"text":" 2"}})",
      R"(contentBlockStop {"contentBlockIndex":0})",
      R"(messageStop {"stopReason":"max_tokens"})",
      R"(metadata {"metrics":{"latencyMs":1},"usage":{"inputTokens":3,"outputTokens":2,)"
      R"("totalTokens":5,"cacheReadInputTokens":0,"cacheWriteInputTokens":0}})"});
}

TEST_CASE("bedrock: tools are called, and their results read", "[net][demo]") {
  const Stage stage{bedrock()};
  const json config{{"tools", tools}, {"toolChoice", {{"any", json::object()}}}};
  const auto forced = stage.post(converse, asks("What?", {{"toolConfig", config}}));
  const auto message = parsed(forced.body)["output"]["message"];
  CHECK(parsed(forced.body)["stopReason"] == "tool_use");
  REQUIRE(message["content"].size() == 1);
  const auto call = message["content"][0]["toolUse"];
  CHECK(call["name"] == "lookup");
  CHECK(call["input"] == json{{"q", "something"}});
  const auto turns = [&](const json& id) {
    const json result{{"toolUseId", id}, {"content", {{{"text", "blue"}}}}};
    return json{
      {"toolConfig", {{"tools", tools}}},
      {"messages",
       {{{"role", "user"}, {"content", {{{"text", "What?"}}}}},
        message,
        {{"role", "user"}, {"content", {{{"toolResult", result}}}}}}}};
  };
  const auto answered = stage.post(converse, asks("", turns(call["toolUseId"])));
  CHECK(answered.status == 200);
  CHECK(parsed(answered.body)["output"]["message"]["content"][0]["text"] == "The tool said: blue");
  CHECK(stage.post(converse, asks("", turns("other"))).status == 400);
  auto without = turns(call["toolUseId"]);
  without.erase("toolConfig");
  CHECK(stage.post(converse, asks("", without)).status == 400);
}

TEST_CASE("bedrock: a schema is satisfied and thoughts are shown if wished", "[net][demo]") {
  const Stage stage{bedrock()};
  const auto* more = GENERATE(
    R"({"additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":1024},
      "output_config":{"format":{"type":"json_schema","schema":
        {"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}}}})",
    R"({"additionalModelRequestFields":{"thinking":{"type":"adaptive"}},
      "outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":
        "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}"}}}}})");
  const auto heard = stage.post(converse, asks("A number.", json::parse(more)));
  const auto content = parsed(heard.body)["output"]["message"]["content"];
  REQUIRE(content.size() == 2);
  CHECK(content[0]["reasoningContent"]["reasoningText"]["text"].is_string());
  CHECK(content[1]["text"] == R"({"n":1})");
}

TEST_CASE("bedrock: texts are embedded, each family in its way", "[net][demo]") {
  const Stage stage{bedrock()};
  const auto titan = stage.post("/model/titan-embed/invoke", R"({"inputText":"a","dimensions":4})");
  CHECK(parsed(titan.body)["embedding"].size() == 4);
  CHECK(parsed(titan.body)["inputTextTokenCount"] == 1);
  const auto nova = stage.post(
    "/model/nova-embed/invoke",
    R"({"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_INDEX",
        "embeddingDimension":4,"text":{"truncationMode":"NONE","value":"a"}}})");
  CHECK(parsed(nova.body)["embeddings"][0]["embedding"] == parsed(titan.body)["embedding"]);
  const auto cohere = stage.post(
    "/model/cohere-embed/invoke",
    R"({"texts":["a","b"],"input_type":"search_query","output_dimension":4})");
  const auto vectors = parsed(cohere.body)["embeddings"]["float"];
  REQUIRE(vectors.size() == 2);
  CHECK(vectors[0] == parsed(titan.body)["embedding"]);
  const auto models = parsed(stage.call("GET", "/foundation-models").body)["modelSummaries"];
  CHECK(models[1]["modelId"] == "a:b/c");
}

TEST_CASE("bedrock: requests at fault are refused", "[net][demo]") {
  struct Row {
    const char* when;
    const char* more; // JSON that goes into the request
  };
  const auto row = GENERATE(
    Row{"a field of another dialect", R"({"temperature":0.5})"},
    Row{"nothing said", R"({"messages":[]})"},
    Row{"a blank word", R"({"messages":[{"role":"user","content":[{"text":" "}]}]})"},
    Row{"an assistant begins", R"({"messages":[{"role":"assistant","content":[{"text":"a"}]}]})"},
    Row{"two turns of one", R"({"messages":[{"role":"user","content":[{"text":"a"}]},
        {"role":"user","content":[{"text":"b"}]}]})"},
    Row{
      "a block of two kinds",
      R"({"messages":[{"role":"user","content":[{"text":"a","image":{}}]}]})"},
    Row{"an image by its address", R"({"messages":[{"role":"user","content":[{"image":
        {"format":"png","source":{"url":"https://a"}}}]}]})"},
    Row{"an image of a foreign kind", R"({"messages":[{"role":"user","content":[{"image":
        {"format":"tiff","source":{"bytes":"AAAA"}}}]}]})"},
    Row{"a document alone", R"({"messages":[{"role":"user","content":[{"document":
        {"format":"pdf","name":"a","source":{"bytes":"AAAA"}}}]}]})"},
    Row{"two documents of a name", R"({"messages":[{"role":"user","content":[{"text":"a"},
        {"document":{"format":"pdf","name":"a","source":{"bytes":"AAAA"}}},
        {"document":{"format":"pdf","name":"a","source":{"bytes":"AAAA"}}}]}]})"},
    Row{"a system prompt that is a string", R"({"system":"a"})"},
    Row{"a cache point of a kind", R"({"system":[{"text":"a"},{"cachePoint":7}]})"},
    Row{"a temperature above one", R"({"inferenceConfig":{"temperature":1.1}})"},
    Row{"a field that is unknown", R"({"inferenceConfig":{"topK":1}})"},
    Row{"five stops", R"({"inferenceConfig":{"stopSequences":["a","b","c","d","e"]}})"},
    Row{"a blank stop", R"({"inferenceConfig":{"stopSequences":[" "]}})"},
    Row{"no tools", R"({"toolConfig":{"tools":[]}})"},
    Row{
      "a tool whose schema is no object's",
      R"({"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]}})"},
    Row{"two choices", R"({"toolConfig":{"toolChoice":{"any":{},"auto":{}},"tools":
        [{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]}})"},
    Row{"a choice of no tool", R"({"toolConfig":{"toolChoice":{"tool":{"name":"g"}},"tools":
        [{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]}})"},
    Row{"a choice said twice", R"({"toolConfig":{"toolChoice":{"any":{}},"tools":
        [{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]},
        "additionalModelRequestFields":{"tool_choice":{"type":"any"}}})"},
    Row{"a schema that is no text", R"({"outputConfig":{"textFormat":{"type":"json_schema",
        "structure":{"jsonSchema":{"schema":{}}}}}})"},
    Row{"thoughts longer than the answer", R"({"inferenceConfig":{"maxTokens":1024},
        "additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":1024}}})"});
  CAPTURE(row.when);
  const Stage stage{bedrock()};
  const auto heard = stage.post(converse, asks("a", json::parse(row.more)));
  CHECK(heard.status == 400);
  CHECK(heard.header("x-amzn-errortype").starts_with("ValidationException:"));
  CHECK(parsed(heard.body)["message"].is_string());
}

TEST_CASE("bedrock: calls and results must fit together", "[net][demo]") {
  const auto* messages = GENERATE(
    R"([{"role":"user","content":[{"text":"a"}]},
        {"role":"assistant","content":[{"toolUse":{"toolUseId":"a.b","name":"f","input":{}}}]}])",
    R"([{"role":"user","content":[{"text":"a"}]},
        {"role":"assistant","content":[{"toolUse":{"toolUseId":"c","name":"f","input":"{}"}}]}])",
    R"([{"role":"user","content":[{"text":"a"}]},
        {"role":"assistant","content":[{"toolUse":{"toolUseId":"c","name":"f","input":{}}}]},
        {"role":"user","content":[{"text":"b"}]}])",
    R"([{"role":"user","content":[{"toolResult":{"toolUseId":"c","content":[]}}]}])");
  CAPTURE(messages);
  const Stage stage{bedrock()};
  const json more{{"toolConfig", {{"tools", tools}}}, {"messages", json::parse(messages)}};
  CHECK(stage.post(converse, asks("", more)).status == 400);
}

TEST_CASE("bedrock: embeddings at fault are refused", "[net][demo]") {
  struct Row {
    const char* model;
    const char* body;
  };
  const auto row = GENERATE(
    Row{"titan-embed", R"({"texts":["a"]})"},
    Row{"titan-embed", R"({"inputText":""})"},
    Row{"nova-embed", R"({"taskType":"SINGLE_EMBEDDING"})"},
    Row{"cohere-embed", R"({"texts":["a"]})"},
    Row{"cohere-embed", R"({"texts":[7],"input_type":"search_query"})"});
  CAPTURE(row.model, row.body);
  const Stage stage{bedrock()};
  CHECK(stage.post("/model/" + std::string{row.model} + "/invoke", row.body).status == 400);
}

TEST_CASE("bedrock: errors have a name in the head and words in the body", "[net][demo]") {
  auto settings = bedrock();
  settings.key = "another-key";
  {
    const Stage locked{settings};
    const auto heard = locked.post(converse, asks("a"));
    CHECK(heard.status == 403);
    CHECK(heard.header("x-amzn-errortype").starts_with("UnrecognizedClientException:"));
  }
  settings.key.clear();
  settings.context_window = 2;
  DemoRule requests;
  requests.limit = 2;
  settings.rules = {requests};
  const Stage stage{settings};
  CHECK(stage.post(converse, asks("a")).status == 200);
  const auto long_one = stage.post(converse, asks("one two three four"));
  CHECK(long_one.status == 400);
  CHECK(parsed(long_one.body)["message"] == "Input is too long for requested model.");
  const auto over = stage.post(converse, asks("a"));
  CHECK(over.status == 429);
  CHECK(over.header("x-amzn-errortype").starts_with("ThrottlingException:"));
  CHECK(over.header("retry-after").empty());
}

TEST_CASE("bedrock: what is neither a key nor a signature opens nothing", "[net][demo]") {
  const Stage stage{bedrock()};
  const auto with = [&](const std::string& header) {
    const auto body = asks("a");
    return call(
             stage.port(),
             "POST /model/demo-small/converse HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + header
               + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body)
      .status;
  };
  CHECK(with("authorization: Bearer k\r\n") == 200);
  CHECK(with("") == 403);
  CHECK(with("authorization: AWS4-HMAC-SHA256 Credential=AKIA/x\r\n") == 403);
  CHECK(
    with("x-amz-date: 20261123T120000Z\r\nauthorization: AWS4-HMAC-SHA256 "
         "Credential=AKIA/20261123/r/bedrock/aws4_request, SignedHeaders=host;x-amz-date, "
         "Signature=00\r\n")
    == 403);
}
