#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

constexpr const char* chat = "/api/chat";

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

DemoSettings ollama() {
  DemoSettings settings;
  settings.dialect = "ollama";
  return settings;
}

} // namespace

TEST_CASE("ollama: a chat is answered whole if that is said", "[net][demo]") {
  const Stage stage{ollama()};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","stream":false,"messages":[{"role":"system","content":"Be brief."},
        {"role":"user","content":"echo: hi there"}]})");
  CHECK(heard.status == 200);
  const auto body = parsed(heard.body);
  CHECK(body["model"] == "demo-small");
  CHECK(body["message"] == json{{"role", "assistant"}, {"content", "hi there"}});
  CHECK(body["done"] == true);
  CHECK(body["done_reason"] == "stop");
  CHECK(body["prompt_eval_count"] == 5);
  CHECK(body["eval_count"] == 2);
}

TEST_CASE("ollama: a chat is streamed in lines unless it is said not to be", "[net][demo]") {
  const Stage stage{ollama()};
  const auto heard = stage.post(
    chat,
    R"({"model":"demo-small","messages":[{"role":"user","content":"echo: hi there"}],
        "think":"low","options":{"num_predict":9}})");
  CHECK(heard.header("content-type") == "application/x-ndjson");
  const auto lines = heard.events();
  REQUIRE(lines.size() == 10); // eight words of thought, one of the answer, and the end
  CHECK(parsed(lines[0])["message"]["thinking"] == "Let");
  CHECK(parsed(lines[8])["message"]["content"] == "hi");
  CHECK(parsed(lines[8])["done"] == false);
  const auto last = parsed(lines[9]);
  CHECK(last["message"]["content"] == "");
  CHECK(last["done"] == true);
  CHECK(last["done_reason"] == "length");
  CHECK(last["eval_count"] == 9);
}

TEST_CASE("ollama: tools are called without ids, and their results wanted back", "[net][demo]") {
  const Stage stage{ollama()};
  const auto call = stage.post(
    chat,
    R"({"model":"demo-small","stream":false,"messages":[{"role":"user","content":"call the tool"}],
        "tools":[{"type":"function","function":{"name":"lookup","parameters":
          {"type":"object","properties":{"q":{"type":"string"}},"required":["q"]}}}]})");
  const auto message = parsed(call.body)["message"];
  REQUIRE(message["tool_calls"].size() == 1);
  CHECK_FALSE(message["tool_calls"][0].contains("id"));
  CHECK(
    message["tool_calls"][0]["function"]
    == json{{"name", "lookup"}, {"arguments", {{"q", "something"}}}});
  const auto answer_to = [&](const json& result) {
    json messages = {{{"role", "user"}, {"content", "What?"}}, message};
    if (!result.is_null()) messages.push_back(result);
    return stage.post(
      chat, json{{"model", "demo-small"}, {"stream", false}, {"messages", messages}}.dump());
  };
  const auto told = answer_to({{"role", "tool"}, {"content", "blue"}, {"tool_name", "lookup"}});
  CHECK(parsed(told.body)["message"]["content"] == "The tool said: blue");
  CHECK(answer_to({{"role", "tool"}, {"content", "blue"}, {"tool_name", "other"}}).status == 400);
  CHECK(
    answer_to(
      {{"role", "tool"}, {"content", "blue"}, {"tool_name", "lookup"}, {"tool_call_id", "c"}})
      .status
    == 400);
  CHECK(answer_to(nullptr).status == 400);
}

TEST_CASE("ollama: a schema is satisfied and images are seen", "[net][demo]") {
  const Stage stage{ollama()};
  const auto shaped = stage.post(
    chat,
    R"({"model":"demo-small","stream":false,"messages":[{"role":"user","content":"A number."}],
        "format":{"type":"object","properties":{"n":{"type":"integer"}}},"think":true})");
  CHECK(parsed(shaped.body)["message"]["content"] == R"({"n":1})");
  CHECK(parsed(shaped.body)["message"].contains("thinking"));
  const auto seen = stage.post(
    chat,
    R"({"model":"demo-small","stream":false,
        "messages":[{"role":"user","content":"What?","images":["iVBORw0K","AAAA"]}]})");
  const auto text = parsed(seen.body)["message"]["content"].get<std::string>();
  CHECK(text.starts_with("I see 2 images. "));
}

TEST_CASE("ollama: texts are embedded and models listed", "[net][demo]") {
  const Stage stage{ollama()};
  const auto heard = stage.post(
    "/api/embed", R"({"model":"demo-embed","input":["a","b"],"dimensions":4,"truncate":false})");
  const auto body = parsed(heard.body);
  REQUIRE(body["embeddings"].size() == 2);
  CHECK(body["embeddings"][0].size() == 4);
  CHECK(body["embeddings"][0] != body["embeddings"][1]);
  CHECK(body["prompt_eval_count"] == 2);
  const auto one = stage.post("/api/embed", R"({"model":"demo-embed","input":"a"})");
  CHECK(parsed(one.body)["embeddings"].size() == 1);
  CHECK(parsed(stage.call("GET", "/api/tags").body)["models"][1]["name"] == "demo-large");
}

TEST_CASE("ollama: requests at fault are refused with a text", "[net][demo]") {
  struct Row {
    const char* when;
    const char* path;
    std::string body;
    int status;
  };
  const auto asks = [](const std::string& more) {
    return R"({"model":"demo-small","messages":[{"role":"user","content":"a"}],)" + more + "}";
  };
  const auto says = [](const std::string& message) {
    return R"({"model":"demo-small","messages":[)" + message + "]}";
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"broken", chat, "{", 400},
    {"nothing said", chat, says(""), 400},
    {"content in parts", chat, says(R"({"role":"user","content":[]})"), 400},
    {"an odd role", chat, says(R"({"role":"developer","content":"a"})"), 400},
    {"an image that is a URL",
     chat,
     says(R"({"role":"user","content":"a","images":["data:image/png;base64,AAAA"]})"),
     400},
    {"arguments that are text",
     chat,
     says(R"({"role":"assistant","content":"","tool_calls":[
             {"function":{"name":"f","arguments":"{}"}}]})"),
     400},
    {"a length of another dialect", chat, asks(R"("max_tokens":1)"), 400},
    {"an option of another dialect", chat, asks(R"("options":{"max_tokens":1})"), 400},
    {"a stop that is no list", chat, asks(R"("options":{"stop":"a"})"), 400},
    {"an odd format", chat, asks(R"("format":"yaml")"), 400},
    {"an odd thought", chat, asks(R"("think":"max")"), 400},
    {"a tool without parameters",
     chat,
     asks(R"("tools":[{"type":"function","function":{"name":"f"}}])"),
     400},
    {"numbers to embed", "/api/embed", R"({"model":"demo-embed","input":[1]})", 400},
    {"nothing to embed", "/api/embed", R"({"model":"demo-embed"})", 400},
    {"a path of OpenAI's", "/v1/chat/completions", "{}", 404},
    {"an unknown model",
     chat,
     R"({"model":"gone","messages":[{"role":"user","content":"a"}]})",
     404},
  }));
  CAPTURE(row.when);
  const Stage stage{ollama()};
  const auto heard = stage.post(row.path, row.body);
  CHECK(heard.status == row.status);
  CHECK(parsed(heard.body)["error"].is_string());
}

TEST_CASE("ollama: only a locked server wants a key", "[net][demo]") {
  const std::string body = R"({"model":"demo-embed","input":"a"})";
  const auto post = [&](const Stage& stage, const std::string& header) {
    return call(
             stage.port(),
             "POST /api/embed HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + header
               + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body)
      .status;
  };
  const Stage open{ollama()};
  CHECK(post(open, "") == 200);
  CHECK(post(open, "authorization: Bearer any\r\n") == 200);
  auto settings = ollama();
  settings.key = "some-key";
  const Stage locked{settings};
  CHECK(post(locked, "") == 401);
  CHECK(post(locked, "authorization: Bearer any\r\n") == 401);
  CHECK(post(locked, "authorization: Bearer some-key\r\n") == 200);
}
