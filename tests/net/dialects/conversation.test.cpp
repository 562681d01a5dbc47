#include "net/dialects/conversation.hpp"

#include "net/dialects/openai.hpp"
#include "tests/net/dialects/event_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;

namespace {

/// OpenAI's format under another name: so the conversation must translate.
class Foreign final : public Dialect {
public:
  std::string_view name() const noexcept override { return "foreign"; }
  Result<OutgoingRequest>
  write_chat(const ChatRequest& request, const Target& target) const override {
    return openai_dialect().write_chat(request, target);
  }
  Result<ChatAnswer> read_chat(std::string_view body, const Target& target) const override {
    return openai_dialect().read_chat(body, target);
  }
  std::unique_ptr<EventReader> event_reader(const Target& target) const override {
    return openai_dialect().event_reader(target);
  }
  Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest& request, const Target& target) const override {
    return openai_dialect().write_embeddings(request, target);
  }
  Result<EmbeddingsAnswer>
  read_embeddings(std::string_view body, const Target& target) const override {
    return openai_dialect().read_embeddings(body, target);
  }
  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override {
    return openai_dialect().classify(status, headers, body);
  }
};

const Foreign foreign;

const FrontDoor chat_door{"/v1/chat/completions", openai_format()};
const FrontDoor embeddings_door{"/v1/embeddings", openai_format(), FrontDoor::Asks::embeddings};

/// A conversation about a body that lives as long.
struct Talk {
  explicit Talk(std::string text, const FrontDoor& door = chat_door)
      : body(std::move(text)), envelope(read(door, body)), conversation(door, {body}, envelope) {
    target.upstream_model = "up";
    target.quirks = &quirks;
  }
  static Envelope read(const FrontDoor& door, std::string_view body) {
    EnvelopeReader reader;
    return *door.read_envelope(reader, body);
  }
  std::string body;
  Envelope envelope;
  Quirks quirks;
  Target target;
  Conversation conversation;
  std::optional<Failure> hidden;
};

const std::string chat_body =
  R"({"model":"m","messages":[{"role":"developer","content":"hi"}],"max_tokens":5})";
const std::string good_answer = "\n\n{\"id\":\"a1\",\"object\":\"chat.completion\",\"created\":7,"
                                "\"model\":\"m\",\"vendor_extra\":[1],"
                                "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                                "\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],"
                                "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}";

} // namespace

TEST_CASE(
  "a request goes out spliced or translated, as the provider's format is",
  "[dialects][conversation]") {
  Talk talk{chat_body};
  const auto spliced = talk.conversation.outgoing(openai_dialect(), talk.target);
  REQUIRE(spliced);
  CHECK(
    spliced->body.joined()
    == R"({"model":"up","messages":[{"role":"developer","content":"hi"}],"max_tokens":5})");
  for (int attempt = 0; attempt < 2; ++attempt) { // the second from what the first has read
    const auto translated = talk.conversation.outgoing(foreign, talk.target);
    REQUIRE(translated);
    CHECK(
      translated->body.joined()
      == R"({"model":"up","messages":[{"role":"system","content":"hi"}],"max_completion_tokens":5})");
  }
}

TEST_CASE("a request that cannot be translated says so", "[dialects][conversation]") {
  Talk talk{R"({"model":"m","messages":[{"role":"king"}]})"};
  CHECK(talk.conversation.outgoing(openai_dialect(), talk.target));
  const auto refused = talk.conversation.outgoing(foreign, talk.target);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().param == "messages[0].role");
}

TEST_CASE("an answer of the same format passes as it is", "[dialects][conversation]") {
  Talk talk{chat_body};
  const auto answer =
    talk.conversation.answer(openai_dialect(), talk.target, good_answer, talk.hidden);
  REQUIRE(answer);
  CHECK(answer->body == good_answer);
  CHECK(answer->finish == FinishReason::stop);
  CHECK(usage_text(answer->usage) == "in=3 cached=0 written=0 out=2 reasoning=0");
  CHECK_FALSE(talk.hidden);
}

TEST_CASE(
  "a finish reason that clients do not know is replaced in an answer", "[dialects][conversation]") {
  Talk talk{chat_body};
  const auto answer = talk.conversation.answer(
    openai_dialect(),
    talk.target,
    R"({"choices":[{"finish_reason" : "model_length"},{"finish_reason":"stop"},{"finish_reason":"abort"}],"x":1})",
    talk.hidden);
  REQUIRE(answer);
  CHECK(
    answer->body
    == R"({"choices":[{"finish_reason" : "length"},{"finish_reason":"stop"},{"finish_reason":"stop"}],"x":1})");
  CHECK(answer->finish == FinishReason::length);
}

TEST_CASE("a failure hidden in a good status is found", "[dialects][conversation]") {
  struct Row {
    const char* when;
    std::string body;
    FailureKind kind;
  };
  const auto row = GENERATE(
    Row{"an error", R"({"error":{"message":"x","code":429}})", FailureKind::rate_limited},
    Row{
      "an error of xAI's",
      R"({"code":"The service is currently unavailable","error":"x"})",
      FailureKind::overloaded},
    Row{
      "a flat error",
      R"({"object":"error","message":"x","type":"rate_limited","code":429})",
      FailureKind::rate_limited},
    Row{
      "an error of MiniMax's",
      R"({"choices":null,"base_resp":{"status_code":1008,"status_msg":"x"}})",
      FailureKind::quota_exhausted});
  CAPTURE(row.when);
  for (const Dialect* dialect : {&openai_dialect(), static_cast<const Dialect*>(&foreign)}) {
    Talk talk{chat_body};
    const auto answer = talk.conversation.answer(*dialect, talk.target, row.body, talk.hidden);
    CHECK(answer);
    REQUIRE(talk.hidden);
    CHECK(failure_text(talk.hidden->kind) == failure_text(row.kind));
  }
  Talk talk{chat_body};
  CHECK(talk.conversation.answer(
    openai_dialect(), talk.target, R"({"choices":[{"finish_reason":"error"}]})", talk.hidden));
  CHECK(talk.hidden);
}

TEST_CASE("what is no answer is an invalid one", "[dialects][conversation]") {
  const std::string body = GENERATE(
    "",
    "<html>",
    "[]",
    "{}",
    R"({"choices":[]})",
    R"({"choices":[{})",
    "{\"choices\":[{\"x\":\"\xFF\"}]}");
  CAPTURE(body);
  for (const Dialect* dialect : {&openai_dialect(), static_cast<const Dialect*>(&foreign)}) {
    Talk talk{chat_body};
    const auto answer = talk.conversation.answer(*dialect, talk.target, body, talk.hidden);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::upstream_invalid_response);
    CHECK_FALSE(talk.hidden);
  }
}

TEST_CASE("an answer of another format is written in OpenAI's", "[dialects][conversation]") {
  Talk talk{chat_body};
  const auto answer = talk.conversation.answer(foreign, talk.target, good_answer, talk.hidden);
  REQUIRE(answer);
  CHECK(
    answer->body
    == R"({"id":"a1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})");
  CHECK(answer->usage.output == 2);
  CHECK(answer->finish == FinishReason::stop);
}

TEST_CASE(
  "an answer whose provider names it not gets an id of its own", "[dialects][conversation]") {
  Talk talk{chat_body};
  const std::string nameless = R"({"choices":[{"message":{"content":"x"}}]})";
  const auto id = [&] {
    const auto answer = talk.conversation.answer(foreign, talk.target, nameless, talk.hidden);
    return nlohmann::json::parse(answer->body)["id"].get<std::string>();
  };
  const auto first = id();
  CHECK(first.starts_with("chatcmpl-"));
  CHECK(first != id());
}

TEST_CASE("thoughts in tags are taken out of answers and streams", "[dialects][conversation]") {
  Talk talk{chat_body};
  talk.quirks.reasoning_out = {"think_tags"};
  const auto answer = talk.conversation.answer(
    openai_dialect(),
    talk.target,
    R"({"id":"a","choices":[{"message":{"content":"<think>hm</think>Hi"},"finish_reason":"stop"}]})",
    talk.hidden);
  REQUIRE(answer);
  const auto message = nlohmann::json::parse(answer->body)["choices"][0]["message"];
  CHECK(message["content"] == "Hi");
  CHECK(message["reasoning_content"] == "hm");

  const auto relay = talk.conversation.relay(openai_dialect(), talk.target);
  std::string out;
  relay->feed(
    "data: {\"id\":\"a\",\"choices\":[{\"delta\":{\"content\":\"<think>hm</th\"}}]}\n\n", out);
  relay->feed(
    "data: {\"choices\":[{\"delta\":{\"content\":\"ink>Hi\"},\"finish_reason\":\"stop\"}]}\n\n",
    out);
  relay->finish(out);
  CHECK(relay->complete());
  CHECK(out.find("think>") == std::string::npos);
  CHECK(out.find(R"({"reasoning_content":"hm"})") != std::string::npos);
  CHECK(out.find(R"({"content":"Hi"})") != std::string::npos);
}

TEST_CASE("thoughts of a stream find back to who had them", "[dialects][conversation]") {
  using nlohmann::json;
  const auto& anthropic = *find_dialect("anthropic");
  Talk talk{chat_body};
  const auto relay = talk.conversation.relay(anthropic, talk.target);
  std::string out;
  for (
    const auto* event :
    {R"({"type":"message_start","message":{"id":"m","model":"c"}})",
     R"({"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"eA=="}})",
     R"({"type":"content_block_stop","index":0})",
     R"({"type":"content_block_start","index":1,"content_block":{"type":"thinking"}})",
     R"({"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"h"}})",
     R"({"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"m"}})",
     R"({"type":"content_block_delta","index":1,"delta":{"type":"signature_delta","signature":"s"}})",
     R"({"type":"content_block_stop","index":1})",
     R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})",
     R"({"type":"message_stop"})"})
    relay->feed("data: " + std::string{event} + "\n\n", out);
  relay->finish(out);
  REQUIRE(relay->complete());

  // What a client keeps of it: texts and lists grow.
  json kept{{"role", "assistant"}, {"content", ""}, {"thinking_blocks", json::array()}};
  std::string thoughts;
  for (std::size_t at = 0; (at = out.find("data: ", at)) != out.npos;) {
    at += 6;
    const auto chunk = json::parse(out.substr(at, out.find("\n\n", at) - at));
    const auto& delta = chunk["choices"][0]["delta"];
    thoughts += delta.value("reasoning_content", "");
    for (const auto& block : delta.value("thinking_blocks", json::array()))
      kept["thinking_blocks"].push_back(block);
  }
  kept["reasoning_content"] = thoughts;
  const json asked{{"role", "user"}, {"content", "hi"}};
  Talk next{json{{"model", "m"}, {"messages", {asked, kept, asked}}}.dump()};
  const auto outgoing = next.conversation.outgoing(anthropic, next.target);
  REQUIRE(outgoing);
  std::string body;
  for (const auto piece : outgoing->body.pieces()) body += piece;
  CHECK(
    json::parse(body)["messages"][1]["content"].dump()
    == R"([{"data":"eA==","type":"redacted_thinking"},{"signature":"s","thinking":"hm","type":"thinking"}])");
}

TEST_CASE("a translated stream fails as its events fail", "[dialects][conversation]") {
  Talk talk{chat_body};
  const auto at_head = talk.conversation.relay(foreign, talk.target);
  std::string out;
  at_head->feed("data: {\"error\":{\"code\":\"rate_limit_exceeded\"}}\n\n", out);
  CHECK_FALSE(at_head->opened());
  REQUIRE(at_head->failure());
  CHECK(at_head->failure()->kind == FailureKind::rate_limited);
  CHECK(out.empty());

  const auto cut = talk.conversation.relay(foreign, talk.target);
  cut->feed("data: {\"choices\":[{\"delta\":{\"content\":\"four\"}}]}\n\n", out);
  CHECK(cut->opened());
  cut->finish(out);
  CHECK_FALSE(cut->complete());
  REQUIRE(cut->failure());
  CHECK(cut->failure()->kind == FailureKind::invalid_answer);
  CHECK(cut->output_bytes() == 4);
}

TEST_CASE("a translated stream shows usage to who asked", "[dialects][conversation]") {
  Talk talk{
    R"({"model":"m","messages":[{}],"stream":true,"stream_options":{"include_usage":true}})"};
  const auto relay = talk.conversation.relay(foreign, talk.target);
  std::string out;
  relay->feed(
    "data: "
    "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":"
    "\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n",
    out);
  CHECK(relay->complete());
  CHECK(out.find("[DONE]") == std::string::npos);
  CHECK(out.find("}],\"usage\":null}\n\n") != std::string::npos);
  const auto ending = relay->ending(relay->usage());
  CHECK(
    ending.find(R"("choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,)")
    != std::string::npos);
  CHECK(ending.ends_with("\n\ndata: [DONE]\n\n"));
}

TEST_CASE("vectors come as the client asked for them", "[dialects][conversation]") {
  const std::string numbers =
    R"({"data":[{"index":0,"embedding":[1]}],"model":"e","usage":{"prompt_tokens":2}})";
  const std::string bytes =
    R"({"data":[{"index":0,"embedding":"AACAPw=="}],"model":"e","usage":{"prompt_tokens":2}})";
  struct Row {
    const char* when;
    std::string asked;
    std::string answered;
    std::string embedding;
    bool passes;
  };
  const auto row = GENERATE_COPY(
    Row{"numbers", "", numbers, "[1]", true},
    Row{"numbers by name", R"(,"encoding_format":"float")", numbers, "[1]", true},
    Row{"bytes", R"(,"encoding_format":"base64")", bytes, R"("AACAPw==")", true},
    Row{
      "bytes from a provider of numbers",
      R"(,"encoding_format":"base64")",
      numbers,
      R"("AACAPw==")",
      false},
    Row{"numbers from a provider of bytes", "", bytes, "[1]", false});
  CAPTURE(row.when);
  for (const Dialect* dialect : {&openai_dialect(), static_cast<const Dialect*>(&foreign)}) {
    Talk talk{R"({"model":"m","input":"x")" + row.asked + "}", embeddings_door};
    const auto answer = talk.conversation.answer(*dialect, talk.target, row.answered, talk.hidden);
    REQUIRE(answer);
    CHECK(answer->usage.input == 2);
    CHECK(
      nlohmann::json::parse(answer->body)["data"][0]["embedding"]
      == nlohmann::json::parse(row.embedding));
    if (dialect == &openai_dialect()) CHECK((answer->body == row.answered) == row.passes);
  }
  Talk talk{R"({"model":"m","input":"x"})", embeddings_door};
  CHECK(talk.conversation.answer(
    openai_dialect(), talk.target, R"({"error":{"code":429}})", talk.hidden));
  CHECK(talk.hidden);
  CHECK_FALSE(talk.conversation.answer(openai_dialect(), talk.target, "<html>", talk.hidden));
}

TEST_CASE("errors are told in OpenAI's shape", "[dialects][conversation]") {
  const Error error{ErrorKind::invalid_value, "\"n\" is odd", "n", {}};
  CHECK(
    openai_format().error_body(error, "r")
    == R"({"error":{"message":"\"n\" is odd","type":"invalid_request_error","param":"n","code":"invalid_value"}})");
  CHECK(
    openai_format().error_event({ErrorKind::upstream_error, "x", "", {}}, "r")
    == "data: "
       "{\"error\":{\"message\":\"x\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_"
       "error\"}}\n\n");
}

TEST_CASE("every dialect of the list is found by its name", "[dialects]") {
  std::vector<std::string_view> names;
  for (const auto* dialect : all_dialects()) {
    names.push_back(dialect->name());
    CHECK(find_dialect(dialect->name()) == dialect);
  }
  CHECK(
    names
    == std::vector<std::string_view>{
      "openai", "azure", "mistral", "anthropic", "gemini", "ollama", "cohere", "bedrock"});
  CHECK(find_dialect("smoke") == nullptr);
}
