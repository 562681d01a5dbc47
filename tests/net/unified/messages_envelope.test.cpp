#include "net/unified/messages_envelope.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gateway;

namespace {

/// A body with this content of its one message, and `more` fields behind it.
std::string with(const std::string& content, const std::string& more = "") {
  return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":)" + content + "}]"
    + more + "}";
}

} // namespace

TEST_CASE("what a request in Anthropic's format wants is read", "[unified][envelope]") {
  const std::string body =
    R"({"model":"smart","stream":true,"max_tokens":64,"system":[{"type":"text","text":"Be brief."}],)"
    R"("messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hm"}],)"
    R"("tools":[{"name":"f"}],"models":["a"],"provider":{"order":["x"]}})";
  const auto envelope = read_messages_envelope(body);
  REQUIRE(envelope);
  CHECK(envelope->model == "smart");
  CHECK(envelope->stream);
  CHECK(envelope->max_tokens == 64);
  CHECK(envelope->choices == 1);
  CHECK(envelope->messages == 2);
  CHECK(envelope->tools == 1);
  CHECK(envelope->needs_tools);
  CHECK(envelope->text_bytes == 36 + 7 + 4 + 12); // system, contents and the tool, as written
  CHECK(envelope->preferences.models == std::vector<std::string>{"a"});
  CHECK(envelope->preferences.order == std::vector<std::string>{"x"});
  CHECK(envelope->fields.size() == 8);
}

TEST_CASE("what blocks need of a model is seen, and what they weigh", "[unified][envelope]") {
  struct Row {
    const char* when;
    std::string content;
    std::int64_t text_bytes;
    std::int64_t images;
    std::int64_t files;
  };
  const auto row = GENERATE(
    Row{"text", R"([{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}])", 4, 0, 0},
    Row{
      "an image, whose bytes weigh nothing",
      R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAAAAAA"}}])",
      0,
      1,
      0},
    Row{
      "a file",
      R"([{"source":{"data":"AAAA","type":"base64"},"type":"document","title":"t"}])",
      3,
      0,
      1},
    Row{
      "a file that is text",
      R"([{"type":"document","source":{"data":"abc","type":"text","media_type":"text/plain"}}])",
      5,
      0,
      0},
    Row{
      "a file of blocks",
      R"([{"type":"document","source":{"type":"content","content":[{"type":"text","text":"abc"}]}}])",
      5,
      0,
      0},
    Row{
      "a result with an image",
      R"([{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"a"},{"type":"image","source":{}}]}])",
      3,
      1,
      0},
    Row{
      "a result that is text",
      R"([{"type":"tool_result","tool_use_id":"t","content":"ab"}])",
      4,
      0,
      0},
    Row{
      "a call and thoughts, without what signs them",
      R"([{"type":"thinking","thinking":"hm","signature":"AAAA"},{"type":"redacted_thinking","data":"AAAA"},{"type":"tool_use","id":"t","name":"f","input":{"a":1}}])",
      4 + 3 + 7,
      0,
      0});
  CAPTURE(row.when);
  const auto body = with(row.content);
  const auto envelope = read_messages_envelope(body);
  REQUIRE(envelope);
  CHECK(envelope->text_bytes == row.text_bytes);
  CHECK(envelope->images == row.images);
  CHECK(envelope->needs_vision == (row.images > 0));
  CHECK(envelope->files == row.files);
  CHECK(envelope->needs_files == (row.files > 0));
}

TEST_CASE("an answer's format is a need", "[unified][envelope]") {
  const auto needs = [](const std::string& config) {
    return read_messages_envelope(with("\"a\"", R"(,"output_config":)" + config))
      ->needs_json_schema;
  };
  CHECK(needs(R"({"format":{"type":"json_schema","schema":{}}})"));
  CHECK_FALSE(needs(R"({"effort":"low"})"));
  CHECK_FALSE(needs(R"({"format":null})"));
  CHECK_FALSE(needs("null"));
}

TEST_CASE("what is no request in Anthropic's format is refused", "[unified][envelope]") {
  struct Row {
    const char* when;
    std::string body;
    ErrorKind kind;
    const char* param;
  };
  const auto row = GENERATE(
    Row{"broken", R"({"model":)", ErrorKind::invalid_json, ""},
    Row{"broken behind", with("\"a\"", R"(,"thinking":{"a":tru})"), ErrorKind::invalid_json, ""},
    Row{"a name twice", with("\"a\"", R"(,"model":"n")"), ErrorKind::invalid_json, ""},
    Row{"too deep", with(std::string(70, '[') + std::string(70, ']')), ErrorKind::invalid_json, ""},
    Row{"no model", R"({"max_tokens":1,"messages":[{}]})", ErrorKind::missing_field, "model"},
    Row{"no bound", R"({"model":"m","messages":[{}]})", ErrorKind::missing_field, "max_tokens"},
    Row{"no messages", R"({"model":"m","max_tokens":1})", ErrorKind::missing_field, "messages"},
    Row{
      "no message",
      R"({"model":"m","max_tokens":1,"messages":[]})",
      ErrorKind::invalid_value,
      "messages"},
    Row{
      "a message that is none",
      R"({"model":"m","max_tokens":1,"messages":[{},7]})",
      ErrorKind::invalid_value,
      "messages[1]"},
    Row{"content that is none", with("7"), ErrorKind::invalid_value, "messages[0].content"},
    Row{"a block that is none", with("[7]"), ErrorKind::invalid_value, "messages[0].content"},
    Row{"tools that are none", with("\"a\"", R"(,"tools":{})"), ErrorKind::invalid_value, "tools"},
    Row{"a bound below", with("\"a\"", R"(,"stream":1)"), ErrorKind::invalid_value, "stream"});
  CAPTURE(row.when);
  const auto envelope = read_messages_envelope(row.body);
  REQUIRE_FALSE(envelope);
  CHECK(code_text(envelope.error().kind) == code_text(row.kind));
  CHECK(envelope.error().param == row.param);
}

TEST_CASE(
  "who only counts tokens allows none, and who warms a cache neither", "[unified][envelope]") {
  const std::string counting = R"({"model":"m","messages":[{"role":"user","content":"a"}]})";
  CHECK(read_messages_envelope(counting, true));
  CHECK_FALSE(read_messages_envelope(counting));
  const auto warming = read_messages_envelope(R"({"model":"m","max_tokens":0,"messages":[{}]})");
  REQUIRE(warming);
  CHECK(warming->max_tokens == 0);
}
