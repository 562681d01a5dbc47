#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/near_openai.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

/// What a filter found: nothing.
json filter_results() {
  json results = json::object();
  for (const auto* what : {"hate", "self_harm", "sexual", "violence"})
    results[what] = {{"filtered", false}, {"severity", "safe"}};
  return results;
}

json prompt_filter_results() {
  return json::array({{{"prompt_index", 0}, {"content_filter_results", filter_results()}}});
}

/// The first event of a stream is of no answer yet.
DemoFrame filter_frame() {
  return {
    demo_event(
      {{"choices", json::array()},
       {"created", 0},
       {"id", ""},
       {"model", ""},
       {"object", ""},
       {"prompt_filter_results", prompt_filter_results()}}),
    DemoFrame::Part::opening};
}

/// The value of `api-version`, empty if the query has none. Anything beside it is no query of ours.
std::optional<std::string_view> api_version(std::string_view query) {
  constexpr std::string_view name = "api-version=";
  if (query.empty()) return query;
  if (!query.starts_with(name) || query.find('&') != query.npos) return std::nullopt;
  return query.substr(name.size());
}

/// "2024-10-21", "2025-04-01-preview".
bool is_dated(std::string_view version) {
  constexpr std::string_view pattern = "dddd-dd-dd";
  if (version.ends_with("-preview")) version.remove_suffix(8);
  return std::ranges::equal(version, pattern, [](char c, char wanted) {
    return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
  });
}

/// Code of an error by its status; a request at fault is told in OpenAI's words.
std::string code_of(const DemoRefusal& refusal) {
  switch (refusal.status) {
  case 404: return refusal.error.kind == ErrorKind::model_not_found ? "DeploymentNotFound" : "404";
  case 500: return "InternalServerError";
  default: return std::to_string(refusal.status);
  }
}

/// Azure OpenAI: OpenAI's words at other places, behind another header, with a filter's notes.
class AzureVoice final : public NearOpenAiVoice {
  std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view query) const override {
    constexpr std::string_view v1 = "/openai/v1";
    constexpr std::string_view deployments = "/openai/deployments/";
    const auto version = api_version(query);
    if (!version) return std::nullopt;
    if (path.starts_with(v1)) {
      const bool known = version->empty() || *version == "v1" || *version == "preview";
      return known ? openai_.target(method, path, {}) : std::nullopt;
    }
    if (!path.starts_with(deployments) || !is_dated(*version)) return std::nullopt;
    path.remove_prefix(deployments.size());
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    if (name.empty() || (path != "/chat/completions" && path != "/embeddings")) return std::nullopt;
    auto target = openai_.target(method, "/v1" + std::string{path}, {});
    if (target) target->model = name;
    return target;
  }

  std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view) const override {
    if (find_header(headers, "authorization")) return std::nullopt; // one of the two, never both
    return find_header(headers, "api-key");
  }

  Result<DemoRequest>
  read(const DemoTarget& target, std::span<const Header>, std::string_view body) const override {
    return target.operation == DemoOperation::embeddings ? read_azure_embeddings(body, target.model)
                                                         : read_azure_chat(body, target.model);
  }

  std::string write(const DemoAnswer& answer, bool with_usage) const override {
    auto body = json::parse(openai_.write(answer, with_usage));
    for (auto& choice : body["choices"]) choice["content_filter_results"] = filter_results();
    body["prompt_filter_results"] = prompt_filter_results();
    return demo_dump(body);
  }

  std::vector<DemoFrame> write_stream(
    const DemoRequest& request, const DemoAnswer& answer, bool with_usage) const override {
    std::vector<DemoFrame> frames{filter_frame()};
    for (auto& frame : openai_.write_stream(request, answer, with_usage)) {
      if (frame.part == DemoFrame::Part::token) {
        auto chunk = demo_event_data(frame.bytes);
        for (auto& choice : chunk["choices"]) choice["content_filter_results"] = filter_results();
        frame.bytes = demo_event(chunk);
      }
      frames.push_back(std::move(frame));
    }
    return frames;
  }

  DemoReply refuse(const DemoRefusal& refusal, std::string_view request_id) const override {
    auto reply = openai_.refuse(refusal, request_id); // with its headers, which are Azure's too
    if (refusal.status == 400 || refusal.status == 413) return reply;
    auto message = refusal.error.message;
    if (const auto wait = refusal.error.retry_after; wait && refusal.status == 429) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
      message = "Requests have exceeded the rate limit of your current pricing tier. Please retry "
                "after "
        + std::to_string(seconds) + " seconds.";
    }
    reply.body = demo_dump({{"error", {{"code", code_of(refusal)}, {"message", message}}}});
    return reply;
  }

  void add_headers(
    DemoHeaders& headers,
    std::string_view request_id,
    const DemoStandings& standings,
    WallTime now) const override {
    headers.emplace_back("apim-request-id", request_id);
    openai_.add_headers(headers, request_id, standings, now);
    // Only newer versions tell when all is back.
    std::erase_if(
      headers, [](const auto& header) { return header.first.starts_with("x-ratelimit-reset-"); });
  }
};

} // namespace

const DemoVoice& azure_demo_voice() {
  static const AzureVoice voice;
  return voice;
}

} // namespace gateway
