#include "net/demo/voice.hpp"
#include "net/demo/voices/bedrock_events.hpp"
#include "net/demo/voices/bedrock_signature.hpp"
#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"
#include "net/demo/words.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

const char* stop_reason(DemoFinish finish) {
  switch (finish) {
  case DemoFinish::length: return "max_tokens";
  case DemoFinish::tool_calls: return "tool_use";
  case DemoFinish::stop_sequence: return "stop_sequence";
  case DemoFinish::stop: break;
  }
  return "end_turn";
}

json usage_of(const DemoAnswer& answer) {
  return {
    {"inputTokens", answer.input_tokens},
    {"outputTokens", answer.output_tokens},
    {"totalTokens", answer.input_tokens + answer.output_tokens},
    {"cacheReadInputTokens", 0},
    {"cacheWriteInputTokens", 0}};
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const auto& piece : pieces) whole += piece;
  return whole;
}

std::string call_id(const DemoToolCall& call) {
  return "tooluse_" + call.id;
}

constexpr auto signature = "demo-signature";

/// `%3A` and the like; none where the encoding is broken.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    std::size_t taken = 1;
    auto c = text.front();
    if (c == '%') {
      unsigned byte = 0;
      if (text.size() < 3) return std::nullopt;
      const auto read = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
      if (read.ec != std::errc{} || read.ptr != text.data() + 3) return std::nullopt;
      c = static_cast<char>(byte);
      taken = 3;
    }
    plain += c;
    text.remove_prefix(taken);
  }
  return plain;
}

json model_json(const std::string& model) {
  return {
    {"modelId", model},
    {"modelName", model},
    {"providerName", "Demo"},
    {"responseStreamingSupported", true}};
}

/// The messages of one streamed answer, in order.
class Frames {
public:
  void say(DemoFrame::Part part, const char* name, const json& payload) {
    frames_.push_back({demo_aws_message("event", name, demo_dump(payload)), part});
  }
  void delta(DemoFrame::Part part, std::size_t index, json delta) {
    say(part, "contentBlockDelta", {{"contentBlockIndex", index}, {"delta", std::move(delta)}});
  }
  void stop(std::size_t index) {
    say(DemoFrame::Part::opening, "contentBlockStop", {{"contentBlockIndex", index}});
  }
  std::vector<DemoFrame> take() { return std::move(frames_); }

private:
  std::vector<DemoFrame> frames_;
};

class BedrockVoice final : public DemoVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view) const override {
    constexpr std::string_view models = "/foundation-models";
    if (method == "GET" && path == models) return DemoTarget{DemoOperation::list_models};
    constexpr std::string_view begin = "/model/";
    if (method != "POST" || !path.starts_with(begin)) return std::nullopt;
    path.remove_prefix(begin.size());
    const auto slash = path.find('/');
    // A name that has a slash or a colon comes as one segment.
    const auto model = decoded(path.substr(0, slash));
    if (slash == path.npos || path.substr(0, slash).find(':') != path.npos || !model)
      return std::nullopt;
    const auto operation = path.substr(slash);
    if (operation == "/converse") return DemoTarget{DemoOperation::chat, *model, false};
    if (operation == "/converse-stream") return DemoTarget{DemoOperation::chat, *model, true};
    if (operation == "/invoke") return DemoTarget{DemoOperation::embeddings, *model};
    return std::nullopt;
  }

  std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view) const override {
    if (const auto bearer = demo_bearer(headers)) return bearer;
    return signing_key_id(find_header(headers, "authorization").value_or(""));
  }

  Result<void>
  check_signature(const RequestHead& head, std::string_view body, WallTime now) const override {
    if (demo_bearer(head.headers)) return {};
    return check_aws_signature(head, body, now);
  }

  Result<DemoRequest>
  read(const DemoTarget& target, std::span<const Header>, std::string_view body) const override {
    return target.operation == DemoOperation::embeddings
      ? read_bedrock_invoke(body, target.model)
      : read_bedrock_converse(body, target.model, target.stream);
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    json content = json::array();
    if (!answer.reasoning.empty())
      content.push_back(
        {{"reasoningContent",
          {{"reasoningText", {{"text", joined(answer.reasoning)}, {"signature", signature}}}}}});
    if (!answer.text.empty()) content.push_back({{"text", joined(answer.text)}});
    for (const auto& call : answer.calls)
      content.push_back(
        {{"toolUse",
          {{"toolUseId", call_id(call)},
           {"name", call.name},
           {"input", json::parse(call.arguments, nullptr, false)}}}});
    json body = {
      {"output", {{"message", {{"role", "assistant"}, {"content", std::move(content)}}}}},
      {"stopReason", stop_reason(answer.finish)},
      {"metrics", {{"latencyMs", 1}}}};
    if (with_usage) body["usage"] = usage_of(answer);
    return demo_dump(body);
  }

  std::vector<DemoFrame>
  write_stream(const DemoRequest&, const DemoAnswer& answer, bool with_usage) const override {
    using Part = DemoFrame::Part;
    Frames frames;
    std::size_t index = 0;
    frames.say(Part::opening, "messageStart", {{"role", "assistant"}, {"p", "abcd"}});
    if (!answer.reasoning.empty()) {
      for (const auto& piece : answer.reasoning)
        frames.delta(Part::token, index, {{"reasoningContent", {{"text", piece}}}});
      frames.delta(Part::opening, index, {{"reasoningContent", {{"signature", signature}}}});
      frames.stop(index++);
    }
    if (!answer.text.empty()) {
      for (const auto& piece : answer.text) frames.delta(Part::token, index, {{"text", piece}});
      frames.stop(index++);
    }
    for (const auto& call : answer.calls) {
      frames.say(
        Part::opening,
        "contentBlockStart",
        {{"contentBlockIndex", index},
         {"start", {{"toolUse", {{"toolUseId", call_id(call)}, {"name", call.name}}}}}});
      for (const auto piece : demo_tokens(call.arguments))
        frames.delta(Part::token, index, {{"toolUse", {{"input", piece}}}});
      frames.stop(index++);
    }
    frames.say(Part::closing, "messageStop", {{"stopReason", stop_reason(answer.finish)}});
    json metadata = {{"metrics", {{"latencyMs", 1}}}};
    if (with_usage) metadata["usage"] = usage_of(answer);
    frames.say(Part::usage, "metadata", metadata);
    return frames.take();
  }

  std::string write_embeddings(const DemoRequest& request, bool with_usage) const override {
    json list = json::array();
    for (const auto& input : request.inputs)
      list.push_back(demo_embedding(input, request.dimensions));
    json body;
    if (request.model.find("titan") != std::string::npos) {
      body["embedding"] = list.front();
      if (with_usage) body["inputTextTokenCount"] = request.input_tokens;
    } else if (request.model.find("nova") != std::string::npos) {
      body["embeddings"] = json::array({{{"embeddingType", "TEXT"}, {"embedding", list.front()}}});
      if (with_usage) body["inputTokenCount"] = request.input_tokens;
    } else {
      body["embeddings"] = {{"float", std::move(list)}}; // what it cost stands in a header
    }
    return demo_dump(body);
  }

  std::string write_token_count(std::int64_t tokens) const override {
    return demo_dump({{"inputTokens", tokens}});
  }

  std::string write_models(std::span<const std::string> models) const override {
    json list = json::array();
    for (const auto& model : models) list.push_back(model_json(model));
    return demo_dump({{"modelSummaries", std::move(list)}});
  }

  std::string write_model(const std::string& model) const override {
    return demo_dump({{"modelDetails", model_json(model)}});
  }

  DemoReply refuse(const DemoRefusal& refusal, std::string_view) const override {
    const auto status = refusal.status == 401 ? 403 : refusal.status; // AWS has no 401
    const auto* type = refusal.status == 401 ? "UnrecognizedClientException"
      : status == 403                        ? "AccessDeniedException"
      : status == 404                        ? "ResourceNotFoundException"
      : status == 429                        ? "ThrottlingException"
      : status == 500                        ? "InternalServerException"
      : status > 500                         ? "ServiceUnavailableException"
                                             : "ValidationException";
    auto message = refusal.error.message;
    if (refusal.status == 401) message = "The security token included in the request is invalid.";
    if (refusal.error.kind == ErrorKind::context_length_exceeded)
      message = "Input is too long for requested model.";
    return {
      status,
      {{"x-amzn-errortype", std::string{type} + ":http://internal.amazon.com/coral/"}},
      demo_dump({{"message", std::move(message)}})};
  }

  std::string write_stream_error() const override {
    return demo_aws_message(
      "exception",
      "modelStreamErrorException",
      R"({"message":"The model failed.","originalStatusCode":500,"originalMessage":"failed"})");
  }

  std::string_view stream_type() const override { return "application/vnd.amazon.eventstream"; }
  std::string frame(std::string_view data) const override {
    return demo_aws_message("event", "contentBlockDelta", data);
  }

  void
  add_headers(DemoHeaders& headers, std::string_view request_id, const DemoStandings&, WallTime)
    const override {
    headers.emplace_back("x-amzn-requestid", request_id);
  }
};

} // namespace

const DemoVoice& bedrock_demo_voice() {
  static const BedrockVoice voice;
  return voice;
}

} // namespace gateway
