#include "tests/net/dialects/header_pairs.hpp"
#include "tests/net/dialects/messages_door.hpp"

using namespace gateway;

namespace {

std::string body_with(const std::string& fields) {
  return R"({"model":"m","max_tokens":5,)" + fields
    + R"("messages":[{"role":"user","content":"a"}]})";
}

std::string sent(const std::string& body, const Quirks& quirks = {}) {
  MessagesTalk talk{body};
  talk.quirks = quirks;
  const auto outgoing = talk.to("anthropic");
  if (!outgoing) return "refused: " + outgoing.error().param;
  auto text = outgoing->body.joined();
  for (const auto& name : outgoing->dropped) text += " -" + name;
  return text;
}

/// A conversation with these messages between a question and another one.
std::string between(const std::string& messages, const std::string& fields = "") {
  return R"({"model":"up",)" + fields
    + R"("max_tokens":5,"messages":[{"role":"user","content":"a"},)" + messages
    + R"({"role":"user","content":"b"}]})";
}

} // namespace

TEST_CASE("a body in Anthropic's format passes, but for what routing is", "[dialects][messages]") {
  const std::string unknown =
    R"("new_thing":{"a":[1, 2]} ,"tools":[{"type":"web_search_20260101","name":"web_search"}],)";
  CHECK(
    sent(body_with(R"("provider":{"order":["x"]},"models":["n"],)" + unknown))
    == R"({"model":"up","max_tokens":5,)" + unknown
      + R"("messages":[{"role":"user","content":"a"}]})");
}

TEST_CASE("a provider's quirks hold for a body that passes", "[dialects][messages]") {
  struct Row {
    const char* when;
    std::string fields;
    Quirks quirks;
    std::string expected; // of the fields
    std::string behind;
  };
  const auto row = GENERATE(
    Row{"dropped", R"("top_k":3,)", {.drop = {"top_k"}}, "", " -top_k"},
    Row{
      "dropped by OpenAI's name",
      R"("stop_sequences":["a"],)",
      {.drop = {"stop"}},
      "",
      " -stop_sequences"},
    Row{
      "dropped within",
      R"("metadata":{"user_id":"u"},)",
      {.drop = {"user"}},
      R"("metadata":{},)",
      " -metadata.user_id"},
    Row{
      "clamped",
      R"("temperature":0.9,)",
      {.clamp = {{"temperature", {0, 0.5}}}},
      R"("temperature":0.5,)",
      " -temperature"},
    Row{"renamed", R"("top_k":3,)", {.rename = {{"top_k", "topk"}}}, R"("topk":3,)", ""},
    Row{
      "a version without sampling",
      R"("temperature":1,"top_p":1,"top_k":1,)",
      {.api_version = "2026-10-21"},
      "",
      " -temperature -top_p -top_k"});
  CAPTURE(row.when);
  CHECK(
    sent(body_with(row.fields), row.quirks)
    == R"({"model":"up","max_tokens":5,)" + row.expected
      + R"("messages":[{"role":"user","content":"a"}]})" + row.behind);
  CHECK(sent(body_with(R"("container":"c",)"), {.reject = {"container"}}) == "refused: container");
}

TEST_CASE("thoughts of other models are not shown to Anthropic", "[dialects][messages]") {
  struct Row {
    const char* when;
    std::string said;
    std::string passed;
  };
  const std::string own = R"({"type":"thinking","thinking":"h","signature":"c2ln"})";
  const std::string foreign =
    R"({"type":"thinking","thinking":"m","signature":"llm-gateway:openai:"})";
  const std::string call_signature =
    R"({"type":"redacted_thinking","data":"llm-gateway:gemini:c2ln"})";
  const std::string call = R"({"type":"tool_use","id":"t","name":"f","input":{}})";
  const auto assistant = [](const std::string& blocks) {
    return R"({"role":"assistant","content":[)" + blocks + "]},";
  };
  const auto row = GENERATE_COPY(
    Row{"its own", assistant(own + "," + call), assistant(own + "," + call)},
    Row{"first", assistant(foreign + "," + call), assistant(call)},
    Row{"last", assistant(call + ", " + foreign), assistant(call)},
    Row{"between", assistant(own + "," + call_signature + "," + call), assistant(own + "," + call)},
    Row{"several", assistant(foreign + "," + call_signature + "," + call), assistant(call)},
    Row{"nothing else", assistant(foreign), ""},
    Row{
      "their mark in a text",
      assistant(R"({"type":"text","text":"llm-gateway:x"})"),
      assistant(R"({"type":"text","text":"llm-gateway:x"})")});
  CAPTURE(row.when);
  CHECK(sent(between(row.said)) == between(row.passed));
}

TEST_CASE("without its thoughts nobody thinks by a budget", "[dialects][messages]") {
  const std::string said =
    R"({"role":"assistant","content":[{"type":"thinking","thinking":"m","signature":"llm-gateway::"},{"type":"text","text":"x"}]},)";
  const std::string left = R"({"role":"assistant","content":[{"type":"text","text":"x"}]},)";
  const std::string budget = R"("thinking":{"type":"enabled","budget_tokens":1024},)";
  const std::string adaptive = R"("thinking":{"type":"adaptive"},)";
  CHECK(sent(between(said, budget)) == between(left) + " -thinking");
  CHECK(sent(between(left, budget)) == between(left, budget));
  CHECK(sent(between(said, adaptive)) == between(left, adaptive));
}

TEST_CASE("betas go along to Anthropic, and no other header", "[dialects][messages]") {
  const auto headers_for = [](std::vector<Header> sent_headers) {
    const Secret key{"k"};
    MessagesTalk talk{body_with(""), std::move(sent_headers)};
    talk.target.api_key = &key;
    const auto outgoing = talk.to("anthropic");
    REQUIRE(outgoing);
    CHECK(outgoing->path == "/v1/messages");
    return header_pairs(outgoing->headers);
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  const auto usual = [](const std::string& betas) {
    Pairs pairs{{"anthropic-version", "2023-06-01"}};
    if (!betas.empty()) pairs.emplace_back("anthropic-beta", betas);
    pairs.emplace_back("content-type", "application/json");
    pairs.emplace_back("x-api-key", "k");
    return pairs;
  };
  CHECK(headers_for({{"x-api-key", "mine"}, {"anthropic-version", "2026-10-21"}}) == usual(""));
  CHECK(
    headers_for({{"Anthropic-Beta", "a-2026-01-01, b_2.0"}, {"anthropic-beta", "c"}})
    == usual("a-2026-01-01,b_2.0,c"));
  CHECK(headers_for({{"anthropic-beta", "a b,,\xFF,c;d,ok"}}) == usual("ok"));
  CHECK(
    headers_for({{"anthropic-beta", std::string_view{"x"}}, {"anthropic-beta", ","}})
    == usual("x"));
  std::string many;
  for (int i = 0; i < 40; ++i) many += "b,";
  std::string bounded = "b";
  for (int i = 1; i < 32; ++i) bounded += ",b";
  CHECK(headers_for({{"anthropic-beta", many}}) == usual(bounded));
}
