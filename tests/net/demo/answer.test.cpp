#include "net/demo/answer.hpp"

#include "net/demo/words.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const auto& piece : pieces) whole += piece;
  return whole;
}

DemoRequest asking(std::string prompt) {
  DemoRequest request;
  request.model = "demo-small";
  request.turns = {{DemoRole::user, std::move(prompt), 0}};
  return request;
}

DemoAnswer answer_to(const DemoRequest& request) {
  return compose_answer(request, {}, "id");
}

} // namespace

TEST_CASE("tokens are words with their space and marks, and give the text back", "[net][demo]") {
  struct Row {
    const char* text;
    std::vector<std::string_view> tokens;
  };
  const auto row = GENERATE(
    Row{"", {}},
    Row{"Hello, big world.", {"Hello,", " big", " world."}},
    Row{"extraordinary", {"extraor", "dinary"}},
    Row{"  two  spaces ", {"  two", "  spaces", " "}},
    Row{"{\"a\":12}", {"{\"", "a\":", "12}"}},
    Row{"?!?!?!", {"?!?", "!?!"}},
    Row{
      "Gr\xc3\xbc\xc3\x9f"
      "e \xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96",
      {"Gr\xc3\xbc\xc3\x9f"
       "e",
       " \xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96"}});
  CAPTURE(row.text);
  CHECK(demo_tokens(row.text) == row.tokens);
  CHECK(count_demo_tokens(row.text) == static_cast<std::int64_t>(row.tokens.size()));
}

TEST_CASE("no token ends inside a code point", "[net][demo]") {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\xf0\x9f\x8c\x8d\xe2\x82\xac";
  std::string whole;
  for (const auto token : demo_tokens(text)) {
    CHECK((static_cast<unsigned char>(token.front()) & 0xc0) != 0x80);
    whole += token;
  }
  CHECK(whole == text);
}

TEST_CASE("special prompts are answered to the letter", "[net][demo]") {
  struct Row {
    const char* prompt;
    const char* text;
  };
  const auto row = GENERATE(
    Row{"echo: say  this", "say  this"},
    Row{"count to 5", "1 2 3 4 5"},
    Row{"count to nothing", ""},
    Row{
      "describe the request",
      R"({"model":"demo-small","turns":[{"role":"user","text":"describe the request"}],)"
      R"("tools":[],"max_tokens":0,"stops":[],"stream":false})"});
  const auto answer = answer_to(asking(row.prompt));
  CHECK(joined(answer.text) == row.text);
  CHECK(answer.finish == DemoFinish::stop);
  CHECK(answer.output_tokens == static_cast<std::int64_t>(answer.text.size()));
}

TEST_CASE("made-up answers repeat with the seed and have the wished length", "[net][demo]") {
  const auto request = asking("How are you?");
  CHECK(compose_answer(request, {1, 0}, "a").text == compose_answer(request, {1, 0}, "b").text);
  CHECK(compose_answer(request, {1, 0}, "a").text != compose_answer(request, {2, 0}, "a").text);
  CHECK(joined(compose_answer(request, {1, 5'000}, "a").text).size() >= 5'000);
}

TEST_CASE("an answer ends where it must", "[net][demo]") {
  auto request = asking("count to 9");
  SECTION("at max_tokens") {
    request.max_tokens = 3;
    const auto answer = answer_to(request);
    CHECK(joined(answer.text) == "1 2 3");
    CHECK(answer.finish == DemoFinish::length);
    CHECK(answer.output_tokens == 3);
  }
  SECTION("at max_tokens, of which the reasoning takes its part") {
    request.max_tokens = 10;
    request.reasoning = true;
    const auto answer = answer_to(request);
    CHECK(joined(answer.reasoning) == "Let me think about this for a moment.");
    CHECK(joined(answer.text) == "1 2");
    CHECK(answer.reasoning_tokens == 8);
    CHECK(answer.output_tokens == 10);
  }
  SECTION("at the first stop sequence") {
    request.stops = {"7", " 4"};
    const auto answer = answer_to(request);
    CHECK(joined(answer.text) == "1 2 3");
    CHECK(answer.finish == DemoFinish::stop_sequence);
    CHECK(answer.stop_sequence == " 4");
  }
}

TEST_CASE("tools are called when told and when forced", "[net][demo]") {
  auto request = asking("Hello");
  request.tools = {
    {"weather", R"({"type":"object","properties":{"city":{"type":"string"}}})"},
    {"clock", R"({"type":"object","properties":{"zone":{"enum":["UTC","CET"]}}})"}};
  SECTION("not without a reason") {
    CHECK(answer_to(request).calls.empty());
  }
  SECTION("told to, with arguments") {
    request.turns[0].text = R"(call the tool {"city":"Bern"})";
    const auto answer = answer_to(request);
    REQUIRE(answer.calls.size() == 1);
    CHECK(answer.calls[0].name == "weather");
    CHECK(answer.calls[0].arguments == R"({"city":"Bern"})");
    CHECK(answer.finish == DemoFinish::tool_calls);
    CHECK(answer.text.empty());
  }
  SECTION("told to call all of them") {
    request.turns[0].text = "call the tools";
    const auto answer = answer_to(request);
    REQUIRE(answer.calls.size() == 2);
    CHECK(answer.calls[0].arguments == R"({"city":"something"})");
    CHECK(answer.calls[1].arguments == R"({"zone":"UTC"})");
    CHECK(answer.calls[0].id != answer.calls[1].id);
    request.parallel_tools = false;
    CHECK(answer_to(request).calls.size() == 1);
  }
  SECTION("forced to call that one") {
    request.tool_choice = DemoToolChoice::required;
    request.tool_wanted = "clock";
    REQUIRE(answer_to(request).calls.size() == 1);
    CHECK(answer_to(request).calls[0].name == "clock");
  }
  SECTION("forbidden to") {
    request.turns[0].text = "call the tool";
    request.tool_choice = DemoToolChoice::none;
    CHECK(answer_to(request).calls.empty());
  }
  SECTION("done, with the result in hand") {
    request.turns[0].text = "call the tool";
    request.turns.push_back({DemoRole::tool, "sunny", 0});
    CHECK(joined(answer_to(request).text) == "The tool said: sunny");
  }
}

TEST_CASE("images are seen and counted", "[net][demo]") {
  auto request = asking("What is this?");
  request.turns[0].images = 2;
  CHECK(joined(answer_to(request).text).starts_with("I see 2 images. "));
}

TEST_CASE("embeddings are unit vectors that tell texts apart", "[net][demo]") {
  const auto one = demo_embedding("a cat", 16);
  REQUIRE(one.size() == 16);
  float squares = 0;
  for (const float value : one) squares += value * value;
  CHECK(squares == Approx(1));
  CHECK(demo_embedding("a cat", 16) == one);
  CHECK(demo_embedding("a dog", 16) != one);
  CHECK(demo_embedding("a cat", 0).size() == 64);
}
