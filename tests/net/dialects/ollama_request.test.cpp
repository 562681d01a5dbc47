#include "tests/net/dialects/header_pairs.hpp"
#include "tests/net/dialects/request_rows.hpp"

namespace gateway {
const Dialect& ollama_dialect();
}

using namespace gateway;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_CASE("messages are written as Ollama's", "[dialects][ollama]") {
  check_written_rows(ollama_dialect(), "ollama/messages.json");
}

TEST_CASE("tools and formats are written as Ollama's", "[dialects][ollama]") {
  check_written_rows(ollama_dialect(), "ollama/tools.json");
}

TEST_CASE("parameters are written as Ollama's", "[dialects][ollama]") {
  check_written_rows(ollama_dialect(), "ollama/parameters.json");
}

TEST_CASE("what Ollama can't take is refused, or dropped where told so", "[dialects][ollama]") {
  check_refused_rows(ollama_dialect(), "ollama/refused.json");
}

TEST_CASE("a choice that Ollama can't be held to still narrows the tools", "[dialects][ollama]") {
  Quirks lenient;
  lenient.drop_unsupported = true;
  const auto tools_for = [&](const char* choice) {
    const auto row = Fixture::parse(
      R"({"model":"m","request":{"tools":[{"name":"f"},{"name":"g"}],"tool_choice":)"
      + std::string{choice} + "}}");
    const auto outgoing = write_row(ollama_dialect(), row, lenient);
    REQUIRE(outgoing);
    CHECK(outgoing->dropped == std::vector<std::string>{"tool_choice"});
    const auto body = Fixture::parse(outgoing->body.joined());
    std::vector<std::string> names;
    for (const auto& tool : body.at("tools")) names.push_back(tool.at("function").at("name"));
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(tools_for(R"({"kind":"function","name":"g"})") == Names{"g"});
  CHECK(tools_for(R"({"kind":"required"})") == Names{"f", "g"});
  CHECK(tools_for(R"({"kind":"required","allowed":["f"]})") == Names{"f"});
}

TEST_CASE("a request to Ollama has the right path and head", "[dialects][ollama]") {
  struct Row {
    const char* when;
    std::string base_path;
    std::string key;
    std::string path;
    Headers credentials;
  };
  const auto row = GENERATE(values<Row>({
    {"a server nearby, which wants no key", "", "", "/api/chat", {}},
    {"the cloud", "", "k", "/api/chat", {{"authorization", "Bearer k"}}},
    {"a slash too many", "/", "", "/api/chat", {}},
    {"the folder of the API is named", "/api/", "", "/api/chat", {}},
    {"the other API's folder is named", "/v1", "", "/api/chat", {}},
    {"a proxy's path", "/ollama/", "", "/ollama/api/chat", {}},
  }));
  CAPTURE(row.when);
  const Secret key{row.key};
  Target target;
  target.base_path = row.base_path;
  target.upstream_model = "qwen3:8b";
  target.api_key = &key;
  const auto outgoing = ollama_dialect().write_chat(request_of(Fixture::object()), target);
  REQUIRE(outgoing);
  CHECK(outgoing->path == row.path);
  Headers headers{{"content-type", "application/json"}};
  headers.insert(headers.end(), row.credentials.begin(), row.credentials.end());
  CHECK(header_pairs(outgoing->headers) == headers);
}

TEST_CASE("quirks change what is sent to Ollama", "[dialects][ollama]") {
  Quirks quirks;
  quirks.drop = {"seed"};
  quirks.chat_path = "/chat";
  quirks.auth = "header:x-key";
  quirks.extra_body = {
    {"options", R"({"num_ctx":32768,"temperature":0.1})"},
    {"keep_alive", R"("1h")"},
    {"truncate", "true"}};
  const Secret key{"k"};
  Target target;
  target.base_path = "/api";
  target.upstream_model = "qwen3:8b";
  target.api_key = &key;
  target.quirks = &quirks;
  target.max_output = 100;
  auto request = request_of(Fixture::object());
  request.temperature = 1;
  request.seed = 7;
  request.max_tokens = 101;
  const auto outgoing = ollama_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(outgoing->path == "/api/chat");
  CHECK(
    header_pairs(outgoing->headers)
    == Headers{{"content-type", "application/json"}, {"x-key", "k"}});
  CHECK(
    outgoing->body.joined()
    == R"({"model":"qwen3:8b","messages":[{"role":"user","content":"Hi"}],)"
       R"("options":{"num_ctx":32768,"temperature":1.0,"num_predict":100},"stream":false,)"
       R"("keep_alive":"1h","truncate":true})");
  CHECK(outgoing->dropped == std::vector<std::string>{"max_tokens", "seed"});
}
