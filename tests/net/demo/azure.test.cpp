#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

constexpr const char* chat = "/openai/v1/chat/completions";
constexpr const char* deployed =
  "/openai/deployments/demo-small/chat/completions?api-version=2024-10-21";

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

DemoSettings azure() {
  DemoSettings settings;
  settings.dialect = "azure";
  return settings;
}

std::string asks(const char* words, json more = json::object()) {
  more["model"] = "demo-small";
  more["messages"] = json::array({{{"role", "user"}, {"content", words}}});
  return more.dump();
}

} // namespace

TEST_CASE("azure: a chat is answered with what its filter found", "[net][demo]") {
  const Stage stage{azure()};
  const auto heard = stage.post(chat, asks("echo: hi there"));
  CHECK(heard.status == 200);
  CHECK(heard.header("apim-request-id").starts_with("req_"));
  const auto body = parsed(heard.body);
  CHECK(body["choices"][0]["message"]["content"] == "hi there");
  CHECK(body["choices"][0]["content_filter_results"]["hate"]["filtered"] == false);
  CHECK(body["prompt_filter_results"][0]["prompt_index"] == 0);
  CHECK(body["usage"]["completion_tokens"] == 2);
}

TEST_CASE("azure: the path of a deployment names the model", "[net][demo]") {
  const Stage stage{azure()};
  const auto heard = stage.post(
    deployed, R"({"model":"whatever","messages":[{"role":"user","content":"echo: a"}]})");
  CHECK(heard.status == 200);
  CHECK(parsed(heard.body)["model"] == "demo-small");
  const auto vectors = stage.post(
    "/openai/deployments/demo-embed/embeddings?api-version=2025-04-01-preview",
    R"({"input":"a","dimensions":2})");
  CHECK(parsed(vectors.body)["data"][0]["embedding"].size() == 2);
}

TEST_CASE("azure: a path is known with the version it needs alone", "[net][demo]") {
  struct Row {
    const char* path;
    int status;
  };
  const auto row = GENERATE(
    Row{"/openai/v1/chat/completions?api-version=preview", 200},
    Row{"/openai/v1/chat/completions?api-version=v1", 200},
    Row{"/openai/v1/chat/completions?api-version=2024-10-21", 404},
    Row{"/openai/v1/chat/completions?version=v1", 404},
    Row{"/openai/deployments/demo-small/chat/completions", 404},
    Row{"/openai/deployments/demo-small/chat/completions?api-version=preview", 404},
    Row{"/openai/deployments/demo-small/chat/completions?api-version=2024-10-2", 404},
    Row{"/openai/deployments/demo-small/chat/completions?api-version=2024-10-21&a=b", 404},
    Row{"/openai/deployments/demo-small/models?api-version=2024-10-21", 404},
    Row{"/openai/deployments//chat/completions?api-version=2024-10-21", 404},
    Row{"/openai/deployments/gone/chat/completions?api-version=2024-10-21", 404},
    Row{"/v1/chat/completions", 404},
    Row{"/chat/completions", 404});
  CAPTURE(row.path);
  const Stage stage{azure()};
  CHECK(stage.post(row.path, asks("echo: a")).status == row.status);
}

TEST_CASE("azure: a stream begins with what its filter made of the prompt", "[net][demo]") {
  const Stage stage{azure()};
  const auto heard = stage.post(
    deployed, asks("echo: one", {{"stream", true}, {"stream_options", {{"include_usage", true}}}}));
  const auto events = heard.events();
  REQUIRE(events.size() == 6);
  const auto first = parsed(events[0]);
  CHECK(first["choices"] == json::array());
  CHECK(first["id"] == "");
  CHECK(first["prompt_filter_results"].size() == 1);
  CHECK(parsed(events[1])["choices"][0]["delta"]["role"] == "assistant");
  const auto word = parsed(events[2])["choices"][0];
  CHECK(word["delta"]["content"] == "one");
  CHECK(word["content_filter_results"]["violence"]["severity"] == "safe");
  CHECK(parsed(events[3])["choices"][0]["finish_reason"] == "stop");
  CHECK(parsed(events[4])["usage"]["completion_tokens"] == 1);
  CHECK(events[5] == "[DONE]");
}

TEST_CASE("azure: the key stands in its own header, and there alone", "[net][demo]") {
  const Stage stage{azure()};
  const auto status_with = [&](const char* headers) {
    const auto body = asks("echo: a");
    const auto request = fmt::format(
      "POST {} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}content-length: {}\r\n\r\n{}",
      chat,
      headers,
      body.size(),
      body);
    return call(stage.port(), request).status;
  };
  CHECK(status_with("api-key: a\r\n") == 200);
  CHECK(status_with("") == 401);
  CHECK(status_with("authorization: Bearer a\r\n") == 401);
  CHECK(status_with("api-key: a\r\nauthorization: Bearer a\r\n") == 401);
}

TEST_CASE("azure: what it does not know is refused by name", "[net][demo]") {
  const Stage stage{azure()};
  const auto refused = [&](const char* path, const std::string& body) {
    const auto heard = stage.post(path, body);
    CHECK(heard.status == 400);
    return parsed(heard.body)["error"]["param"];
  };
  CHECK(refused(chat, asks("a", {{"provider", json::object()}})) == "provider");
  CHECK(refused(chat, asks("a", {{"temperature", 3}})) == "temperature");
  CHECK(
    refused("/openai/v1/embeddings", R"({"model":"demo-embed","input":"a","task":"b"})") == "task");
}

TEST_CASE("azure: errors come with a code and a text", "[net][demo]") {
  const Stage stage{azure()};
  const auto error_of = [&](const std::string& order) {
    stage.order(order);
    return parsed(stage.post(chat, asks("echo: a")).body)["error"];
  };
  CHECK(
    error_of(R"({"fail":"429","wait_ms":6500})")
    == json{
      {"code", "429"},
      {"message",
       "Requests have exceeded the rate limit of your current pricing tier. Please retry after 7 "
       "seconds."}});
  CHECK(error_of(R"({"fail":"404"})")["code"] == "DeploymentNotFound");
  CHECK(error_of(R"({"fail":"401"})")["code"] == "401");
  CHECK(error_of(R"({"fail":"500"})")["code"] == "InternalServerError");
  stage.order(R"({"fail":"none"})");
  CHECK(parsed(stage.post("/nowhere", "{}").body)["error"]["code"] == "404");
}

TEST_CASE("azure: limits are told without their resets", "[net][demo]") {
  auto settings = azure();
  DemoRule requests;
  requests.limit = 1;
  settings.rules = {requests};
  const Stage stage{settings};
  const auto first = stage.post(chat, asks("echo: a"));
  CHECK(first.header("x-ratelimit-limit-requests") == "1");
  CHECK(first.header("x-ratelimit-remaining-requests") == "0");
  CHECK(first.header("x-ratelimit-reset-requests").empty());
  const auto second = stage.post(chat, asks("echo: a"));
  CHECK(second.status == 429);
  CHECK(second.header("retry-after") == "60");
  CHECK_FALSE(second.header("retry-after-ms").empty());
}
