#include "actors/dashboard/share_board.hpp"

#include "net/base/json_text.hpp"

#include <utility>

namespace gateway {
namespace {

std::string heading_of(const std::string& provider, const QuotaState& quota) {
  const auto owner = quota_owner_of(quota.spec.owner);
  const bool is_pool = owner.name.starts_with("pool/");
  std::string json = R"({"provider":)";
  append_json_string(json, provider);
  json += R"(,"w":)";
  append_json_string(json, quota.spec.name);
  json += R"(,"model":)";
  append_text_or_null(json, owner.model);
  json += R"(,"pool_name":)";
  append_text_or_null(json, is_pool ? std::string_view{owner.name}.substr(5) : std::string_view{});
  return json;
}

std::string shares_of(const QuotaState& quota, WallTime now) {
  std::string json = R"(,"pool":)";
  append_number(json, quota.pool);
  json += R"(,"shares":[)";
  for (const auto& part : quota.parts) {
    json += json.back() == '[' ? "[" : ",[";
    append_json_string(json, part.node);
    json += ',';
    append_number(json, part.hold);
    json += ',';
    append_number(json, part.used);
    json += ',';
    std::optional<WallTime> until;
    // To the second: the rest would be another at each look.
    if (part.recovering) until = std::chrono::round<std::chrono::seconds>(now + *part.recovering);
    append_time_or_null(json, until);
    json += ']';
  }
  return json + "]}";
}

} // namespace

std::vector<std::string> ShareBoard::changes(
  const std::string& provider, std::span<const QuotaState* const> windows, WallTime now) {
  auto& told = told_[provider];
  std::map<std::string, std::string> now_told;
  std::vector<std::string> events;
  for (const auto* quota : windows) {
    auto heading = heading_of(provider, *quota);
    auto shares = shares_of(*quota, now);
    const auto before = told.find(heading);
    if (before == told.end() || before->second != shares) events.push_back(heading + shares);
    now_told[std::move(heading)] = std::move(shares);
  }
  told = std::move(now_told);
  return events;
}

} // namespace gateway
