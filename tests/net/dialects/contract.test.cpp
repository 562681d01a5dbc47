#include "net/dialects/conversation.hpp"
#include "tests/net/dialects/contract_fixtures.hpp"
#include "tests/net/dialects/failure_rows.hpp"
#include "tests/net/dialects/header_pairs.hpp"
#include "tests/sanitized.hpp"

#include <nlohmann/json.hpp>

#include <set>

/// What every dialect must do, whoever adds it: its folder of fixtures says in the dialect's own
/// words what the shared ones (fixtures/dialects/contract) say in OpenAI's.
using namespace gateway;
using nlohmann::json;

namespace {

const FrontDoor chat_door{"/v1/chat/completions", openai_format()};

/// A client's request, with the bytes behind it that its reader wants.
class Request {
public:
  explicit Request(json request) : body_(request.dump()), size_(body_.size()) {
    body_.append(64, '\0');
    auto read = EnvelopeReader().read_chat(body());
    REQUIRE(read);
    envelope_ = *std::move(read);
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string_view body() const { return std::string_view{body_}.substr(0, size_); }
  Conversation conversation() const { return Conversation{chat_door, {body()}, envelope_}; }

private:
  std::string body_;
  std::size_t size_;
  Envelope envelope_;
};

json shared(const std::string& name) {
  return json::parse(read_fixture("contract/" + name));
}

json streamed_request() {
  auto request = shared("request.json");
  request["stream"] = true;
  request["stream_options"] = {{"include_usage", true}};
  return request;
}

/// Takes away what stands around the message and not in it.
void strip_identity(json& expected) {
  expected.erase("id");
  expected.erase("model");
}

/// Where an answer comes from: whose model it is, if it does not say so itself.
Target asked() {
  Target target;
  target.upstream_model = "asked";
  return target;
}

Usage usage_in(const json& expected) {
  const auto& usage = expected.at("usage");
  const auto count = [&](const char* name) { return usage.at(name).get<std::int64_t>(); };
  return Usage{
    count("prompt_tokens"),
    count("cached_tokens"),
    0,
    0,
    count("completion_tokens"),
    count("reasoning_tokens"),
    true,
    false};
}

json usage_of(const json& usage) {
  return {
    {"prompt_tokens", usage.at("prompt_tokens")},
    {"completion_tokens", usage.at("completion_tokens")},
    {"total_tokens", usage.at("total_tokens")},
    {"cached_tokens", usage.at("prompt_tokens_details").at("cached_tokens")},
    {"reasoning_tokens", usage.at("completion_tokens_details").at("reasoning_tokens")}};
}

/// Signatures are the dialect's own.
void strip_signatures(json& message) {
  message.erase("thinking_blocks");
  if (message.contains("tool_calls"))
    for (auto& call : message["tool_calls"]) call.erase("extra_content");
}

/// What a client makes of a stream, in the shape of the shared message.
class Client {
public:
  void read(std::string_view stream) {
    while (!stream.empty()) {
      const auto end = stream.find("\n\n");
      REQUIRE(end != stream.npos);
      auto event = stream.substr(0, end);
      stream.remove_prefix(end + 2);
      if (event.starts_with(':')) continue;
      REQUIRE(event.starts_with("data: "));
      event.remove_prefix(6);
      done_ = event == "[DONE]";
      if (!done_) take(json::parse(event));
    }
  }
  const json& message() const { return message_; }
  bool done() const { return done_; }

private:
  void take(const json& chunk) {
    if (const auto usage = chunk.find("usage"); usage != chunk.end() && !usage->is_null())
      message_["usage"] = usage_of(*usage);
    for (const auto& choice : chunk.at("choices")) {
      const auto& delta = choice.at("delta");
      for (const auto& [name, value] : delta.items()) add(name, value);
      if (!choice.at("finish_reason").is_null())
        message_["finish_reason"] = choice.at("finish_reason");
    }
  }

  void add(const std::string& name, const json& value) {
    if (name == "tool_calls") {
      for (const auto& piece : value) add_call(piece);
    } else if (name != "thinking_blocks") {
      auto& field = message_[name];
      field = field.is_string() && value.is_string()
        ? json(field.get<std::string>() + value.get<std::string>())
        : value;
    }
  }

  void add_call(const json& piece) {
    auto& calls = message_["tool_calls"];
    const auto index = piece.at("index").get<std::size_t>();
    REQUIRE(index <= calls.size());
    if (index == calls.size()) {
      calls.push_back(piece);
      calls.back().erase("index");
    } else if (piece.contains("function")) {
      auto& arguments = calls[index]["function"]["arguments"];
      arguments =
        arguments.get<std::string>() + piece.at("function").at("arguments").get<std::string>();
    }
    calls[index].erase("extra_content");
  }

  json message_ = json::object();
  bool done_ = false;
};

struct Streamed {
  std::string out;
  bool complete = false;
  bool failed = false;
  Usage usage;
  FinishReason finish = FinishReason::none;
};

Streamed stream_through(
  const Request& request, const Dialect& dialect, const std::vector<std::string_view>& pieces) {
  auto conversation = request.conversation();
  const auto relay = conversation.relay(dialect, asked());
  Streamed streamed;
  for (const auto piece : pieces) relay->feed(piece, streamed.out);
  relay->finish(streamed.out);
  streamed.complete = relay->complete();
  streamed.failed = relay->failure().has_value();
  streamed.usage = relay->usage();
  streamed.finish = relay->finish_reason();
  if (streamed.complete) streamed.out += relay->ending(relay->usage());
  return streamed;
}

} // namespace

TEST_CASE("every dialect is found by its own name", "[dialects][contract]") {
  std::set<std::string_view> names;
  for (const auto* dialect : all_dialects()) {
    CHECK(find_dialect(dialect->name()) == dialect);
    CHECK(names.insert(dialect->name()).second);
  }
  CHECK(names.size() >= 4);
  CHECK(find_dialect("klingon") == nullptr);
}

TEST_CASE("every dialect writes the shared request in its words", "[dialects][contract]") {
  const auto& dialect = each_dialect();
  const auto expected = json::parse(own_fixture(dialect, "request.json"));
  const auto streams = GENERATE(false, true);
  CAPTURE(streams);
  const Request request{streams ? streamed_request() : shared("request.json")};
  const auto model = expected.at("model").get<std::string>();
  const Secret key{"a-key"};
  const Quirks quirks;
  Target target;
  target.upstream_model = model;
  target.api_key = &key;
  target.quirks = &quirks;
  auto conversation = request.conversation();
  const auto outgoing = conversation.outgoing(dialect, target);
  INFO((outgoing ? std::string{} : outgoing.error().message));
  REQUIRE(outgoing);

  CHECK(outgoing->path == expected.at(streams ? "path_of_stream" : "path").get<std::string>());
  auto body = json::parse(outgoing->body.joined());
  CHECK(body.value("stream", streams) == streams);
  body.erase("stream");
  body.erase("stream_options");
  CHECK(body == expected.at("body"));
  CHECK(outgoing->dropped == expected.at("dropped").get<std::vector<std::string>>());
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : header_pairs(outgoing->headers))
    CHECK(headers.emplace(name, value).second);
  CHECK(headers["content-type"] == "application/json");
  CHECK(
    headers[expected.at("key_header").get<std::string>()]
    == expected.at("key_prefix").get<std::string>() + "a-key");
}

TEST_CASE("every dialect's answer is the shared one", "[dialects][contract]") {
  const auto& dialect = each_dialect();
  auto expected = message_told_by(dialect);
  const Request request{shared("request.json")};
  auto conversation = request.conversation();
  std::optional<Failure> hidden;
  const auto answer =
    conversation.answer(dialect, asked(), own_fixture(dialect, "answer.json"), hidden);
  REQUIRE(answer);
  CHECK_FALSE(hidden);
  const auto body = json::parse(answer->body);
  CHECK(body.at("object") == "chat.completion");
  CHECK(body.at("model") == expected.at("model"));
  CHECK(body.at("id").get<std::string>().ends_with(expected.value("id", "")));
  strip_identity(expected);
  REQUIRE(body.at("choices").size() == 1);
  auto message = body.at("choices").at(0).at("message");
  strip_signatures(message);
  message["finish_reason"] = body.at("choices").at(0).at("finish_reason");
  message["usage"] = usage_of(body.at("usage"));
  CHECK(message == expected);
  CHECK(answer->usage == usage_in(expected));
  CHECK(answer->finish == FinishReason::tool_calls);
}

TEST_CASE("every dialect's stream is the shared answer at every split", "[dialects][contract]") {
  const auto& dialect = each_dialect();
  const Request request{streamed_request()};
  const auto stream = own_stream(dialect);
  const std::string_view whole{stream};
  auto expected = message_told_by(dialect);
  strip_identity(expected);

  const auto check = [&](const std::vector<std::string_view>& pieces) {
    const auto streamed = stream_through(request, dialect, pieces);
    REQUIRE(streamed.complete);
    REQUIRE_FALSE(streamed.failed);
    REQUIRE(streamed.usage == usage_in(expected));
    REQUIRE(streamed.finish == FinishReason::tool_calls);
    Client client;
    client.read(streamed.out);
    REQUIRE(client.done());
    REQUIRE(client.message() == expected);
  };
  check({whole});
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < whole.size(); ++at) bytes.push_back(whole.substr(at, 1));
  for (std::size_t at = 0; at < whole.size(); at += testing::stride)
    check({whole.substr(0, at), whole.substr(at)});
  check(bytes);
}

TEST_CASE("every dialect's cut or spoilt stream is complete or failed", "[dialects][contract]") {
  const auto& dialect = each_dialect();
  const Request request{streamed_request()};
  const auto stream = own_stream(dialect);
  const std::string_view whole{stream};
  const auto check = [&](std::string_view body) {
    const auto streamed = stream_through(request, dialect, {body});
    REQUIRE(streamed.complete != streamed.failed);
    if (streamed.complete) REQUIRE(streamed.finish != FinishReason::none);
  };
  for (std::size_t at = 0; at < whole.size(); at += testing::stride) check(whole.substr(0, at));
  check_mutated(whole, check);
  // Long before its end no stream can pass for a whole one.
  for (std::size_t at = 0; at < whole.size() / 2; at += testing::stride)
    REQUIRE(stream_through(request, dialect, {whole.substr(0, at)}).failed);
}

TEST_CASE("every dialect takes no garbage for an answer", "[dialects][contract]") {
  const auto& dialect = each_dialect();
  const Request request{shared("request.json")};
  const auto read = [&](std::string_view body) {
    auto conversation = request.conversation();
    std::optional<Failure> hidden;
    const auto answer = conversation.answer(dialect, Target{}, std::string{body}, hidden);
    if (!answer) REQUIRE(answer.error().kind == ErrorKind::upstream_invalid_response);
    return answer && !hidden;
  };
  for (const auto* body :
       {"", " ", "<html></html>", "null", "[]", "{}", "7", "\"x\"", "{\"error\":{}}", "{\"a\":"})
    CHECK_FALSE(read(body));
  CHECK_FALSE(read(std::string(200'000, '[')));
  CHECK(read(own_fixture(dialect, "answer.json")));
  check_mutated(own_fixture(dialect, "answer.json"), read);
}

TEST_CASE("every dialect knows its provider's errors", "[dialects][contract]") {
  const auto& dialect = each_dialect();
  const auto fixture = std::string{dialect.name()} + "/errors.json";
  check_failure_rows(dialect, fixture);
  std::set<std::string> kinds;
  const auto rows = read_json_fixture(fixture).at("rows");
  for (const auto& row : rows) kinds.insert(row.at("kind").get<std::string>());
  for (const auto* kind :
       {"rate_limited",
        "quota_exhausted",
        "overloaded",
        "timed_out",
        "server_error",
        "credentials",
        "model_not_found",
        "context_too_long",
        "bad_request",
        "request_too_large"})
    CHECK(kinds.contains(kind));
}

TEST_CASE("every dialect makes a failure of every status", "[dialects][contract]") {
  const auto& dialect = each_dialect();
  for (int status = 200; status < 600; ++status) {
    CAPTURE(status);
    const auto failure = dialect.classify(status, {}, "<html>SECRET</html>");
    REQUIRE(failure.status == status);
    REQUIRE_FALSE(failure.message.empty());
    REQUIRE(failure.message.find("SECRET") == std::string::npos);
    if (status >= 500) REQUIRE_FALSE(is_the_requests_fault(failure.kind));
  }
}
