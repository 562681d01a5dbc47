#include "net/demo/voice.hpp"
#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"
#include "net/demo/words.hpp"

#include <nlohmann/json.hpp>

#include <bit>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

const char* finish_reason(DemoFinish finish) {
  switch (finish) {
  case DemoFinish::length: return "length";
  case DemoFinish::tool_calls: return "tool_calls";
  case DemoFinish::stop:
  case DemoFinish::stop_sequence: break;
  }
  return "stop";
}

json usage_of(const DemoAnswer& answer) {
  return {
    {"prompt_tokens", answer.input_tokens},
    {"completion_tokens", answer.output_tokens},
    {"total_tokens", answer.input_tokens + answer.output_tokens},
    {"prompt_tokens_details", {{"cached_tokens", 0}}},
    {"completion_tokens_details", {{"reasoning_tokens", answer.reasoning_tokens}}},
  };
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const auto& piece : pieces) whole += piece;
  return whole;
}

/// Little-endian float32 in base64, as the official clients ask for it unasked.
std::string base64_of(const std::vector<float>& vector) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  for (const float value : vector)
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes += static_cast<char>(std::bit_cast<std::uint32_t>(value) >> shift);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
    };
    const auto group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    text += alphabet[group >> 18];
    text += alphabet[group >> 12 & 63];
    text += i + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
    text += i + 2 < bytes.size() ? alphabet[group & 63] : '=';
  }
  return text;
}

/// Time until something, as Go prints it: "1.5s", "6m0s".
std::string go_duration(Nanoseconds duration) {
  const auto milliseconds = std::chrono::ceil<Milliseconds>(duration).count();
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms";
  const auto minutes = milliseconds / 60'000;
  auto text = minutes > 0 ? std::to_string(minutes) + "m" : std::string{};
  text += std::to_string(milliseconds % 60'000 / 1000);
  if (const auto rest = milliseconds % 1000; rest > 0) {
    auto fraction = std::to_string(1000 + rest).substr(1);
    while (fraction.back() == '0') fraction.pop_back();
    text += "." + fraction;
  }
  return text + "s";
}

json model_json(const std::string& model) {
  return {{"id", model}, {"object", "model"}, {"created", 1'790'000'000}, {"owned_by", "demo"}};
}

json call_json(const DemoToolCall& call, std::string_view arguments) {
  return {
    {"id", "call_" + call.id},
    {"type", "function"},
    {"function", {{"name", call.name}, {"arguments", arguments}}},
  };
}

/// type and code of an error by its status; the code of a 400 is the field error's own.
std::pair<const char*, json> words_of(const DemoRefusal& refusal) {
  switch (refusal.status) {
  case 401: return {"invalid_request_error", "invalid_api_key"};
  case 403: return {"permission_error", "permission_denied"};
  case 404:
    return {
      "invalid_request_error",
      refusal.error.kind == ErrorKind::model_not_found ? json("model_not_found") : json()};
  case 429:
    return {refusal.broken == DemoLimitUnit::tokens ? "tokens" : "requests", "rate_limit_exceeded"};
  case 500: return {"server_error", json()};
  case 503: return {"service_unavailable_error", "server_is_overloaded"};
  case 529: return {"server_error", "server_is_overloaded"};
  default: break;
  }
  switch (refusal.error.kind) {
  case ErrorKind::context_length_exceeded:
    return {"invalid_request_error", "context_length_exceeded"};
  case ErrorKind::missing_field: return {"invalid_request_error", "missing_required_parameter"};
  case ErrorKind::unsupported_parameter: return {"invalid_request_error", "unsupported_parameter"};
  case ErrorKind::invalid_value: return {"invalid_request_error", "invalid_value"};
  default: return {"invalid_request_error", json()};
  }
}

class OpenAiVoice final : public DemoVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view) const override {
    for (const std::string_view prefix : {"/openai/v1", "/v1"})
      if (path.starts_with(prefix)) {
        path.remove_prefix(prefix.size());
        break;
      }
    if (method == "POST" && path == "/chat/completions") return DemoTarget{};
    if (method == "POST" && path == "/embeddings") return DemoTarget{DemoOperation::embeddings};
    if (method != "GET" || !path.starts_with("/models")) return std::nullopt;
    path.remove_prefix(7);
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
    return target.operation == DemoOperation::embeddings ? hear_openai_embeddings(body)
                                                         : hear_openai_chat(body);
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    json message = {{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
    if (answer.calls.empty()) message["content"] = joined(answer.text);
    if (!answer.reasoning.empty()) message["reasoning_content"] = joined(answer.reasoning);
    for (const auto& call : answer.calls)
      message["tool_calls"].push_back(call_json(call, call.arguments));
    json body = {
      {"id", "chatcmpl-" + answer.id},
      {"object", "chat.completion"},
      {"created", answer.created},
      {"model", answer.model},
      {"choices",
       json::array(
         {{{"index", 0},
           {"message", std::move(message)},
           {"logprobs", nullptr},
           {"finish_reason", finish_reason(answer.finish)}}})},
      {"system_fingerprint", "fp_demo"},
    };
    if (with_usage) body["usage"] = usage_of(answer);
    return demo_dump(body);
  }

  std::vector<DemoFrame> write_stream(
    const DemoRequest& request, const DemoAnswer& answer, bool with_usage) const override {
    using Part = DemoFrame::Part;
    const bool usage_wanted = request.usage_in_stream && with_usage;
    json chunk = {
      {"id", "chatcmpl-" + answer.id},
      {"object", "chat.completion.chunk"},
      {"created", answer.created},
      {"model", answer.model},
      {"system_fingerprint", "fp_demo"},
    };
    if (usage_wanted) chunk["usage"] = nullptr;
    std::vector<DemoFrame> frames;
    const auto say = [&](Part part, json delta, const json& finish = nullptr) {
      chunk["choices"] =
        json::array({{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", finish}}});
      frames.push_back({demo_event(chunk), part});
    };
    say(Part::opening, {{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}});
    for (const auto& piece : answer.reasoning) say(Part::token, {{"reasoning_content", piece}});
    for (const auto& piece : answer.text) say(Part::token, {{"content", piece}});
    for (std::size_t i = 0; i < answer.calls.size(); ++i) {
      auto opened = call_json(answer.calls[i], "");
      opened["index"] = i;
      say(Part::opening, {{"tool_calls", json::array({std::move(opened)})}});
      for (const auto piece : demo_tokens(answer.calls[i].arguments))
        say(
          Part::token,
          {{"tool_calls", json::array({{{"index", i}, {"function", {{"arguments", piece}}}}})}});
    }
    say(Part::closing, json::object(), finish_reason(answer.finish));
    if (usage_wanted) {
      chunk["choices"] = json::array();
      chunk["usage"] = usage_of(answer);
      frames.push_back({demo_event(chunk), Part::usage});
    }
    frames.push_back({"data: [DONE]\n\n", Part::terminator});
    return frames;
  }

  std::string write_embeddings(const DemoRequest& request, bool with_usage) const override {
    json body = {{"object", "list"}, {"model", request.model}, {"data", json::array()}};
    for (std::size_t i = 0; i < request.inputs.size(); ++i) {
      const auto vector = demo_embedding(request.inputs[i], request.dimensions);
      body["data"].push_back({
        {"object", "embedding"},
        {"index", i},
        {"embedding", request.base64 ? json(base64_of(vector)) : json(vector)},
      });
    }
    if (with_usage)
      body["usage"] = {
        {"prompt_tokens", request.input_tokens}, {"total_tokens", request.input_tokens}};
    return demo_dump(body);
  }

  std::string write_token_count(std::int64_t tokens) const override {
    return demo_dump({{"object", "response.input_tokens"}, {"input_tokens", tokens}});
  }

  std::string write_models(std::span<const std::string> models) const override {
    json list = json::array();
    for (const auto& model : models) list.push_back(model_json(model));
    return demo_dump({{"object", "list"}, {"data", std::move(list)}});
  }

  std::string write_model(const std::string& model) const override {
    return demo_dump(model_json(model));
  }

  DemoReply refuse(const DemoRefusal& refusal, std::string_view) const override {
    const auto& [type, code] = words_of(refusal);
    const auto& param = refusal.error.param;
    DemoReply reply{refusal.status, {}, {}};
    if (const auto wait = refusal.error.retry_after) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
      reply.headers.emplace_back("retry-after", std::to_string(seconds));
      reply.headers.emplace_back("retry-after-ms", std::to_string(wait->count()));
    }
    reply.body = demo_dump(
      {{"error",
        {{"message", refusal.error.message},
         {"type", type},
         {"param", param.empty() ? json() : json(param)},
         {"code", code}}}});
    return reply;
  }

  std::string write_stream_error() const override {
    return demo_event(
      {{"error",
        {{"message", "The server had an error while processing your request."},
         {"type", "server_error"},
         {"param", nullptr},
         {"code", nullptr}}}});
  }

  void add_headers(
    DemoHeaders& headers,
    std::string_view request_id,
    const DemoStandings& standings,
    WallTime) const override {
    headers.emplace_back("x-request-id", request_id);
    const auto tell = [&](const std::string& unit, const std::optional<DemoStanding>& standing) {
      if (!standing) return;
      headers.emplace_back("x-ratelimit-limit-" + unit, std::to_string(standing->limit));
      headers.emplace_back("x-ratelimit-remaining-" + unit, std::to_string(standing->remaining));
      headers.emplace_back("x-ratelimit-reset-" + unit, go_duration(standing->until_full));
    };
    tell("requests", standings.requests);
    tell("tokens", standings.tokens);
  }
};

} // namespace

const DemoVoice& openai_demo_voice() {
  static const OpenAiVoice voice;
  return voice;
}

} // namespace gateway
