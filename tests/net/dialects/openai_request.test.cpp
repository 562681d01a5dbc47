#include "net/dialects/openai.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;

namespace {

/// A client's body read into the vocabulary and written again, without the model.
std::string rewritten(const std::string& body, const Quirks& quirks = {}) {
  const auto request = read_openai_chat(body);
  if (!request) return "refused: " + request.error().param;
  Target target;
  target.upstream_model = "up";
  target.quirks = &quirks;
  const auto outgoing = openai_dialect().write_chat(*request, target);
  if (!outgoing) return "refused: " + outgoing.error().param;
  auto json = Json::parse(outgoing->body.joined());
  CHECK(json["model"] == "up");
  json.erase("model");
  for (const auto& name : outgoing->dropped) json["dropped"].push_back(name);
  return json.dump();
}

std::string messages(const std::string& list) {
  return R"({"model":"m","messages":[)" + list + "]}";
}

std::string fields(const std::string& list) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + list + "}";
}

} // namespace

TEST_CASE("messages keep their meaning in the one vocabulary", "[dialects][openai][request]") {
  struct Row {
    const char* when;
    std::string given;
    std::string meant; // "" as given
  };
  const auto row = GENERATE(
    Row{"a text", R"({"role":"user","content":"hi"})", ""},
    Row{
      "one text in parts",
      R"({"role":"user","content":[{"type":"text","text":"hi"}]})",
      R"({"role":"user","content":"hi"})"},
    Row{
      "a developer", R"({"role":"developer","content":"x"})", R"({"role":"system","content":"x"})"},
    Row{"a name", R"({"role":"user","content":"hi","name":"bo"})", ""},
    Row{"nothing", R"({"role":"assistant","content":null})", ""},
    Row{
      "an image",
      R"({"role":"user","content":[{"type":"text","text":"?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0K","detail":"low"}}]})",
      ""},
    Row{
      "an image without its object",
      R"({"role":"user","content":[{"type":"image_url","image_url":"https://x/y.png"}]})",
      R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]})"},
    Row{
      "sound",
      R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}},{"type":"input_audio","input_audio":{"data":"BBBB","format":"wav"}}]})",
      ""},
    Row{
      "files",
      R"({"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA","filename":"a.pdf"}},{"type":"file","file":{"file_id":"file-1"}}]})",
      ""},
    Row{
      "a refusal",
      R"({"role":"assistant","content":null,"refusal":"No."})",
      R"({"role":"assistant","content":[{"type":"refusal","refusal":"No."}]})"},
    Row{
      "tool calls and their results",
      R"({"role":"assistant","content":"Let me see.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},{"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"t"},{"type":"text","text":"wo"}]})",
      R"({"role":"assistant","content":"Let me see.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":"two"})"},
    Row{
      "arguments as an object",
      R"({"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a":1}}}]})",
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]})"},
    Row{
      "functions of old",
      R"({"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"one"})",
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"f","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"f","content":"one"})"},
    Row{
      "Gemini's signature of a call",
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]})",
      ""},
    Row{
      "thoughts, which OpenAI does not take back",
      R"({"role":"assistant","content":"a","reasoning_content":"hm"})",
      R"({"role":"assistant","content":"a"})"});
  CAPTURE(row.when);
  CHECK(
    rewritten(messages(row.given))
    == R"({"messages":[)" + (row.meant.empty() ? row.given : row.meant) + "]}");
}

TEST_CASE("parameters keep their meaning in the one vocabulary", "[dialects][openai][request]") {
  struct Row {
    const char* when;
    std::string given;
    std::string meant; // "" as given
  };
  const std::string tool =
    R"({"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"z":{},"a":{}}},"strict":true}})";
  const auto row = GENERATE_COPY(
    Row{"none", R"("stop":null,"n":null)", "{}"},
    Row{
      "numbers",
      R"("temperature":0.5,"top_p":0.9,"presence_penalty":0.1,"frequency_penalty":-0.1,"seed":7,"n":2)",
      ""},
    Row{"a bound on tokens of old", R"("max_tokens":5)", R"({"max_completion_tokens":5})"},
    Row{
      "both bounds",
      R"("max_tokens":5,"max_completion_tokens":6)",
      R"({"max_completion_tokens":6})"},
    Row{"one stop", R"("stop":"a")", ""},
    Row{"one stop in a list", R"("stop":["a"])", R"({"stop":"a"})"},
    Row{"several stops", R"("stop":["a","b"])", ""},
    Row{"log probabilities", R"("logprobs":true,"top_logprobs":3)", ""},
    Row{"effort and tier", R"("reasoning_effort":"low","service_tier":"flex")", ""},
    Row{"who asks", R"("user":"u","safety_identifier":"s")", R"({"user":"s"})"},
    Row{
      "tools",
      R"("tools":[)" + tool + R"(],"tool_choice":"required","parallel_tool_calls":false)",
      ""},
    Row{
      "functions of old",
      R"("functions":[{"name":"f"}],"function_call":{"name":"f"})",
      R"({"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}}})"},
    Row{"no tool", R"("tool_choice":"none")", ""},
    Row{"any tool", R"("tool_choice":"any")", R"({"tool_choice":"required"})"},
    Row{"one tool", R"("tool_choice":{"type":"function","function":{"name":"f"}})", ""},
    Row{
      "some tools",
      R"("tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}})",
      ""},
    Row{"any JSON", R"("response_format":{"type":"json_object"})", ""},
    Row{
      "a schema",
      R"("response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"z":1,"a":2},"strict":true}})",
      ""},
    Row{
      "a stream", R"("stream":true)", R"({"stream":true,"stream_options":{"include_usage":true}})"},
    Row{
      "what OpenAI alone knows",
      R"("logit_bias":{"50256":-100},"metadata":{"a":"b"},"verbosity":"low")",
      ""},
    Row{"routing preferences", R"("models":["a"],"provider":{"sort":"price"})", "{}"});
  CAPTURE(row.when);
  const auto meant = Json::parse(row.meant.empty() ? "{" + row.given + "}" : row.meant);
  auto json = Json::parse(rewritten(fields(row.given)));
  json.erase("messages");
  CHECK(nlohmann::json(json) == nlohmann::json(meant));
  // The order inside a schema is what a model writes in.
  if (json.contains("tools") && meant.contains("tools"))
    CHECK(json["tools"].dump() == meant["tools"].dump());
}

TEST_CASE(
  "a request that is none is refused, and the field is named", "[dialects][openai][request]") {
  struct Row {
    std::string body;
    const char* param;
  };
  const auto row = GENERATE(
    Row{R"({"model":"m","messages":{}})", "messages"},
    Row{R"({"model":"m","messages":[]})", "messages"},
    Row{messages(R"({"role":"king","content":"x"})"), "messages[0].role"},
    Row{messages(R"({"content":"x"})"), "messages[0].role"},
    Row{messages(R"({"role":"user","content":5})"), "messages[0].content"},
    Row{messages(R"({"role":"user","content":[{"type":"video"}]})"), "messages[0].content[0].type"},
    Row{messages(R"({"role":"user","content":["x"]})"), "messages[0].content[0].type"},
    Row{
      messages(R"({"role":"user","content":[{"type":"image_url","image_url":{}}]})"),
      "messages[0].content[0].image_url"},
    Row{
      messages(R"({"role":"user","content":[{"type":"input_audio"}]})"),
      "messages[0].content[0].input_audio"},
    Row{
      messages(R"({"role":"user","content":[{"type":"file","file":{}}]})"),
      "messages[0].content[0].file"},
    Row{messages(R"({"role":"tool","content":"x"})"), "messages[0].tool_call_id"},
    Row{
      messages(
        R"({"role":"tool","tool_call_id":"c","content":[{"type":"image_url","image_url":{"url":"u"}}]})"),
      "messages[0].content[0]"},
    Row{
      messages(R"({"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{}}]})"),
      "messages[0].tool_calls[0].type"},
    Row{
      messages(R"({"role":"assistant","tool_calls":[{"id":"c"}]})"),
      "messages[0].tool_calls[0].function"},
    Row{messages(R"({"role":"assistant","audio":{"id":"a"}})"), "messages[0].audio"},
    Row{fields(R"("temperature":"hot")"), "temperature"},
    Row{fields(R"("max_tokens":1.5)"), "max_tokens"},
    Row{fields(R"("max_tokens":18446744073709551615)"), "max_tokens"},
    Row{fields(R"("n":true)"), "n"},
    Row{fields(R"("stop":[1])"), "stop"},
    Row{fields(R"("stop":{})"), "stop"},
    Row{fields(R"("logprobs":1)"), "logprobs"},
    Row{fields(R"("stream":"yes")"), "stream"},
    Row{fields(R"("user":7)"), "user"},
    Row{fields(R"("tools":{})"), "tools"},
    Row{fields(R"("tools":[{"type":"custom"}])"), "tools[0].type"},
    Row{fields(R"("tools":[{"type":"function"}])"), "tools[0].function"},
    Row{fields(R"("tools":[{"function":{}}])"), "tools[0].function.name"},
    Row{
      fields(R"("tools":[{"function":{"name":"f","parameters":[]}}])"),
      "tools[0].function.parameters"},
    Row{fields(R"("tools":[{"function":{"name":"f","strict":1}}])"), "tools[0].function.strict"},
    Row{fields(R"("tool_choice":"maybe")"), "tool_choice"},
    Row{fields(R"("tool_choice":{"type":"custom"})"), "tool_choice.type"},
    Row{fields(R"("response_format":{"type":"xml"})"), "response_format.type"},
    Row{fields(R"("response_format":{"type":"json_schema"})"), "response_format.json_schema"},
    Row{fields(R"("parallel_tool_calls":"yes")"), "parallel_tool_calls"});
  CAPTURE(row.body);
  CHECK(rewritten(row.body) == std::string{"refused: "} + row.param);
}

TEST_CASE(
  "marks for a cache and signed thoughts are kept for who made them",
  "[dialects][openai][request]") {
  const auto request = read_openai_chat(messages(
    R"({"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"c","prompt_cache_breakpoint":{"mode":"explicit"}},{"type":"text","text":"d"}]},)"
    R"({"role":"assistant","content":"x","reasoning_content":"hm","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s1"},{"type":"redacted_thinking","data":"r"},{"type":"thinking","thinking":"o","signature":"s2","origin":"gemini"}]},)"
    R"({"role":"assistant","content":"y","reasoning":"so"})"));
  REQUIRE(request);
  const auto& marked = request->messages[0].blocks;
  CHECK(marked[0].cache_ttl == "5m");
  CHECK(marked[1].cache_ttl == "1h");
  CHECK(marked[2].cache_ttl == "5m");
  CHECK(marked[3].cache_ttl.empty());
  const auto& thoughts = request->messages[1].blocks;
  REQUIRE(thoughts.size() == 4); // not a fourth from the plain text
  CHECK(thoughts[0].kind == Block::Kind::reasoning);
  CHECK(thoughts[0].text == "hm");
  CHECK(thoughts[0].signature == "s1");
  CHECK(thoughts[0].signature_origin == "anthropic");
  CHECK(thoughts[1].redacted == "r");
  CHECK(thoughts[2].signature_origin == "gemini");
  CHECK(thoughts[3].text == "x");
  CHECK(request->messages[2].blocks[0].text == "so");
}

TEST_CASE("quirks apply to what is written anew, too", "[dialects][openai][request]") {
  const Quirks vendor{
    .extra_body = {{"safe_prompt", "true"}},
    .max_tokens_field = "max_tokens",
    .rename = {{"seed", "random_seed"}},
    .drop = {"user", "messages[].name"},
    .clamp = {{"temperature", {0, 1}}},
    .reasoning_out = {"reasoning_content"},
    .stream_usage = "always"};
  CHECK(
    rewritten(
      R"({"model":"m","messages":[{"role":"user","content":"hi","name":"n"},{"role":"assistant","content":"a","reasoning_content":"hm"}],"max_completion_tokens":5,"seed":7,"user":"u","temperature":1.5,"stream":true})",
      vendor)
    == R"({"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"a","reasoning_content":"hm"}],"max_tokens":5,"temperature":1.0,"random_seed":7,"stream":true,"safe_prompt":true,"dropped":["temperature","user"]})");
  CHECK(rewritten(fields(R"("n":2)"), {.reject = {"n"}}) == "refused: n");
  CHECK(rewritten(fields(R"("n":1)"), {.reject = {"n"}}) != "refused: n");
}

TEST_CASE("an effort is what the model takes of it", "[dialects][openai][request]") {
  struct Row {
    const char* model;
    const char* wanted;
    bool with_tools;
    const char* taken;
  };
  const auto row = GENERATE(
    Row{"deepseek-v4", "medium", true, "medium"},
    Row{"deepseek-v4", "max", false, "high"},
    Row{"deepseek-v4", "none", false, ""},
    Row{"gpt-4o", "low", false, ""},
    Row{"gpt-5-chat-latest", "low", false, ""},
    Row{"o3-mini", "xhigh", true, "high"},
    Row{"gpt-5.1", "none", true, "none"},
    Row{"gpt-5.4", "low", false, "low"},
    Row{"gpt-5.4-mini", "low", true, ""},
    Row{"gpt-6-sol", "max", false, "max"},
    Row{"gpt-6-sol", "minimal", false, "low"});
  CAPTURE(row.model, row.wanted);
  Target target;
  target.upstream_model = row.model;
  CHECK(effort_taken(target, row.wanted, row.with_tools) == row.taken);
}

TEST_CASE("what OpenAI refuses of others' parameters is dropped", "[dialects][openai][request]") {
  CHECK(
    rewritten(fields(R"("top_k":5)"))
    == R"({"messages":[{"role":"user","content":"hi"}],"dropped":["top_k"]})");
}

TEST_CASE("an embeddings request keeps its meaning", "[dialects][openai][request]") {
  struct Row {
    const char* given;
    const char* meant;
  };
  const auto row = GENERATE(
    Row{R"({"model":"m","input":"a"})", R"({"model":"e","input":["a"]})"},
    Row{
      R"({"model":"m","input":["a","b"],"dimensions":8,"user":"u"})",
      R"({"model":"e","input":["a","b"],"dimensions":8,"user":"u"})"},
    Row{
      R"({"model":"m","input":[[1,2],[3]],"encoding_format":"base64","input_type":"query"})",
      R"({"model":"e","input":[[1,2],[3]],"input_type":"query"})"},
    Row{R"({"model":"m","input":[]})", "refused: input"},
    Row{R"({"model":"m","input":["a",1]})", "refused: input"},
    Row{R"({"model":"m","input":"a","encoding_format":"hex"})", "refused: encoding_format"},
    Row{R"({"model":"m","input":"a","dimensions":"8"})", "refused: dimensions"});
  CAPTURE(row.given);
  const auto request = read_openai_embeddings(row.given);
  if (!request) {
    CHECK("refused: " + request.error().param == row.meant);
    return;
  }
  Target target;
  target.upstream_model = "e";
  const auto outgoing = openai_dialect().write_embeddings(*request, target);
  REQUIRE(outgoing);
  CHECK(outgoing->body.joined() == row.meant);
  CHECK(outgoing->path == "/embeddings");
}
