#include "net/demo/voice.hpp"
#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

constexpr const char* thought_signature = "ZGVtby10aG91Z2h0";

const char* finish_reason(DemoFinish finish) {
  return finish == DemoFinish::length ? "MAX_TOKENS" : "STOP";
}

json usage_of(const DemoAnswer& answer, std::int64_t text_tokens, std::int64_t thought_tokens) {
  json usage = {
    {"promptTokenCount", answer.input_tokens},
    {"candidatesTokenCount", text_tokens},
    {"totalTokenCount", answer.input_tokens + text_tokens + thought_tokens},
  };
  if (thought_tokens > 0) usage["thoughtsTokenCount"] = thought_tokens;
  return usage;
}

json full_usage(const DemoAnswer& answer) {
  return usage_of(answer, answer.output_tokens - answer.reasoning_tokens, answer.reasoning_tokens);
}

json call_part(const DemoToolCall& call, bool first) {
  json part = {
    {"functionCall",
     {{"id", call.id},
      {"name", call.name},
      {"args", json::parse(call.arguments, nullptr, false)}}}};
  if (first) part["thoughtSignature"] = thought_signature;
  return part;
}

json text_part(const std::string& text, bool thought) {
  json part = {{"text", text}};
  if (thought) part["thought"] = true;
  return part;
}

/// A GenerateContentResponse, or a piece of a streamed one.
json response_of(const DemoAnswer& answer, json parts, bool last) {
  json candidate = {{"index", 0}, {"content", {{"role", "model"}, {"parts", std::move(parts)}}}};
  if (last) candidate["finishReason"] = finish_reason(answer.finish);
  return {
    {"candidates", json::array({std::move(candidate)})},
    {"modelVersion", answer.model},
    {"responseId", answer.id},
  };
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const auto& piece : pieces) whole += piece;
  return whole;
}

/// A wrong key is a 400 here, as the real one does.
std::pair<int, const char*> status_of(const DemoRefusal& refusal) {
  switch (refusal.status) {
  case 401: return {400, "INVALID_ARGUMENT"};
  case 403: return {403, "PERMISSION_DENIED"};
  case 404: return {404, "NOT_FOUND"};
  case 429: return {429, "RESOURCE_EXHAUSTED"};
  case 500: return {500, "INTERNAL"};
  case 503: return {503, "UNAVAILABLE"};
  case 529: return {529, "UNAVAILABLE"};
  default: return {refusal.status, "INVALID_ARGUMENT"};
  }
}

json details_of(const DemoRefusal& refusal) {
  const std::string types = "type.googleapis.com/google.rpc.";
  if (refusal.status == 401)
    return json::array(
      {{{"@type", types + "ErrorInfo"},
        {"reason", "API_KEY_INVALID"},
        {"domain", "googleapis.com"}}});
  if (refusal.status != 429) return json::array();
  const bool tokens = refusal.broken == DemoLimitUnit::tokens;
  const auto wait = refusal.error.retry_after.value_or(Milliseconds{0});
  return json::array(
    {{{"@type", types + "QuotaFailure"},
      {"violations",
       json::array(
         {{{"quotaMetric",
            tokens ? "generativelanguage.googleapis.com/generate_content_input_token_count"
                   : "generativelanguage.googleapis.com/generate_content_requests"},
           {"quotaId",
            tokens ? "GenerateContentInputTokensPerModelPerMinute"
                   : "GenerateRequestsPerMinutePerProjectPerModel"}}})}},
     {{"@type", types + "RetryInfo"},
      {"retryDelay",
       std::to_string(wait.count() / 1000) + "."
         + std::to_string(1000 + wait.count() % 1000).substr(1) + "s"}}});
}

class GeminiVoice final : public DemoVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view query) const override {
    constexpr std::string_view models = "/v1beta/models";
    if (!path.starts_with(models)) return std::nullopt;
    path.remove_prefix(models.size());
    if (method == "GET" && path.empty()) return DemoTarget{DemoOperation::list_models};
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
    if (method == "GET") return DemoTarget{DemoOperation::show_model, std::string{path}};
    const auto colon = path.rfind(':');
    if (method != "POST" || colon == std::string_view::npos) return std::nullopt;
    DemoTarget target{DemoOperation::chat, std::string{path.substr(0, colon)}};
    const auto verb = path.substr(colon + 1);
    target.stream = verb == "streamGenerateContent";
    target.batch = verb == "batchEmbedContents";
    if (target.stream && query.find("alt=sse") == std::string_view::npos) return std::nullopt;
    if (verb == "countTokens") target.operation = DemoOperation::count_tokens;
    if (target.batch || verb == "embedContent") target.operation = DemoOperation::embeddings;
    if (target.operation == DemoOperation::chat && !target.stream && verb != "generateContent")
      return std::nullopt;
    return target;
  }

  std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view query) const override {
    if (const auto shown = find_header(headers, "x-goog-api-key")) return shown;
    const auto at = query.starts_with("key=") ? 0 : query.find("&key=");
    if (at == std::string_view::npos) return std::nullopt;
    const auto from = at == 0 ? std::size_t{4} : at + 5;
    return query.substr(from, query.find('&', from) - from);
  }

  Result<DemoRequest>
  read(const DemoTarget& target, std::span<const Header>, std::string_view body) const override {
    GATEWAY_TRY(
      auto request,
      target.operation == DemoOperation::embeddings ? read_gemini_embeddings(body, target.batch)
                                                    : read_gemini_content(body));
    request.model = target.model;
    request.stream = target.stream;
    return request;
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    json parts = json::array();
    if (!answer.reasoning.empty()) parts.push_back(text_part(joined(answer.reasoning), true));
    if (!answer.text.empty()) parts.push_back(text_part(joined(answer.text), false));
    for (const auto& call : answer.calls)
      parts.push_back(call_part(call, &call == answer.calls.data()));
    auto response = response_of(answer, std::move(parts), true);
    if (with_usage) response["usageMetadata"] = full_usage(answer);
    return demo_dump(response);
  }

  std::vector<DemoFrame>
  write_stream(const DemoRequest&, const DemoAnswer& answer, bool with_usage) const override {
    using Part = DemoFrame::Part;
    std::vector<DemoFrame> frames;
    std::int64_t texts = 0;
    std::int64_t thoughts = 0;
    const auto say = [&](Part kind, json part) {
      auto response = response_of(answer, json::array({std::move(part)}), false);
      if (with_usage) response["usageMetadata"] = usage_of(answer, texts, thoughts);
      frames.push_back({demo_event(response), kind});
    };
    for (const auto& piece : answer.reasoning) {
      ++thoughts;
      say(Part::token, text_part(piece, true));
    }
    for (const auto& piece : answer.text) {
      ++texts;
      say(Part::token, text_part(piece, false));
    }
    for (const auto& call : answer.calls)
      say(Part::token, call_part(call, &call == answer.calls.data()));
    auto last = response_of(answer, json::array({text_part("", false)}), true);
    if (with_usage) last["usageMetadata"] = full_usage(answer);
    frames.push_back({demo_event(last), Part::closing});
    return frames;
  }

  std::string write_embeddings(const DemoRequest& request, bool) const override {
    json list = json::array();
    for (const auto& input : request.inputs)
      list.push_back({{"values", demo_embedding(input, request.dimensions)}});
    if (request.batch) return demo_dump({{"embeddings", std::move(list)}});
    return demo_dump({{"embedding", std::move(list.front())}});
  }

  std::string write_token_count(std::int64_t tokens) const override {
    return demo_dump({{"totalTokens", tokens}});
  }

  static json model_json(const std::string& model) {
    return {
      {"name", "models/" + model},
      {"displayName", model},
      {"supportedGenerationMethods", {"generateContent", "countTokens"}},
    };
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
    const auto [status, name] = status_of(refusal);
    auto message = refusal.error.message;
    if (refusal.error.kind == ErrorKind::context_length_exceeded)
      message = "The input token count exceeds the maximum number of tokens allowed: " + message;
    json error = {{"code", status}, {"message", std::move(message)}, {"status", name}};
    if (auto details = details_of(refusal); !details.empty()) error["details"] = std::move(details);
    return {status, {}, demo_dump({{"error", std::move(error)}})};
  }

  std::string write_stream_error() const override {
    return demo_event(
      {{"error",
        {{"code", 503}, {"message", "The model is overloaded."}, {"status", "UNAVAILABLE"}}}});
  }

  void add_headers(DemoHeaders&, std::string_view, const DemoStandings&, WallTime) const override {
    // Gemini names neither its requests nor its limits on the way out.
  }
};

} // namespace

const DemoVoice& gemini_demo_voice() {
  static const GeminiVoice voice;
  return voice;
}

const DemoVoice* find_demo_voice(std::string_view dialect) noexcept {
  if (dialect == "openai") return &openai_demo_voice();
  if (dialect == "azure") return &azure_demo_voice();
  if (dialect == "mistral") return &mistral_demo_voice();
  if (dialect == "anthropic") return &anthropic_demo_voice();
  if (dialect == "gemini") return &gemini_demo_voice();
  if (dialect == "cohere") return &cohere_demo_voice();
  if (dialect == "ollama") return &ollama_demo_voice();
  if (dialect == "bedrock") return &bedrock_demo_voice();
  return nullptr;
}

} // namespace gateway
