#include "tests/net/dialects/header_pairs.hpp"
#include "tests/net/dialects/request_rows.hpp"

namespace gateway {
const Dialect& anthropic_dialect();
}

using namespace gateway;
using nlohmann::json;

namespace {

Fixture row_of(const char* model, const char* request) {
  return Fixture{{"model", model}, {"request", Fixture::parse(request)}};
}

json body_of(const OutgoingRequest& outgoing) {
  return json::parse(outgoing.body.joined());
}

using Headers = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_CASE("messages are written as Anthropic's", "[dialects][anthropic]") {
  check_written_rows(anthropic_dialect(), "anthropic/messages.json");
}

TEST_CASE("tools and formats are written as Anthropic's", "[dialects][anthropic]") {
  check_written_rows(anthropic_dialect(), "anthropic/tools.json");
}

TEST_CASE("parameters are written as Anthropic's", "[dialects][anthropic]") {
  check_written_rows(anthropic_dialect(), "anthropic/parameters.json");
}

TEST_CASE(
  "what Anthropic can't take is refused, or dropped where told so", "[dialects][anthropic]") {
  check_refused_rows(anthropic_dialect(), "anthropic/refused.json");
}

TEST_CASE("a dropped format and choice leave the best there is", "[dialects][anthropic]") {
  Quirks lenient;
  lenient.drop_unsupported = true;
  const auto row = row_of(
    "claude-opus-5-5",
    R"({"tools":[{"name":"f"}],"tool_choice":{"kind":"required"},
        "response_format":{"kind":"json_schema","schema":{"type":"object"}}})");
  const auto outgoing = write_row(anthropic_dialect(), row, lenient);
  REQUIRE(outgoing);
  const auto body = body_of(*outgoing);
  CHECK(body.at("tool_choice") == json{{"type", "auto"}});
  CHECK(
    body.at("system").at(0).at("text")
    == "Reply with one JSON object only, of this JSON Schema: {\"type\":\"object\"}");
}

TEST_CASE("a request to Anthropic has the right path and head", "[dialects][anthropic]") {
  struct Row {
    const char* when;
    std::string base_path;
    Quirks quirks;
    std::string path;
    Headers headers;
  };
  const auto with = [](auto change) {
    Quirks quirks;
    change(quirks);
    return quirks;
  };
  const Headers usual{{"anthropic-version", "2023-06-01"}, {"content-type", "application/json"}};
  const auto and_key = [&](std::string name, std::string key) {
    auto headers = usual;
    headers.emplace_back(std::move(name), std::move(key));
    return headers;
  };
  const auto row = GENERATE_COPY(values<Row>({
    {"as the SDK has it", "", {}, "/v1/messages", and_key("x-api-key", "k")},
    {"the version is there", "/v1", {}, "/v1/messages", and_key("x-api-key", "k")},
    {"another vendor's", "/anthropic", {}, "/anthropic/v1/messages", and_key("x-api-key", "k")},
    {"a bearer key",
     "",
     with([](auto& q) { q.auth = "bearer"; }),
     "/v1/messages",
     and_key("authorization", "Bearer k")},
    {"a header of its own",
     "",
     with([](auto& q) { q.auth = "header:x-key"; }),
     "/v1/messages",
     and_key("x-key", "k")},
    {"no key", "", with([](auto& q) { q.auth = "none"; }), "/v1/messages", usual},
    {"another version, path and header",
     "/x",
     with([](auto& q) {
       q.api_version = "2026-10-21";
       q.chat_path = "/chat";
       q.extra_headers = {{"X-API-Key", "other"}, {"a", "b"}};
     }),
     "/x/chat",
     {{"anthropic-version", "2026-10-21"},
      {"content-type", "application/json"},
      {"x-api-key", "other"},
      {"a", "b"}}},
  }));
  CAPTURE(row.when);
  const Secret key{"k"};
  Target target;
  target.base_path = row.base_path;
  target.upstream_model = "claude-haiku-5-5";
  target.api_key = &key;
  target.quirks = &row.quirks;
  const auto outgoing = anthropic_dialect().write_chat(request_of(Fixture::object()), target);
  REQUIRE(outgoing);
  CHECK(outgoing->path == row.path);
  CHECK(header_pairs(outgoing->headers) == row.headers);
}

TEST_CASE("a file of Anthropic's own needs its beta", "[dialects][anthropic]") {
  const auto row = row_of(
    "claude-haiku-5-5",
    R"({"messages":[{"role":"user","blocks":[{"kind":"image","file_id":"file_011"}]}]})");
  const auto outgoing = write_row(anthropic_dialect(), row);
  REQUIRE(outgoing);
  CHECK(
    header_pairs(outgoing->headers).at(1)
    == std::pair<std::string, std::string>{"anthropic-beta", "files-api-2025-04-14"});
  CHECK(
    body_of(*outgoing).at("messages").at(0).at("content").at(0).at("source")
    == json{{"type", "file"}, {"file_id", "file_011"}});
}

TEST_CASE("quirks change what is sent to Anthropic", "[dialects][anthropic]") {
  Quirks quirks;
  quirks.drop = {"temperature", "stop"};
  quirks.clamp = {{"top_p", {0.2, 0.8}}};
  quirks.extra_body = {{"speed", R"("fast")"}, {"max_tokens", "1"}, {"broken", "{"}};
  const auto row = row_of("claude-opus-4-1", R"({"temperature":0.5,"top_p":0.9,"stop":["x"]})");
  const auto outgoing = write_row(anthropic_dialect(), row, quirks);
  REQUIRE(outgoing);
  const auto body = body_of(*outgoing);
  CHECK(body.at("top_p") == 0.8);
  CHECK(body.at("speed") == "fast");
  CHECK(body.at("max_tokens") == 4096);
  CHECK_FALSE(body.contains("broken"));
  CHECK_FALSE(body.contains("temperature"));
  CHECK_FALSE(body.contains("stop_sequences"));
  CHECK(outgoing->dropped == std::vector<std::string>{"temperature", "top_p", "stop"});

  quirks.reject = {"temperature"};
  const auto refused = write_row(anthropic_dialect(), row, quirks);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().param == "temperature");
}

TEST_CASE("Anthropic's length is by default what the model can", "[dialects][anthropic]") {
  Target target;
  target.upstream_model = "claude-haiku-5-5";
  target.max_output = 9000;
  auto request = request_of(Fixture::object());
  auto outgoing = anthropic_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(body_of(*outgoing).at("max_tokens") == 9000);
  request.max_tokens = 9001;
  outgoing = anthropic_dialect().write_chat(request, target);
  REQUIRE(outgoing);
  CHECK(body_of(*outgoing).at("max_tokens") == 9000);
  CHECK(outgoing->dropped == std::vector<std::string>{"max_tokens"});
}

TEST_CASE("the API version of 2026-10-21 takes no sampling parameter", "[dialects][anthropic]") {
  Quirks quirks;
  quirks.api_version = "2026-10-21";
  const auto row = row_of("claude-opus-4-1", R"({"temperature":1})");
  const auto outgoing = write_row(anthropic_dialect(), row, quirks);
  REQUIRE(outgoing);
  CHECK_FALSE(body_of(*outgoing).contains("temperature"));
  CHECK(outgoing->dropped == std::vector<std::string>{"temperature"});
}

TEST_CASE("Anthropic has no embeddings", "[dialects][anthropic]") {
  const auto written = anthropic_dialect().write_embeddings({}, {});
  REQUIRE_FALSE(written);
  CHECK(written.error().kind == ErrorKind::unsupported_parameter);
  CHECK_FALSE(anthropic_dialect().read_embeddings("{}", {}));
}
