#include "net/base/header.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/openai.hpp"
#include "net/dialects/outgoing_head.hpp"

#include <charconv>

/// Azure OpenAI, also as Microsoft Foundry: OpenAI's bodies at other places. Facts:
/// providers/azure.md, whose sections the comments name. A key is all that opens it here; tokens of
/// Entra's, which last an hour, are fetched by nobody.
namespace gateway {
namespace {

/// The v1 API, which names the deployment in the body, has no dates: these are its versions.
bool is_of_v1(std::string_view api_version) noexcept {
  return api_version.empty() || api_version == "v1" || api_version == "preview";
}

/// The resource's own path, or a project's: some write the API's behind it, as its SDKs take it.
std::string_view resource_path(std::string_view base) noexcept {
  while (base.ends_with('/')) base.remove_suffix(1);
  for (const std::string_view api : {"/openai/v1", "/openai"})
    if (base.ends_with(api)) return base.substr(0, base.size() - api.size());
  return base;
}

/// Section 1. A version by its date is of the API of old, where the path names the deployment.
std::string path_of(const Target& target, std::string_view endpoint) {
  const auto version = target.quirks ? std::string_view{target.quirks->api_version} : "";
  std::string path{resource_path(target.base_path)};
  if (is_of_v1(version))
    path += "/openai/v1";
  else
    path.append("/openai/deployments/").append(path_segments(target.upstream_model));
  path += endpoint;
  if (!version.empty()) path.append("?api-version=").append(version);
  return path;
}

/// Section 4: throughput that was bought, and all of it is in use. That is no rate of ours.
bool is_used_up(std::span<const Header> headers) noexcept {
  const auto told = find_header(headers, "azure-openai-deployment-utilization"); // "87%"
  if (!told) return false;
  double percent = 0;
  const auto read = std::from_chars(told->data(), told->data() + told->size(), percent);
  return read.ec == std::errc{} && percent >= 100;
}

Failure classify(int status, std::span<const Header> headers, std::string_view body) {
  auto failure = classify_openai(status, headers, body);
  if (failure.kind != FailureKind::rate_limited || !is_used_up(headers)) return failure;
  auto busy = make_failure(FailureKind::overloaded, status);
  busy.retry_after = failure.retry_after;
  return busy;
}

} // namespace

const Dialect& azure_dialect() {
  static constexpr OpenAiWire wire{"azure", "api-key", path_of, classify};
  static const OpenAiDialect dialect{wire};
  return dialect;
}

} // namespace gateway
