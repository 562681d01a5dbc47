#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/messages_door.hpp"

using namespace gateway;
using nlohmann::json;

namespace {

/// What OpenAI is told of a request with these messages and fields, without model and bound; what
/// was left out stands behind it. A refusal names its field.
std::string told_openai(const std::string& messages, const std::string& fields = "") {
  MessagesTalk talk{
    R"({"model":"m","max_tokens":5,)" + fields + R"("messages":[)" + messages + "]}"};
  const auto outgoing = talk.to("openai");
  if (!outgoing)
    return std::string{code_text(outgoing.error().kind)} + ": " + outgoing.error().param;
  auto body = nlohmann::ordered_json::parse(outgoing->body.joined());
  body.erase("model");
  body.erase("max_completion_tokens");
  auto text = body.dump();
  for (const auto& name : outgoing->dropped) text += " -" + name;
  return text;
}

const std::string greeting = R"({"role":"user","content":"hi"})";

/// What becomes of `fields` beside a greeting.
std::string told_fields(const std::string& fields) {
  const auto told = told_openai(greeting, fields + ",");
  const std::string frame = R"({"messages":[)" + greeting + "]";
  if (!told.starts_with(frame)) return told;
  const auto rest = told.substr(frame.size());
  return rest.starts_with(",") ? "{" + rest.substr(1) : "{" + rest;
}

} // namespace

TEST_CASE("messages of Anthropic's format keep their meaning", "[dialects][messages]") {
  struct Row {
    const char* when;
    std::string given;
    std::string told;
  };
  const auto row = GENERATE(
    Row{"a text", R"({"role":"user","content":"hi"})", R"({"role":"user","content":"hi"})"},
    Row{
      "texts in blocks, an empty one among them",
      R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":""},{"type":"text","text":"b"}]})",
      R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})"},
    Row{
      "images",
      R"({"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://x/y"}}]})",
      R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://x/y"}}]})"},
    Row{
      "a file",
      R"({"role":"user","content":[{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}}]})",
      R"({"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA","filename":"a.pdf"}}]})"},
    Row{
      "files that are text",
      R"({"role":"user","content":[{"type":"document","title":"T","context":"C","source":{"type":"text","media_type":"text/plain","data":"D"}},{"type":"document","source":{"type":"content","content":[{"type":"text","text":"E"}]}}]})",
      R"({"role":"user","content":[{"type":"text","text":"T"},{"type":"text","text":"C"},{"type":"text","text":"D"},{"type":"text","text":"E"}]})"},
    Row{
      "calls and their results, which come first",
      R"({"role":"assistant","content":[{"type":"text","text":"Wait."},{"type":"tool_use","id":"t1","name":"f","input":{"z":1,"a":2}},{"type":"tool_use","id":"t2","name":"g","input":{}}]},)"
      R"({"role":"user","content":[{"type":"text","text":"Well?"},{"type":"tool_result","tool_use_id":"t1","content":"one"},{"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"tw"},{"type":"text","text":"o"}]}]})",
      R"({"role":"assistant","content":"Wait.","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"z\":1,\"a\":2}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"t1","content":"one"},{"role":"tool","tool_call_id":"t2","content":"Error: tw\no"},{"role":"user","content":"Well?"})"},
    Row{
      "a result that is an image, which the user shows",
      R"({"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},)"
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"image","source":{"type":"url","url":"https://x/y"}}]},{"type":"text","text":"Well?"}]})",
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"t1","content":"The result follows as a file or an image."},)"
      R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y"}},{"type":"text","text":"Well?"}]})"},
    Row{
      "a result without a word",
      R"({"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]})",
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t1","content":""})"},
    Row{
      "thoughts, which OpenAI does not take back",
      R"({"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"redacted_thinking","data":"AAAA"},{"type":"text","text":"a"}]})",
      R"({"role":"assistant","content":"a"})"},
    Row{
      "the system within",
      R"({"role":"system","content":"Be kind."})",
      R"({"role":"system","content":"Be kind."})"});
  CAPTURE(row.when);
  CHECK(told_openai(row.given) == R"({"messages":[)" + row.told + "]}");
}

TEST_CASE("the system goes first", "[dialects][messages]") {
  CHECK(
    told_openai(greeting, R"("system":"Be brief.",)")
    == R"({"messages":[{"role":"system","content":"Be brief."},)" + greeting + "]}");
  CHECK(
    told_openai(greeting, R"("system":[{"type":"text","text":"a"},{"type":"text","text":"b"}],)")
    == R"({"messages":[{"role":"system","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
      + greeting + "]}");
}

TEST_CASE("parameters of Anthropic's format keep their meaning", "[dialects][messages]") {
  struct Row {
    const char* when;
    std::string given;
    std::string told;
  };
  const auto row = GENERATE(
    Row{"nothing said", R"("stop_sequences":null,"stream":false)", "{}"},
    Row{"numbers", R"("temperature":0.5,"top_p":0.9)", R"({"temperature":0.5,"top_p":0.9})"},
    Row{"a number only others take", R"("top_k":5)", "{} -top_k"},
    Row{"stops", R"("stop_sequences":["a","b"])", R"({"stop":["a","b"]})"},
    Row{"who asks", R"("metadata":{"user_id":"u","x":1})", R"({"user":"u"} -metadata.x)"},
    Row{"a tier", R"("service_tier":"standard_only")", R"({"service_tier":"default"})"},
    Row{
      "tools",
      R"("tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"input_examples":[{}]},{"type":"custom","name":"g","input_schema":{}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true})",
      R"({"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},{"type":"function","function":{"name":"g","parameters":{}}}],"tool_choice":"required","parallel_tool_calls":false} -tools[].input_examples)"},
    Row{"a choice", R"("tool_choice":{"type":"auto"})", R"({"tool_choice":"auto"})"},
    Row{"no tool", R"("tool_choice":{"type":"none"})", R"({"tool_choice":"none"})"},
    Row{
      "one tool",
      R"("tool_choice":{"type":"tool","name":"f"})",
      R"({"tool_choice":{"type":"function","function":{"name":"f"}}})"},
    Row{
      "a small budget",
      R"("thinking":{"type":"enabled","budget_tokens":1024})",
      R"({"reasoning_effort":"low"})"},
    Row{
      "a budget",
      R"("thinking":{"type":"enabled","budget_tokens":8191})",
      R"({"reasoning_effort":"medium"})"},
    Row{
      "a large budget",
      R"("thinking":{"type":"enabled","budget_tokens":8192})",
      R"({"reasoning_effort":"high"})"},
    Row{
      "as the model likes", R"("thinking":{"type":"adaptive"})", R"({"reasoning_effort":"high"})"},
    Row{
      "as the model likes, with an effort",
      R"("output_config":{"effort":"low"},"thinking":{"type":"adaptive","display":"omitted"})",
      R"({"reasoning_effort":"low"} -thinking.display)"},
    Row{"no thinking", R"("thinking":{"type":"disabled"})", "{} -thinking"},
    Row{
      "a schema",
      R"("output_config":{"format":{"type":"json_schema","schema":{"z":1,"a":2}},"task_budget":1})",
      R"({"response_format":{"type":"json_schema","json_schema":{"name":"output","schema":{"z":1,"a":2},"strict":true}}} -output_config.task_budget)"},
    Row{
      "a stream", R"("stream":true)", R"({"stream":true,"stream_options":{"include_usage":true}})"},
    Row{
      "hints that only Anthropic takes",
      R"("speed":"fast","context_management":{},"cache_control":{"type":"ephemeral"})",
      "{} -speed -context_management"},
    Row{"routing preferences", R"("models":["a"],"provider":{"sort":"price"})", "{}"});
  CAPTURE(row.when);
  CHECK(told_fields(row.given) == row.told);
}

TEST_CASE(
  "what a client of Anthropic's says wrongly is refused by its name", "[dialects][messages]") {
  struct Row {
    const char* when;
    std::string messages;
    std::string fields;
    std::string refused;
  };
  const auto blocks = [](const std::string& list, const std::string& role = "user") {
    return R"({"role":")" + role + R"(","content":[)" + list + "]}";
  };
  const auto row = GENERATE_COPY(
    Row{"a king", R"({"role":"king","content":"a"})", "", "invalid_value: messages[0].role"},
    Row{"no content", R"({"role":"user"})", "", "invalid_value: messages[0].content"},
    Row{"no type", blocks("{}"), "", "invalid_value: messages[0].content[0].type"},
    Row{
      "an image without source",
      blocks(R"({"type":"image"})"),
      "",
      "invalid_value: messages[0].content[0].source"},
    Row{
      "a result of nothing",
      blocks(R"({"type":"tool_result","content":"a"})"),
      "",
      "invalid_value: messages[0].content[0].tool_use_id"},
    Row{
      "a call without a name",
      blocks(R"({"type":"tool_use","id":"t"})", "assistant"),
      "",
      "invalid_value: messages[0].content[0]"},
    Row{"no stops", greeting, R"("stop_sequences":"a",)", "invalid_value: stop_sequences"},
    Row{"no tool", greeting, R"("tools":[{}],)", "invalid_value: tools[0].name"},
    Row{
      "no schema", greeting, R"("tools":[{"name":"f"}],)", "invalid_value: tools[0].input_schema"},
    Row{"no choice", greeting, R"("tool_choice":{"type":"x"},)", "invalid_value: tool_choice.type"},
    Row{"no thinking", greeting, R"("thinking":{"type":"x"},)", "invalid_value: thinking.type"},
    Row{
      "no budget",
      greeting,
      R"("thinking":{"type":"enabled"},)",
      "invalid_value: thinking.budget_tokens"},
    Row{
      "another format",
      greeting,
      R"("output_config":{"format":{"type":"x"}},)",
      "invalid_value: output_config.format"});
  CAPTURE(row.when);
  CHECK(told_openai(row.messages, row.fields) == row.refused);
}

TEST_CASE("what only Anthropic does is left to its providers", "[dialects][messages]") {
  struct Row {
    const char* when;
    std::string messages;
    std::string fields;
    std::string refused;
  };
  const auto row = GENERATE(
    Row{
      "a tool that runs there",
      greeting,
      R"("tools":[{"name":"f","input_schema":{}},{"type":"web_search_20260101","name":"web_search"}],)",
      "tools[1].type"},
    Row{
      "what such a tool found",
      R"({"role":"assistant","content":[{"type":"web_search_tool_result"}]})",
      "",
      "messages[0].content[0].type"},
    Row{
      "a file that lies there",
      R"({"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]})",
      "",
      "messages[0].content[0].source.type"},
    Row{"a container", greeting, R"("container":"c",)", "container"},
    Row{"servers of tools", greeting, R"("mcp_servers":[{}],)", "mcp_servers"});
  CAPTURE(row.when);
  CHECK(told_openai(row.messages, row.fields) == "unsupported_parameter: " + row.refused);
}

TEST_CASE("a cache that is only warmed is Anthropic's", "[dialects][messages]") {
  MessagesTalk talk{R"({"model":"m","max_tokens":0,"messages":[{"role":"user","content":"a"}]})"};
  CHECK(talk.to("openai").error().param == "max_tokens");
  CHECK(talk.to("anthropic"));
}

TEST_CASE("what a dialect refuses or drops has the client's name", "[dialects][messages]") {
  MessagesTalk forced{
    R"({"model":"m","max_tokens":5,"stop_sequences":["a"],"metadata":{"user_id":"u"},"tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"messages":[)"
    + greeting + "]}"};
  const auto gemini = forced.to("gemini");
  REQUIRE(gemini);
  CHECK(
    gemini->dropped
    == std::vector<std::string>{"metadata.user_id", "tool_choice.disable_parallel_tool_use"});
  forced.quirks.reject = {"stop"};
  const auto refused = forced.to("gemini");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().param == "stop_sequences");
  CHECK(
    refused.error().message
    == "'stop_sequences' is not supported: this provider has nothing like it");
}

TEST_CASE("marks of a cache reach who has marks", "[dialects][messages]") {
  const std::string mark = R"("cache_control":{"type":"ephemeral","ttl":"1h"})";
  const auto read = [](const std::string& body) {
    std::vector<std::string> dropped;
    auto request = anthropic_format().read_chat(body, dropped);
    REQUIRE(request);
    CHECK(dropped.empty());
    return *std::move(request);
  };
  const auto request = read(
    R"({"model":"m","max_tokens":5,"system":[{"type":"text","text":"s",)" + mark
    + R"(}],"tools":[{"name":"f","input_schema":{},"cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"cache_control":{"type":"ephemeral"}})");
  CHECK(request.messages[0].blocks[0].cache_ttl == "1h");
  CHECK(request.messages[1].blocks[0].cache_ttl == "5m");
  CHECK(request.tools[0].cache_ttl == "5m");
}
