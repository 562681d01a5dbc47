#include "net/demo/voice.hpp"
#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <ctime>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const auto& piece : pieces) whole += piece;
  return whole;
}

/// To the nanosecond, as Ollama tells it: no two answers are of the same time, whose second is.
std::string created_at(const DemoAnswer& answer) {
  const std::time_t seconds = answer.created;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::uint64_t number = 0;
  std::from_chars(answer.id.data(), answer.id.data() + answer.id.size(), number, 16);
  return fmt::format("{}.{:09}Z", std::string_view{text, size}, number % 1'000'000'000);
}

/// A ChatResponse, or a line of a streamed one.
json response_of(const DemoAnswer& answer, json message) {
  message["role"] = "assistant";
  if (!message.contains("content")) message["content"] = "";
  return {
    {"model", answer.model},
    {"created_at", created_at(answer)},
    {"message", std::move(message)},
    {"done", false}};
}

void finish(json& response, const DemoAnswer& answer, bool with_usage) {
  response["done"] = true;
  response["done_reason"] = answer.finish == DemoFinish::length ? "length" : "stop";
  response["total_duration"] = 1;
  if (!with_usage) return;
  response["prompt_eval_count"] = answer.input_tokens;
  response["eval_count"] = answer.output_tokens;
}

/// Without an id, as older servers have it.
json call_json(const DemoToolCall& call) {
  return {
    {"function",
     {{"name", call.name}, {"arguments", json::parse(call.arguments, nullptr, false)}}}};
}

json model_json(const std::string& model) {
  return {
    {"name", model},
    {"model", model},
    {"modified_at", "2026-11-23T12:00:00Z"},
    {"size", 1},
    {"digest", "demo"},
    {"details", {{"family", "demo"}, {"parameter_size", "1B"}, {"quantization_level", "Q4_0"}}},
  };
}

class OllamaVoice final : public DemoVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view) const override {
    if (method == "POST" && path == "/api/chat") return DemoTarget{};
    if (method == "POST" && path == "/api/embed") return DemoTarget{DemoOperation::embeddings};
    if (method == "GET" && path == "/api/tags") return DemoTarget{DemoOperation::list_models};
    return std::nullopt;
  }

  /// A local server wants no key; a locked one, as the cloud is, knows that this is none of its
  /// own.
  std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view) const override {
    if (!find_header(headers, "authorization")) return "none";
    return demo_bearer(headers);
  }

  Result<DemoRequest>
  read(const DemoTarget& target, std::span<const Header>, std::string_view body) const override {
    return target.operation == DemoOperation::embeddings ? read_ollama_embed(body)
                                                         : read_ollama_chat(body);
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    json message = {{"content", joined(answer.text)}};
    if (!answer.reasoning.empty()) message["thinking"] = joined(answer.reasoning);
    for (const auto& call : answer.calls) message["tool_calls"].push_back(call_json(call));
    auto response = response_of(answer, std::move(message));
    finish(response, answer, with_usage);
    return demo_dump(response);
  }

  std::vector<DemoFrame>
  write_stream(const DemoRequest&, const DemoAnswer& answer, bool with_usage) const override {
    using Part = DemoFrame::Part;
    std::vector<DemoFrame> frames;
    const auto say = [&](json message) {
      frames.push_back({line(response_of(answer, std::move(message))), Part::token});
    };
    for (const auto& piece : answer.reasoning) say({{"thinking", piece}});
    for (const auto& piece : answer.text) say({{"content", piece}});
    for (const auto& call : answer.calls) say({{"tool_calls", json::array({call_json(call)})}});
    auto last = response_of(answer, json::object());
    finish(last, answer, with_usage);
    frames.push_back({line(last), Part::closing});
    return frames;
  }

  std::string write_embeddings(const DemoRequest& request, bool with_usage) const override {
    json list = json::array();
    for (const auto& input : request.inputs)
      list.push_back(demo_embedding(input, request.dimensions));
    json body = {{"model", request.model}, {"embeddings", std::move(list)}, {"total_duration", 1}};
    if (with_usage) body["prompt_eval_count"] = request.input_tokens;
    return demo_dump(body);
  }

  std::string write_token_count(std::int64_t) const override {
    return {}; // Ollama has no such endpoint
  }

  std::string write_models(std::span<const std::string> models) const override {
    json list = json::array();
    for (const auto& model : models) list.push_back(model_json(model));
    return demo_dump({{"models", std::move(list)}});
  }

  std::string write_model(const std::string& model) const override {
    return demo_dump(model_json(model));
  }

  DemoReply refuse(const DemoRefusal& refusal, std::string_view) const override {
    return {refusal.status, {}, demo_dump({{"error", refusal.error.message}})};
  }

  std::string write_stream_error() const override {
    return line({{"error", "an error was encountered while running the model: unexpected EOF"}});
  }

  std::string_view stream_type() const override { return "application/x-ndjson"; }
  std::string frame(std::string_view data) const override { return std::string{data} + "\n"; }

  void add_headers(DemoHeaders&, std::string_view, const DemoStandings&, WallTime) const override {
    // Ollama names neither its requests nor its limits on the way out.
  }

  std::string line(const json& data) const { return frame(demo_dump(data)); }
};

} // namespace

const DemoVoice& ollama_demo_voice() {
  static const OllamaVoice voice;
  return voice;
}

} // namespace gateway
