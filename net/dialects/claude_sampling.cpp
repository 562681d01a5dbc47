#include "net/dialects/claude.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

constexpr double top_p_thinking_min = 0.95;

} // namespace

ClaudeSampling claude_sampling(
  const ChatRequest& request,
  const ClaudeModel& model,
  bool takes,
  bool thinks,
  RequestFields& fields) {
  ClaudeSampling sent;
  takes = takes && model.takes(ClaudeModel::sampling);
  if (request.temperature && fields.keeps("temperature")) {
    if (takes && !thinks)
      sent.temperature = fields.clamped("temperature", *request.temperature, 0, 1);
    else
      fields.drop("temperature");
  }
  if (request.top_p && fields.keeps("top_p")) {
    const auto excluded = sent.temperature && !model.takes(ClaudeModel::both_sampling);
    if (takes && !excluded && (!thinks || *request.top_p >= top_p_thinking_min))
      sent.top_p = fields.clamped("top_p", *request.top_p, 0, 1);
    else
      fields.drop("top_p");
  }
  if (const auto top_k = request.other.find("top_k"); top_k != request.other.end()) {
    const auto number = parse_json(top_k->second);
    if (takes && !thinks && number && number->is_number_unsigned())
      sent.top_k = number->get<std::uint64_t>();
    else
      fields.drop("top_k");
  }
  return sent;
}

} // namespace gateway
