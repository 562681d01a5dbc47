#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/near_openai.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

/// Nine letters and digits of an id that ends in what is its own.
std::string short_id(const std::string& id) {
  constexpr std::size_t length = 9;
  return id.size() < length ? std::string(length - id.size(), '0') + id
                            : id.substr(id.size() - length);
}

/// OpenAI's words for calls and thoughts in Mistral's: a message, or a piece of one.
void adapt_message(json& message) {
  message.erase("refusal");
  if (message.contains("tool_calls"))
    for (auto& call : message["tool_calls"])
      if (call.contains("id")) call["id"] = short_id(call["id"]);
  const auto thoughts = message.find("reasoning_content");
  if (thoughts == message.end()) return;
  const json said = {{"type", "text"}, {"text", *thoughts}};
  json content = json::array({{{"type", "thinking"}, {"thinking", json::array({said})}}});
  const auto* text = demo_field(message, "content");
  if (text != nullptr && *text != "") content.push_back({{"type", "text"}, {"text", *text}});
  message["content"] = std::move(content);
  message.erase("reasoning_content");
}

/// A whole answer, or a chunk of one.
void adapt_answer(json& answer) {
  answer.erase("system_fingerprint");
  for (auto& choice : answer["choices"]) {
    choice.erase("logprobs");
    adapt_message(choice[choice.contains("delta") ? "delta" : "message"]);
  }
}

/// What an error is called: its type, and its number where it is known.
std::pair<const char*, json> words_of(const DemoRefusal& refusal) {
  switch (refusal.status) {
  case 401:
  case 403: return {"unauthorized", nullptr};
  case 404: return {"not_found", nullptr};
  case 429: return {"rate_limited", "1300"};
  default: break;
  }
  if (refusal.status >= 500) return {"internal_server_error", nullptr};
  const bool too_long = refusal.error.kind == ErrorKind::context_length_exceeded;
  return {"invalid_request_error", too_long ? json("3051") : json()};
}

/// Flat, whatever it tells.
json error_json(int status, const std::string& message, const char* type, json code) {
  return {
    {"object", "error"},
    {"message", message},
    {"type", type},
    {"param", nullptr},
    {"code", std::move(code)},
    {"raw_status_code", status}};
}

/// Mistral: OpenAI's words with its own between.
class MistralVoice final : public NearOpenAiVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view query) const override {
    return path.starts_with("/v1/") ? openai_.target(method, path, query) : std::nullopt;
  }

  std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view) const override {
    return demo_bearer(headers);
  }

  Result<DemoRequest>
  read(const DemoTarget& target, std::span<const Header>, std::string_view body) const override {
    return target.operation == DemoOperation::embeddings ? read_mistral_embeddings(body)
                                                         : read_mistral_chat(body);
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    auto body = json::parse(openai_.write(answer, with_usage));
    adapt_answer(body);
    return demo_dump(body);
  }

  /// The usage stands in the last chunk, whether it was asked for or not.
  std::vector<DemoFrame> write_stream(
    const DemoRequest& request, const DemoAnswer& answer, bool with_usage) const override {
    using Part = DemoFrame::Part;
    auto wanted = request;
    wanted.usage_in_stream = true;
    auto frames = openai_.write_stream(wanted, answer, with_usage);
    json usage;
    std::erase_if(frames, [&](const DemoFrame& frame) {
      if (frame.part == Part::usage) usage = demo_event_data(frame.bytes)["usage"];
      return frame.part == Part::usage;
    });
    for (auto& frame : frames) {
      if (frame.part == Part::terminator) continue;
      auto chunk = demo_event_data(frame.bytes);
      adapt_answer(chunk);
      chunk.erase("usage");
      if (frame.part == Part::closing && !usage.is_null()) chunk["usage"] = usage;
      frame.bytes = demo_event(chunk);
    }
    return frames;
  }

  DemoReply refuse(const DemoRefusal& refusal, std::string_view) const override {
    const auto& error = refusal.error;
    if (refusal.status == 400 && error.kind == ErrorKind::unsupported_parameter)
      return {
        422,
        {},
        demo_dump(
          {{"detail",
            json::array(
              {{{"type", "extra_forbidden"},
                {"loc", json::array({"body", error.param})},
                {"msg", error.message}}})}})};
    const auto [type, code] = words_of(refusal);
    return {refusal.status, {}, demo_dump(error_json(refusal.status, error.message, type, code))};
  }

  std::string write_stream_error() const override {
    constexpr const char* text = "The server had an error while processing your request.";
    return demo_event(error_json(500, text, "internal_server_error", nullptr));
  }

  void add_headers(DemoHeaders& headers, std::string_view, const DemoStandings& standings, WallTime)
    const override {
    const auto tell = [&](const std::string& unit, const std::optional<DemoStanding>& standing) {
      if (!standing) return;
      headers.emplace_back("x-ratelimit-limit-" + unit, std::to_string(standing->limit));
      headers.emplace_back("x-ratelimit-remaining-" + unit, std::to_string(standing->remaining));
    };
    tell("req-minute", standings.requests);
    tell("tokens-minute", standings.tokens);
  }
};

} // namespace

const DemoVoice& mistral_demo_voice() {
  static const MistralVoice voice;
  return voice;
}

} // namespace gateway
