#include "net/demo/voice.hpp"
#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"
#include "net/demo/words.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

/// What the template around a prompt adds to its tokens; nobody pays for it.
constexpr std::int64_t template_tokens = 60;

const char* finish_reason(DemoFinish finish) {
  switch (finish) {
  case DemoFinish::length: return "MAX_TOKENS";
  case DemoFinish::tool_calls: return "TOOL_CALL";
  case DemoFinish::stop_sequence: return "STOP_SEQUENCE";
  case DemoFinish::stop: break;
  }
  return "COMPLETE";
}

json usage_of(const DemoAnswer& answer) {
  return {
    {"billed_units",
     {{"input_tokens", answer.input_tokens}, {"output_tokens", answer.output_tokens}}},
    {"tokens",
     {{"input_tokens", answer.input_tokens + template_tokens},
      {"output_tokens", answer.output_tokens}}},
    {"cached_tokens", 0},
  };
}

json call_json(const DemoToolCall& call, std::string_view arguments) {
  return {
    {"id", call.name + "_" + call.id},
    {"type", "function"},
    {"function", {{"name", call.name}, {"arguments", arguments}}},
  };
}

/// A piece of content: `type` names the member that holds it, too.
json content_json(const char* type, std::string_view text) {
  return {{"type", type}, {type, text}};
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const auto& piece : pieces) whole += piece;
  return whole;
}

json model_json(const std::string& model) {
  const auto embeds = model.find("embed") != std::string::npos;
  return {{"name", model}, {"endpoints", json::array({embeds ? "embed" : "chat"})}};
}

/// The events of one answer, in order, each named by its type.
class Frames {
public:
  void say(DemoFrame::Part part, const char* type, json rest) {
    json data = {{"type", type}};
    data.update(rest);
    frames_.push_back({demo_event(data, type), part});
  }
  void tell(DemoFrame::Part part, const char* type, std::size_t index, json message) {
    say(part, type, {{"index", index}, {"delta", {{"message", std::move(message)}}}});
  }
  void add_content(const char* type, std::size_t index, const std::vector<std::string>& pieces) {
    using Part = DemoFrame::Part;
    if (pieces.empty()) return;
    tell(Part::opening, "content-start", index, {{"content", content_json(type, "")}});
    for (const auto& piece : pieces)
      tell(Part::token, "content-delta", index, {{"content", {{type, piece}}}});
    say(Part::opening, "content-end", {{"index", index}});
  }
  void add_call(std::size_t index, const DemoToolCall& call) {
    using Part = DemoFrame::Part;
    tell(Part::opening, "tool-call-start", index, {{"tool_calls", call_json(call, "")}});
    for (const auto piece : demo_tokens(call.arguments))
      tell(
        Part::token,
        "tool-call-delta",
        index,
        {{"tool_calls", {{"function", {{"arguments", piece}}}}}});
    say(Part::opening, "tool-call-end", {{"index", index}});
  }
  std::vector<DemoFrame> take() {
    frames_.push_back({"data: [DONE]\n\n", DemoFrame::Part::terminator});
    return std::move(frames_);
  }

private:
  std::vector<DemoFrame> frames_;
};

class CohereVoice final : public DemoVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view) const override {
    if (method == "POST" && path == "/v2/chat") return DemoTarget{};
    if (method == "POST" && path == "/v2/embed") return DemoTarget{DemoOperation::embeddings};
    constexpr std::string_view models = "/v1/models";
    if (method != "GET" || !path.starts_with(models)) return std::nullopt;
    path.remove_prefix(models.size());
    if (path.empty()) return DemoTarget{DemoOperation::list_models};
    if (!path.starts_with('/')) return std::nullopt;
    return DemoTarget{DemoOperation::show_model, std::string{path.substr(1)}};
  }

  std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view) const override {
    return demo_bearer(headers);
  }

  Result<DemoRequest>
  read(const DemoTarget& target, std::span<const Header>, std::string_view body) const override {
    return target.operation == DemoOperation::embeddings ? read_cohere_embed(body)
                                                         : read_cohere_chat(body);
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    json content = json::array();
    if (!answer.reasoning.empty())
      content.push_back(content_json("thinking", joined(answer.reasoning)));
    if (answer.calls.empty()) content.push_back(content_json("text", joined(answer.text)));
    json message = {{"role", "assistant"}};
    if (!content.empty()) message["content"] = std::move(content);
    for (const auto& call : answer.calls)
      message["tool_calls"].push_back(call_json(call, call.arguments));
    json body = {
      {"id", answer.id},
      {"finish_reason", finish_reason(answer.finish)},
      {"message", std::move(message)},
    };
    if (with_usage) body["usage"] = usage_of(answer);
    return demo_dump(body);
  }

  std::vector<DemoFrame>
  write_stream(const DemoRequest&, const DemoAnswer& answer, bool with_usage) const override {
    using Part = DemoFrame::Part;
    Frames frames;
    const json opened = {{"role", "assistant"}, {"content", json::array()}, {"tool_plan", ""}};
    frames.say(
      Part::opening, "message-start", {{"id", answer.id}, {"delta", {{"message", opened}}}});
    frames.add_content("thinking", 0, answer.reasoning);
    frames.add_content("text", answer.reasoning.empty() ? 0 : 1, answer.text);
    for (std::size_t i = 0; i < answer.calls.size(); ++i) frames.add_call(i, answer.calls[i]);
    json end = {{"finish_reason", finish_reason(answer.finish)}};
    if (with_usage) end["usage"] = usage_of(answer);
    frames.say(Part::closing, "message-end", {{"delta", std::move(end)}});
    return frames.take();
  }

  std::string write_embeddings(const DemoRequest& request, bool with_usage) const override {
    json vectors = json::array();
    for (const auto& input : request.inputs)
      vectors.push_back(demo_embedding(input, request.dimensions));
    json body = {
      {"id", "demo"}, {"embeddings", {{"float", std::move(vectors)}}}, {"texts", request.inputs}};
    if (with_usage) body["meta"] = {{"billed_units", {{"input_tokens", request.input_tokens}}}};
    return demo_dump(body);
  }

  std::string write_token_count(std::int64_t tokens) const override {
    // Version 1 answers with the tokens themselves; no path leads here.
    return demo_dump({{"tokens", std::vector<int>(static_cast<std::size_t>(tokens))}});
  }

  std::string write_models(std::span<const std::string> models) const override {
    json list = json::array();
    for (const auto& model : models) list.push_back(model_json(model));
    return demo_dump({{"models", std::move(list)}});
  }

  std::string write_model(const std::string& model) const override {
    return demo_dump(model_json(model));
  }

  DemoReply refuse(const DemoRefusal& refusal, std::string_view request_id) const override {
    auto message = refusal.error.message;
    if (refusal.status == 401) message = "invalid api token";
    if (refusal.error.kind == ErrorKind::context_length_exceeded)
      message = "too many tokens: " + message;
    return {refusal.status, {}, demo_dump({{"id", request_id}, {"message", std::move(message)}})};
  }

  std::string write_stream_error() const override {
    Frames frames;
    const json end = {{"finish_reason", "ERROR"}, {"error", "The generation failed."}};
    frames.say(DemoFrame::Part::closing, "message-end", {{"delta", end}});
    return frames.take().front().bytes;
  }

  void add_headers(DemoHeaders&, std::string_view, const DemoStandings&, WallTime) const override {
    // Cohere tells a trial key's calls of the month, and no window that is simulated here.
  }
};

} // namespace

const DemoVoice& cohere_demo_voice() {
  static const CohereVoice voice;
  return voice;
}

} // namespace gateway
