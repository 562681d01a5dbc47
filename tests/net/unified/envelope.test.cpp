#include "net/unified/envelope.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gateway;

namespace {

Result<Envelope> chat(std::string_view body) {
  return EnvelopeReader{}.read_chat(body);
}

/// A chat body with these fields behind the model and one message.
std::string with(const std::string& fields) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + fields + "}";
}

} // namespace

TEST_CASE("what a plain chat request wants is read", "[unified][envelope]") {
  const std::string body =
    R"({"model":"smart","stream":true,"stream_options":{"include_usage":true},"max_tokens":64,)"
    R"("messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}],"n":2})";
  const auto envelope = chat(body);
  REQUIRE(envelope);
  CHECK(envelope->model == "smart");
  CHECK(envelope->stream);
  CHECK(envelope->include_usage);
  CHECK(envelope->max_tokens == 64);
  CHECK(envelope->choices == 2);
  CHECK(envelope->messages == 2);
  CHECK(envelope->text_bytes == 18); // two contents, quotes included
  CHECK(envelope->tools == 0);
  CHECK_FALSE(envelope->needs_vision);
  CHECK_FALSE(envelope->needs_audio);
  CHECK_FALSE(envelope->needs_files);
  CHECK_FALSE(envelope->needs_tools);
  CHECK_FALSE(envelope->needs_json_schema);
  CHECK(envelope->preferences.empty());
}

TEST_CASE("every top-level field has its place in the body", "[unified][envelope]") {
  const std::string body =
    "\n{ \"model\" : \"m\" ,\t\"messages\":[{}], \"x\":{\"y\":[1, 2]} ,\"z\":-1.5 }\n";
  const auto envelope = chat(body);
  REQUIRE(envelope);
  REQUIRE(envelope->fields.size() == 4);
  const auto field = [&](std::size_t i) { return envelope->fields[i]; };
  const auto text = [&](std::size_t i) {
    return body.substr(field(i).begin, field(i).value_end - field(i).begin);
  };
  CHECK(text(0) == R"("model" : "m")");
  CHECK(text(1) == R"("messages":[{}])");
  CHECK(text(2) == R"("x":{"y":[1, 2]})");
  CHECK(text(3) == R"("z":-1.5)");
  CHECK(field(2).name == "x");
  CHECK(body.substr(field(2).value_begin, 3) == "{\"y");
}

TEST_CASE("what a request needs of a model is seen wherever it stands", "[unified][envelope]") {
  struct Row {
    const char* when;
    std::string body;
    bool vision, audio, files, tools, schema;
  };
  const auto part = [](const std::string& parts) {
    return R"({"model":"m","messages":[{"role":"user","content":[)" + parts + "]}]}";
  };
  const auto row = GENERATE_COPY(
    Row{
      "text parts only", part(R"({"type":"text","text":"hi"})"), false, false, false, false, false},
    Row{
      "an image",
      part(R"({"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"https://x"}})"),
      true,
      false,
      false,
      false,
      false},
    Row{
      "an image whose type comes last",
      part(R"({"image_url":{"url":"data:image/png;base64,AA"},"type":"image_url"})"),
      true,
      false,
      false,
      false,
      false},
    Row{
      "an image whose name is written with escapes",
      part(R"({"type":"image_url","image\u005furl":{"url":"https://x"}})"),
      true,
      false,
      false,
      false,
      false},
    Row{
      "sound",
      part(R"({"type":"input_audio","input_audio":{"data":"AA","format":"wav"}})"),
      false,
      true,
      false,
      false,
      false},
    Row{
      "a file",
      part(R"({"type":"file","file":{"file_id":"f"}})"),
      false,
      false,
      true,
      false,
      false},
    Row{"tools", with(R"("tools":[{"type":"function"}])"), false, false, false, true, false},
    Row{"functions", with(R"("functions":[{"name":"f"}])"), false, false, false, true, false},
    Row{"no tools", with(R"("tools":[])"), false, false, false, false, false},
    Row{"tools that are null", with(R"("tools":null)"), false, false, false, false, false},
    Row{
      "a schema",
      with(R"("response_format":{"type":"json_schema","json_schema":{}})"),
      false,
      false,
      false,
      false,
      true},
    Row{
      "any JSON",
      with(R"("response_format":{"type":"json_object"})"),
      false,
      false,
      false,
      false,
      false},
    Row{
      "spoken answers", with(R"("modalities":["text","audio"])"), false, true, false, false, false},
    Row{"written answers", with(R"("modalities":["text"])"), false, false, false, false, false});
  CAPTURE(row.when);
  const auto envelope = chat(row.body);
  REQUIRE(envelope);
  CHECK(envelope->needs_vision == row.vision);
  CHECK(envelope->needs_audio == row.audio);
  CHECK(envelope->needs_files == row.files);
  CHECK(envelope->needs_tools == row.tools);
  CHECK(envelope->needs_json_schema == row.schema);
}

TEST_CASE("text is measured, media are counted", "[unified][envelope]") {
  const std::string base64(100'000, 'A');
  const auto envelope = chat(
    R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"12345678"},)"
    R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)"
    + base64 + R"("}},{"type":"file","file":{"file_data":")" + base64
    + R"("}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]}],"tools":[{"x":1}]})");
  REQUIRE(envelope);
  CHECK(envelope->images == 1);
  CHECK(envelope->files == 1);
  CHECK(envelope->messages == 2);
  CHECK(envelope->tools == 1);
  // "12345678" and null, the calls, the tool: as they are written.
  CHECK(envelope->text_bytes == 10 + 4 + 12 + 7);
}

TEST_CASE("a bound on tokens may have either name", "[unified][envelope]") {
  CHECK(chat(with(R"("max_tokens":5)"))->max_tokens == 5);
  CHECK(chat(with(R"("max_completion_tokens":6)"))->max_tokens == 6);
  CHECK(chat(with(R"("max_completion_tokens":6,"max_tokens":5)"))->max_tokens == 6);
  CHECK(chat(with(R"("max_tokens":5,"max_completion_tokens":null)"))->max_tokens == 5);
  CHECK_FALSE(chat(with(R"("max_tokens":null)"))->max_tokens);
}

TEST_CASE("routing preferences are read", "[unified][envelope]") {
  const auto envelope = chat(
    R"({"models":["a","b\u002fc"],"messages":[{}],"provider":{"order":["groq"],"only":["groq","x"],)"
    R"("ignore":["y"],"sort":"price","max_price":{"prompt":1.5,"completion":"2"},)"
    R"("allow_fallbacks":false,"require_parameters":true}})");
  REQUIRE(envelope);
  CHECK(envelope->model.empty());
  const auto& wanted = envelope->preferences;
  CHECK_FALSE(wanted.empty());
  CHECK(wanted.models == std::vector<std::string>{"a", "b/c"});
  CHECK(wanted.order == std::vector<std::string>{"groq"});
  CHECK(wanted.only == std::vector<std::string>{"groq", "x"});
  CHECK(wanted.ignore == std::vector<std::string>{"y"});
  CHECK(wanted.sort == "price");
  CHECK(wanted.max_price_input == 1.5);
  CHECK(wanted.max_price_output == 2.0);
  CHECK_FALSE(wanted.allow_fallbacks);

  CHECK(chat(with(R"("models":null,"provider":null)"))->preferences.empty());
}

TEST_CASE("a name in escapes is the name it stands for", "[unified][envelope]") {
  const std::string body = R"({"mod\u0065l":"a\/b\u00e9","messages":[{}],"\u0073tream":true})";
  auto envelope = chat(body);
  REQUIRE(envelope);
  const auto moved = std::move(*envelope); // what the views point to moves along
  CHECK(moved.model == "a/b\u00e9");
  CHECK(moved.stream);
  CHECK(moved.fields[0].name == "model");
  CHECK(body.substr(moved.fields[0].begin, 12) == R"("mod\u0065l")");
}

TEST_CASE("what the gateway reads is checked, and the field is named", "[unified][envelope]") {
  struct Row {
    const char* when;
    std::string body;
    ErrorKind kind;
    const char* param;
  };
  const auto invalid = ErrorKind::invalid_value;
  std::string names;
  for (std::size_t i = 0; i <= preference_names_max; ++i) names += i ? R"(,"x")" : R"("x")";
  const auto row = GENERATE_COPY(
    Row{"no object", "[]", invalid, ""},
    Row{"no model", R"({"messages":[{}]})", ErrorKind::missing_field, "model"},
    Row{"no messages", R"({"model":"m"})", ErrorKind::missing_field, "messages"},
    Row{"an empty model", R"({"model":"","messages":[{}]})", invalid, "model"},
    Row{"a number for a model", R"({"model":4,"messages":[{}]})", invalid, "model"},
    Row{
      "an endless model",
      R"({"model":")" + std::string(257, 'm') + R"(","messages":[{}]})",
      invalid,
      "model"},
    Row{"no message", R"({"model":"m","messages":[]})", invalid, "messages"},
    Row{"messages that are none", R"({"model":"m","messages":"hi"})", invalid, "messages"},
    Row{"a message that is none", R"({"model":"m","messages":[{},"hi"]})", invalid, "messages[1]"},
    Row{
      "a number for content",
      R"({"model":"m","messages":[{"content":1}]})",
      invalid,
      "messages[0].content"},
    Row{
      "a part that is none",
      R"({"model":"m","messages":[{"content":["x"]}]})",
      invalid,
      "messages[0].content"},
    Row{"a word for stream", with(R"("stream":"yes")"), invalid, "stream"},
    Row{"a fraction of a token", with(R"("max_tokens":1.5)"), invalid, "max_tokens"},
    Row{"no token at all", with(R"("max_tokens":0)"), invalid, "max_tokens"},
    Row{"a text of tokens", with(R"("max_tokens":"5")"), invalid, "max_tokens"},
    Row{
      "more tokens than can be counted",
      with(R"("max_completion_tokens":99999999999999999999)"),
      invalid,
      "max_completion_tokens"},
    Row{"no choice", with(R"("n":0)"), invalid, "n"},
    Row{"too many choices", with(R"("n":129)"), invalid, "n"},
    Row{"a list of stream options", with(R"("stream_options":[])"), invalid, "stream_options"},
    Row{
      "a word for usage",
      with(R"("stream_options":{"include_usage":"yes"})"),
      invalid,
      "stream_options.include_usage"},
    Row{"one tool", with(R"("tools":{})"), invalid, "tools"},
    Row{"a word for a format", with(R"("response_format":"json")"), invalid, "response_format"},
    Row{"one modality", with(R"("modalities":"audio")"), invalid, "modalities"},
    Row{"one model in models", with(R"("models":"a")"), invalid, "models"},
    Row{"numbers in models", with(R"("models":[1])"), invalid, "models"},
    Row{"models without end", with("\"models\":[" + names + "]"), invalid, "models"},
    Row{"a word for provider", with(R"("provider":"groq")"), invalid, "provider"},
    Row{"a word for order", with(R"("provider":{"order":"groq"})"), invalid, "provider.order"},
    Row{"an unknown order", with(R"("provider":{"sort":"beauty"})"), invalid, "provider.sort"},
    Row{
      "a price below zero",
      with(R"("provider":{"max_price":{"prompt":-1}})"),
      invalid,
      "provider.max_price.prompt"},
    Row{
      "a price that is none",
      with(R"("provider":{"max_price":{"completion":"cheap"}})"),
      invalid,
      "provider.max_price.completion"},
    Row{
      "a number for a flag",
      with(R"("provider":{"allow_fallbacks":0})"),
      invalid,
      "provider.allow_fallbacks"});
  CAPTURE(row.when);
  const auto envelope = chat(row.body);
  REQUIRE_FALSE(envelope);
  CHECK(envelope.error().kind == row.kind);
  CHECK(envelope.error().param == row.param);
  CHECK_FALSE(envelope.error().message.empty());
}

TEST_CASE("a body that is broken anywhere is no request", "[unified][envelope]") {
  struct Row {
    const char* when;
    std::string body;
  };
  const auto row = GENERATE(
    Row{"nothing", ""},
    Row{"broken behind all that matters", with(R"("x":[1,2)")},
    Row{"broken inside what nobody reads", with(R"("metadata":{"a":tru})")},
    Row{"broken and wrong at once", with(R"("stream":"yes","x":01)")},
    Row{"invalid UTF-8", with("\"x\":\"\xFF\"")},
    Row{
      "too deep in what nobody reads",
      with("\"x\":" + std::string(64, '[') + std::string(64, ']'))},
    Row{"the model twice", with(R"("model":"other")")},
    Row{"the model twice, once in escapes", with(R"("\u006dodel":"other")")},
    Row{"an unknown field twice", with(R"("x":1,"x":2)")},
    Row{"usage twice", with(R"("stream_options":{"include_usage":true,"include_usage":false})")},
    Row{"a role twice", R"({"model":"m","messages":[{"role":"user","role":"system"}]})"},
    Row{"a second body behind it", with(R"("x":1)") + "{}"});
  CAPTURE(row.when);
  const auto envelope = chat(row.body);
  REQUIRE_FALSE(envelope);
  CHECK(envelope.error().kind == ErrorKind::invalid_json);
}

TEST_CASE("a body that was cut at any byte is no request", "[unified][envelope]") {
  const std::string body =
    R"({"model":"m\u00e9","stream":true,"messages":[{"role":"user","content":[{"type":"text",)"
    R"("text":"h\u00fc"}]}],"temperature":0.5,"tools":[{"type":"function"}],"provider":{"only":[]}})";
  EnvelopeReader reader;
  REQUIRE(reader.read_chat(body));
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    CAPTURE(cut);
    const std::string part = body.substr(0, cut); // its own allocation: reading on is seen by ASan
    const auto envelope = reader.read_chat(part);
    REQUIRE_FALSE(envelope);
    CHECK(envelope.error().kind == ErrorKind::invalid_json);
  }
}

TEST_CASE("fields without end are refused", "[unified][envelope]") {
  const auto body_with = [](std::size_t more) {
    std::string fields = R"("x":0)";
    for (std::size_t i = 1; i < more; ++i) fields += ",\"x" + std::to_string(i) + "\":0";
    return with(fields);
  };
  CHECK(chat(body_with(body_fields_max - 2)));
  const auto refused = chat(body_with(body_fields_max - 1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid_value);
}

TEST_CASE("a reader reads many bodies, large ones between", "[unified][envelope]") {
  EnvelopeReader reader;
  const auto large =
    R"({"model":"large","messages":[{"role":"user","content":[{"type":"image_url",)"
    R"("image_url":{"url":"data:image/png;base64,)"
    + std::string(4'000'000, 'A') + R"("}}]}]})";
  CHECK(reader.read_chat(with(R"("stream":true)"))->stream);
  const auto envelope = reader.read_chat(large);
  REQUIRE(envelope);
  CHECK(envelope->model == "large");
  CHECK(envelope->images == 1);
  CHECK(envelope->text_bytes == 0);
  CHECK_FALSE(reader.read_chat("{"));
  CHECK(reader.read_chat(with(R"("n":3)"))->choices == 3);
}

TEST_CASE("a count out of its range is told the range", "[unified]") {
  EnvelopeReader reader;
  const auto message_of = [&](const std::string& field) {
    const auto envelope = reader.read_chat(with(field));
    REQUIRE_FALSE(envelope);
    return envelope.error().message;
  };
  CHECK(message_of(R"("n":129)") == "'n' must be a whole number, 1 to 128");
  CHECK(message_of(R"("max_tokens":0)") == "'max_tokens' must be a whole number, at least 1");
}

TEST_CASE("an embeddings request may have input of every shape", "[unified][envelope]") {
  struct Row {
    const char* when;
    const char* body;
    std::int64_t text_bytes; // -1: refused
    ErrorKind kind;
    const char* param;
  };
  const auto row = GENERATE(
    Row{"a string", R"({"model":"e","input":"hello"})", 7, {}, ""},
    Row{"strings", R"({"model":"e","input":["hello","you"]})", 12, {}, ""},
    Row{"tokens", R"({"model":"e","input":[1,2,33]})", 4, {}, ""},
    Row{"arrays of tokens", R"({"model":"e","input":[[1,2],[3]]})", 8, {}, ""},
    Row{"nothing", R"({"model":"e"})", -1, ErrorKind::missing_field, "input"},
    Row{"no item", R"({"model":"e","input":[]})", -1, ErrorKind::invalid_value, "input"},
    Row{"a number", R"({"model":"e","input":5})", -1, ErrorKind::invalid_value, "input"},
    Row{"no model", R"({"input":"x"})", -1, ErrorKind::missing_field, "model"},
    Row{"broken", R"({"model":"e","input":"x")", -1, ErrorKind::invalid_json, ""});
  CAPTURE(row.when);
  const auto envelope = EnvelopeReader{}.read_embeddings(row.body);
  REQUIRE(static_cast<bool>(envelope) == (row.text_bytes >= 0));
  if (envelope) {
    CHECK(envelope->text_bytes == row.text_bytes);
  } else {
    CHECK(envelope.error().kind == row.kind);
    CHECK(envelope.error().param == row.param);
  }
}
