#include "net/dialects/claude.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using Thinking = ClaudeModel::Thinking;

constexpr std::int64_t budget_min = 1024;

struct Effort {
  std::string_view name;
  std::string_view effort; // of adaptive thinking
  std::int64_t budget = 0; // of thinking by budget
};

/// Section 3.1.
constexpr std::array efforts{
  Effort{"minimal", "low", 1024},
  Effort{"low", "low", 1024},
  Effort{"medium", "medium", 4096},
  Effort{"high", "high", 16384},
  Effort{"xhigh", "xhigh", 16384},
  Effort{"max", "max", 16384},
};

bool has_block(const Message& message, Block::Kind kind) noexcept {
  return std::ranges::find(message.blocks, kind, &Block::kind) != message.blocks.end();
}

/// `effort` null: none is wanted.
ClaudeThinking
think_adaptively(const Effort* effort, const ClaudeModel& model, RequestFields& fields) {
  ClaudeThinking told;
  if (effort != nullptr) {
    // Newer models leave the text of their thoughts out unless it is asked for.
    told.thinking = {{"type", "adaptive"}, {"display", "summarized"}};
    told.effort = effort->effort;
    told.thinks = true;
  } else if (model.takes(ClaudeModel::thinking_off)) {
    told.thinking = {{"type", "disabled"}};
  } else if (model.takes(ClaudeModel::between_tools)) {
    told.thinking = {{"type", "between_tools"}};
  } else {
    told.effort = "low";
    fields.drop("reasoning_effort");
  }
  return told;
}

ClaudeThinking think_by_budget(
  std::int64_t budget,
  const ClaudeModel& model,
  const ClaudeSituation& situation,
  RequestFields& fields) {
  ClaudeThinking told;
  if (situation.output_max > 0) budget = std::min(budget, situation.output_max / 2);
  // A forced tool and thinking exclude each other; the tool is meant, the effort a hint. Where
  // thoughts are lost, thinking by budget would be refused.
  if (
    model.thinking == Thinking::none || budget < budget_min || situation.tool_forced
    || situation.thinking_lost) {
    fields.drop("reasoning_effort");
    return told;
  }
  told.thinking = {{"type", "enabled"}, {"budget_tokens", budget}};
  told.budget = budget;
  told.thinks = true;
  return told;
}

} // namespace

std::int64_t claude_output_max(const ClaudeModel& model, const Target& target) noexcept {
  return target.max_output > 0 ? target.max_output : model.max_output;
}

std::int64_t
ClaudeThinking::with_room(std::int64_t max_tokens, std::int64_t output_max) const noexcept {
  if (budget == 0 || max_tokens > budget) return max_tokens;
  return output_max > 0 ? std::min(max_tokens + budget, output_max) : max_tokens + budget;
}

Result<ClaudeThinking> claude_thinking(
  const ChatRequest& request,
  const ClaudeModel& model,
  const ClaudeSituation& situation,
  RequestFields& fields) {
  const auto& wanted = request.reasoning_effort;
  if (wanted.empty() || !fields.keeps("reasoning_effort")) return ClaudeThinking{};
  const auto row = std::ranges::find(efforts, wanted, &Effort::name);
  if (row == efforts.end() && wanted != "none")
    return fail(ErrorKind::invalid_value, "no such effort", "reasoning_effort");
  if (model.thinking == Thinking::adaptive)
    return think_adaptively(row == efforts.end() ? nullptr : &*row, model, fields);
  if (row == efforts.end()) return ClaudeThinking{};
  return think_by_budget(row->budget, model, situation, fields);
}

bool is_replayable(const Block& block, std::string_view origin) noexcept {
  return block.kind == Block::Kind::reasoning && block.signature_origin == origin
    && (!block.signature.empty() || !block.redacted.empty());
}

bool is_thinking_lost(const ChatRequest& request, std::string_view origin) noexcept {
  for (auto i = request.messages.size(); i-- > 0;) {
    const auto& message = request.messages[i];
    if (message.role == Role::user) return false;
    if (
      message.role == Role::assistant && has_block(message, Block::Kind::tool_call)
      && std::ranges::none_of(
        message.blocks, [&](const Block& block) { return is_replayable(block, origin); }))
      return true;
  }
  return false;
}

} // namespace gateway
